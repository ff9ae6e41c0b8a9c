//! When requests are due.

use std::time::Duration;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// How requests follow each other. They are due on whole milliseconds from the start: at 5 000 per second five at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// All the same time apart.
    #[default]
    Even,
    /// Independently of each other, as users do: a Poisson process. The same seed gives the same timetable.
    Poisson {
        /// Where the random numbers begin.
        seed: u64,
    },
}

impl Arrivals {
    /// When requests are due from the start, at `rate` per second, without end.
    pub(super) fn timetable(self, rate: f64) -> Box<dyn Iterator<Item = Duration> + Send> {
        match self {
            Self::Even => Box::new((0_u32..).map(move |number| milliseconds(f64::from(number) * 1_000.0 / rate))),
            Self::Poisson { seed } => {
                let mut rng = Rng::with_seed(seed);
                let mut at = 0.0;
                Box::new(std::iter::repeat_with(move || {
                    // 1 - [0, 1) is never zero.
                    at -= (1.0 - rng.f64()).ln() * 1_000.0 / rate;
                    milliseconds(at)
                }))
            }
        }
    }
}

/// Whole milliseconds, rounded down.
fn milliseconds(milliseconds: f64) -> Duration {
    // What is too large becomes the largest.
    Duration::from_millis(milliseconds as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_arrivals_are_equally_far_apart() {
        let first: Vec<_> = Arrivals::Even.timetable(500.0).take(4).map(|at| at.as_millis()).collect();
        assert_eq!(first, [0, 2, 4, 6]);
        let first: Vec<_> = Arrivals::Even.timetable(3_000.0).take(7).map(|at| at.as_millis()).collect();
        assert_eq!(first, [0, 0, 0, 1, 1, 1, 2]);
    }

    #[test]
    fn a_poisson_process_has_its_rate_and_exponential_gaps_and_is_the_same_for_a_seed() {
        let of = |seed| Arrivals::Poisson { seed }.timetable(1.0).take_while(|at| *at < Duration::from_secs(100_000)).collect::<Vec<_>>();
        let times = of(7);
        assert_eq!(times, of(7));
        assert_ne!(times, of(8));
        // 100 000 are expected, with a standard deviation of 316.
        assert!(times.len().abs_diff(100_000) < 1_600, "{} arrivals", times.len());
        let long = times.windows(2).filter(|pair| pair[1] - pair[0] > Duration::from_secs(1)).count();
        let share = long as f64 / times.len() as f64;
        assert!((share - (-1.0_f64).exp()).abs() < 0.01, "{share} of the gaps are longer than the mean, 1/e should be");
    }
}
