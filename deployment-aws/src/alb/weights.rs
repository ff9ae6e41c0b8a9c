//! Shares of traffic as weights, and back.

use deployment_core::{Error, Percent, Result};

/// The highest weight. Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html>
const HIGHEST: u64 = 999;
/// The whole in basis points.
const WHOLE: u64 = 10_000;
/// The most target groups of an action: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
pub(super) const MOST_GROUPS: usize = 5;

/// The weights of a forward action that give target groups their shares of traffic.
///
/// A load balancer has no percentages: a target group gets its weight's part of the sum of all weights, each from 0 to 999. Every multiple of
/// 0.1 % is exact. Of the 10 001 shares of two groups 2 001 are, 7 960 can be had within half a basis point (0.005 %), and 40 are refused, as
/// they would be read back as something else than was asked for: for instance those below 0.1 %.
///
/// ```
/// # #[cfg(feature = "ecs")] fn main() -> deployment_core::Result<()> {
/// use deployment_aws::alb::Weights;
/// use deployment_core::Percent;
///
/// let weights = Weights::of(&[Percent::new(90.0)?, Percent::new(10.0)?])?;
/// assert_eq!((weights.values(), weights.error()), (&[90, 10][..], 0.0));
/// let third = Weights::of(&[Percent::new(66.67)?, Percent::new(33.33)?])?;
/// assert!(third.error() > 0.0 && third.error() < 0.005);
/// let told = Weights::of(&[Percent::new(99.95)?, Percent::new(0.05)?]).unwrap_err().to_string();
/// assert!(told.contains("the nearest is 99.9 %, 0.1 %"));
/// # Ok(()) }
/// # #[cfg(not(feature = "ecs"))] fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    values: Vec<u32>,
    error: f64,
}

impl Weights {
    /// The weights for these shares, which sum to 100 %: exact where it can be, else the nearest. Percentages stay as they are if they are
    /// whole, so that a person can read the rule.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if there are more than 5 shares, they do not sum to 100 %, or the nearest
    /// weights come to other basis points; the message names the nearest shares.
    pub fn of(shares: &[Percent]) -> Result<Self> {
        if shares.len() > MOST_GROUPS {
            let count = shares.len();
            return Err(Error::invalid("weights", format!("{count} target groups; a rule forwards to {MOST_GROUPS} at most")));
        }
        let points: Vec<u64> = shares.iter().map(|share| u64::from(share.basis_points())).collect();
        if points.iter().sum::<u64>() != WHOLE {
            return Err(Error::invalid("weights", "the shares must sum to 100 %"));
        }
        let first = [100, 1_000];
        let sums = first.into_iter().chain(1..=HIGHEST * MOST_GROUPS as u64);
        let mut best: Option<Self> = None;
        for found in sums.filter_map(|sum| with_sum(&points, sum)) {
            if best.as_ref().is_none_or(|best| found.error < best.error) {
                best = Some(found);
            }
            if best.as_ref().is_some_and(|best| best.error == 0.0) {
                break;
            }
        }
        let best = best.ok_or_else(|| Error::invalid("weights", "there is no share"))?;
        let gives = shares_of(&best.values).unwrap_or_default();
        if gives == shares {
            return Ok(best);
        }
        let list = |shares: &[Percent]| shares.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Err(Error::invalid(
            "weights",
            format!(
                "{} cannot be had by weights from 0 to {HIGHEST}; the nearest is {}, {:.3} % off; use multiples of 0.1 %",
                list(shares),
                list(&gives),
                best.error
            ),
        ))
    }

    /// The weights, in the order of the shares.
    #[must_use]
    pub fn values(&self) -> &[u32] {
        &self.values
    }

    /// How far the share that is furthest off is from what was asked for, in percentage points.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.error
    }
}

/// The weights that sum to about `sum`, unless one is too high. Whoever is to get something gets the weight 1 at least.
fn with_sum(points: &[u64], sum: u64) -> Option<Weights> {
    let values: Vec<u64> = points.iter().map(|points| ((points * sum + WHOLE / 2) / WHOLE).max(u64::from(*points > 0))).collect();
    if values.iter().any(|value| *value > HIGHEST) {
        return None;
    }
    let sum: u64 = values.iter().sum();
    let off = values.iter().zip(points).map(|(value, points)| (value * WHOLE).abs_diff(points * sum)).max()?;
    let values = values.into_iter().map(|value| u32::try_from(value).unwrap_or(u32::MAX)).collect();
    Some(Weights { values, error: off as f64 / sum as f64 / 100.0 })
}

