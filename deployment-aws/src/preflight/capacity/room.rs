//! How many tasks fit on machines: no call, numbers only.

use crate::preflight::{Place, Tasks};

/// What is left on one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Room {
    /// Units of which 1024 are one vCPU.
    pub(super) cpu: u64,
    /// MiB.
    pub(super) memory: u64,
    /// The capacity provider that it belongs to.
    pub(super) provider: Option<String>,
    /// It is outside of AWS.
    pub(super) external: bool,
}

impl Room {
    /// Whether tasks of this place may run on it at all. A launch type takes any instance, also one of a capacity provider.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/capacity-launch-type-comparison.html>.
    pub(super) fn suits(&self, place: &Place) -> bool {
        match place {
            Place::Instances => !self.external,
            Place::External => self.external,
            Place::Providers(names) => self.provider.as_ref().is_some_and(|provider| names.contains(provider)),
            Place::Fargate | Place::FargateSpot => false,
        }
    }

    fn takes(&mut self, tasks: &Tasks) -> bool {
        let left = self.cpu.checked_sub(tasks.cpu.into()).zip(self.memory.checked_sub(tasks.memory.into()));
        let Some((cpu, memory)) = left.filter(|_| self.suits(&tasks.place)) else { return false };
        (self.cpu, self.memory) = (cpu, memory);
        true
    }
}

/// Places all tasks one by one, the largest first, each on the first machine that takes it; how many of each find none.
///
/// Of equal tasks as many are placed as can be. Of different ones there may be a better order, which ECS would not look for either.
pub(super) fn unplaced(mut rooms: Vec<Room>, asked: &[&Tasks]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..asked.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse((asked[*at].memory, asked[*at].cpu)));
    let mut left: Vec<u32> = asked.iter().map(|tasks| tasks.count).collect();
    for at in order {
        for room in &mut rooms {
            while left[at] > 0 && room.takes(asked[at]) {
                left[at] -= 1;
            }
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(cpu: u64, memory: u64) -> Room {
        Room { cpu, memory, provider: None, external: false }
    }

    fn tasks(count: u32, cpu: u32, memory: u32) -> Tasks {
        Tasks { of: "blue".into(), cluster: "main".into(), count, cpu, memory, place: Place::Instances, subnets: Vec::new() }
    }

    /// All ways to place each of these tasks, one by one.
    fn can(rooms: &[Room], single: &[Tasks]) -> bool {
        let Some((first, rest)) = single.split_first() else { return true };
        (0..rooms.len()).any(|at| {
            let mut rooms = rooms.to_vec();
            rooms[at].takes(first) && can(&rooms, rest)
        })
    }

    fn singles(asked: &[Tasks]) -> Vec<Tasks> {
        asked.iter().flat_map(|tasks| (0..tasks.count).map(|_| Tasks { count: 1, ..tasks.clone() })).collect()
    }

    #[test]
    fn both_processor_and_memory_must_be_left_on_one_machine() {
        let rooms = || vec![room(1024, 100), room(100, 4096), room(512, 1024)];
        assert_eq!(unplaced(rooms(), &[&tasks(3, 256, 512)]), [1]);
        assert_eq!(unplaced(rooms(), &[&tasks(1, 1024, 4096)]), [1]);
        assert_eq!(unplaced(Vec::new(), &[&tasks(2, 0, 0)]), [2]);
        assert_eq!(unplaced(rooms(), &[&tasks(1_000_000, 0, 0)]), [0]);
    }

    #[test]
    fn tasks_go_to_machines_of_their_kind() {
        let of = |provider: &str| Room { provider: Some(provider.into()), ..room(256, 512) };
        let rooms = vec![of("spot"), of("large"), Room { external: true, ..room(256, 512) }];
        let left = |place| unplaced(rooms.clone(), &[&Tasks { place, ..tasks(3, 256, 512) }])[0];
        assert_eq!(left(Place::Instances), 1);
        assert_eq!(left(Place::External), 2);
        assert_eq!(left(Place::Providers(vec!["spot".into()])), 2);
        assert_eq!(left(Place::Providers(vec!["spot".into(), "large".into()])), 1);
        assert_eq!(left(Place::Fargate), 3);
    }

    /// Against all ways there are: never more than possible, and of equal tasks as many as possible.
    #[test]
    fn it_places_what_can_be_placed() {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut all_fit, mut some_left) = (0, 0);
        for case in 0..2_000 {
            let rooms: Vec<_> = (0..random.usize(0..4)).map(|_| room(random.u64(0..8), random.u64(0..8))).collect();
            let kinds = random.usize(1..3);
            let asked: Vec<_> = (0..kinds).map(|_| tasks(random.u32(0..4), random.u32(0..5), random.u32(0..5))).collect();
            let left = unplaced(rooms.clone(), &asked.iter().collect::<Vec<_>>());
            let placed: Vec<_> =
                asked.iter().zip(&left).map(|(tasks, left)| Tasks { count: tasks.count - left, ..tasks.clone() }).collect();
            assert!(can(&rooms, &singles(&placed)), "case {case}: {rooms:?} {asked:?} {left:?}");
            if let ([tasks], [short]) = (asked.as_slice(), left.as_slice())
                && *short > 0
            {
                let more = Tasks { count: tasks.count - short + 1, ..tasks.clone() };
                assert!(!can(&rooms, &singles(&[more])), "case {case}: {rooms:?} {asked:?} {left:?}");
                some_left += 1;
            }
            all_fit += usize::from(left.iter().all(|left| *left == 0));
        }
        assert!(all_fit > 100 && some_left > 100, "{all_fit} {some_left}");
    }
}
