//! Splitting requests by weight.

use super::super::wire::Routes;

/// Smooth weighted round-robin, as nginx does it: of any 10 000 requests in a row each revision gets exactly its basis points,
/// and they are spread evenly, so that a small share is seen early and samples do not vary by chance.
#[derive(Default)]
pub(super) struct Wheel {
    spokes: Vec<Spoke>,
}

struct Spoke {
    revision: String,
    weight: i64,
    due: i64,
}

impl Wheel {
    pub(super) fn new(routes: &Routes) -> Self {
        let weighted = routes.split.iter().filter(|(_, weight)| **weight > 0);
        let spokes = weighted.map(|(revision, weight)| Spoke { revision: revision.clone(), weight: i64::from(*weight), due: 0 });
        Self { spokes: spokes.collect() }
    }

    /// Whose turn it is; `None` with an empty split.
    pub(super) fn turn(&mut self) -> Option<&str> {
        let whole: i64 = self.spokes.iter().map(|spoke| spoke.weight).sum();
        for spoke in &mut self.spokes {
            spoke.due += spoke.weight;
        }
        let next = self.spokes.iter_mut().max_by_key(|spoke| spoke.due)?;
        next.due -= whole;
        Some(&next.revision)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Routes, Wheel};

    #[test]
    fn every_revision_gets_its_share_and_none_without_weight_is_chosen() {
        let mut wheel = Wheel::new(&Routes::split([("a", 8_999), ("b", 1_000), ("c", 1), ("d", 0)]));
        let mut counts = BTreeMap::new();
        for _ in 0..20_000 {
            *counts.entry(wheel.turn().unwrap().to_owned()).or_insert(0) += 1;
        }
        let counts: Vec<_> = counts.iter().map(|(revision, count)| (revision.as_str(), *count)).collect();
        assert_eq!(counts, [("a", 17_998), ("b", 2_000), ("c", 2)]);
    }

    #[test]
    fn a_small_share_comes_evenly() {
        let mut wheel = Wheel::new(&Routes::split([("a", 9_000), ("b", 1_000)]));
        let turns: Vec<_> = (0..100).map(|_| wheel.turn().unwrap() == "b").collect();
        assert!(turns.chunks(10).all(|ten| ten.iter().filter(|hit| **hit).count() == 1));
    }

    #[test]
    fn nobody_is_chosen_from_an_empty_split() {
        assert_eq!(Wheel::new(&Routes::default()).turn(), None);
    }
}