/// The shares that these weights come to, summing to 100 %; `None` if nobody gets anything.
pub(crate) fn shares_of(weights: &[u32]) -> Option<Vec<Percent>> {
    let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    if sum == 0 {
        return None;
    }
    let part = |weight: &u32| (u64::from(*weight) * WHOLE / sum, u64::from(*weight) * WHOLE % sum);
    let mut points: Vec<u64> = weights.iter().map(|weight| part(weight).0).collect();
    // What rounding down has left over goes to those who have lost most by it.
    let mut losers: Vec<usize> = (0..weights.len()).collect();
    losers.sort_by_key(|at| std::cmp::Reverse(weights.get(*at).map(|weight| part(weight).1)));
    let left = usize::try_from(WHOLE.saturating_sub(points.iter().sum())).unwrap_or_default();
    for at in losers.into_iter().take(left) {
        if let Some(points) = points.get_mut(at) {
            *points += 1;
        }
    }
    points.into_iter().map(|points| u16::try_from(points).ok().and_then(|points| Percent::try_from(points).ok())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(points: u16) -> Percent {
        Percent::try_from(points).unwrap()
    }

    fn two(candidate: u16) -> Result<Weights> {
        Weights::of(&[points(10_000 - candidate), points(candidate)])
    }

    #[test]
    fn every_tenth_of_a_percent_is_exact_and_read_back_as_it_was_asked_for() {
        for candidate in (0..=10_000).step_by(10) {
            let weights = two(candidate).unwrap();
            assert_eq!(weights.error(), 0.0, "{candidate}");
            assert!(weights.values().iter().all(|weight| *weight <= 999), "{weights:?}");
            assert_eq!(shares_of(weights.values()).unwrap()[1], points(candidate));
        }
    }

    #[test]
    fn every_share_is_read_back_as_asked_or_refused() {
        let (mut exact, mut near, mut refused) = (0, 0, 0);
        // Those that are hard are beside the simple fractions.
        let some = (0..=50).chain(4_980..=5_020).chain((51..4_980).step_by(97));
        for candidate in some {
            match two(candidate) {
                Ok(weights) => {
                    assert_eq!(shares_of(weights.values()).unwrap(), [points(10_000 - candidate), points(candidate)]);
                    assert!(weights.error() < 0.0051, "{candidate}: {weights:?}");
                    if weights.error() == 0.0 { exact += 1 } else { near += 1 }
                }
                Err(error) => {
                    assert!(error.to_string().contains("the nearest is"), "{error}");
                    refused += 1;
                }
            }
        }
        assert_eq!((exact, near, refused), (29, 101, 13));
    }

    #[test]
    fn whole_percentages_are_weights_as_they_are() {
        assert_eq!(two(1_000).unwrap().values(), [90, 10]);
        assert_eq!(two(10_000).unwrap().values(), [0, 100]);
        assert_eq!(two(1_250).unwrap().values(), [875, 125]);
    }

    #[test]
    fn several_groups_share_and_more_than_five_do_not() {
        let shares = [2_000; 5].map(points);
        assert_eq!(Weights::of(&shares).unwrap().values(), [20; 5]);
        let told = Weights::of(&[points(10_000), points(0), points(0), points(0), points(0), points(0)]).unwrap_err().to_string();
        assert!(told.contains("6 target groups"), "{told}");
        assert!(Weights::of(&[points(9_999)]).is_err());
    }

    #[test]
    fn shares_always_sum_to_everything() {
        for weights in [vec![1, 1, 1], vec![1, 2, 4, 7, 11], vec![999, 998], vec![3, 0, 3, 1]] {
            let sum: u32 = shares_of(&weights).unwrap().into_iter().map(|share| u32::from(share.basis_points())).sum();
            assert_eq!(sum, 10_000, "{weights:?}");
        }
        assert_eq!(shares_of(&[0, 0]), None);
    }
}
