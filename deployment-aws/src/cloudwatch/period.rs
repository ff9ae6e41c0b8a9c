//! CloudWatch's periods: the grid that its data lies on.

use std::{fmt, time::Duration};

use deployment_core::{Error, Result, Timestamp, time::Window};

/// How long CloudWatch's periods are that are read: what statistics are told of.
///
/// ```
/// use std::time::Duration;
/// use deployment_aws::cloudwatch::Period;
///
/// assert_eq!(Period::new(Duration::from_secs(60))?, Period::MINUTE);
/// assert!(Period::new(Duration::from_secs(90)).unwrap_err().to_string().contains("divides an hour"));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period(u32);

impl Period {
    /// A minute: what AWS's own services publish in.
    pub const MINUTE: Self = Self(60);

    /// 1, 5, 10, 20 or 30 seconds, for metrics that are published with high resolution; or minutes that divide an hour, so that periods begin
    /// at the same moments whichever window is asked for.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html>.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if it is none of these.
    pub fn new(length: Duration) -> Result<Self> {
        let seconds = u32::try_from(length.as_secs()).unwrap_or(u32::MAX);
        let fits = matches!(seconds, 1 | 5 | 10 | 20 | 30) || (seconds > 0 && seconds % 60 == 0 && 3_600 % seconds == 0);
        if !fits || length.subsec_nanos() > 0 {
            let fault = format!("{} s must be 1, 5, 10, 20 or 30 s, or a number of minutes that divides an hour", length.as_secs_f64());
            return Err(Error::invalid("period", fault));
        }
        Ok(Self(seconds))
    }

    /// How long it is.
    #[must_use]
    pub fn length(self) -> Duration {
        Duration::from_secs(self.0.into())
    }

    pub(super) fn seconds(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }

    /// The beginning of the period that `at` lies in.
    fn begin(self, at: Timestamp) -> Timestamp {
        let millis = u64::from(self.0) * 1_000;
        Timestamp::from_millis(at.as_millis() / millis * millis)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

/// Whole periods, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Periods {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) period: Period,
}

impl Periods {
    /// Those of a window, whose ends are moved back to where a period begins: windows that touch still touch. `None` if none ends in it.
    pub(super) fn of(window: Window, period: Period) -> Option<Self> {
        let (from, to) = (period.begin(window.from), period.begin(window.to));
        (from < to).then_some(Self { from, to, period })
    }

    /// The last one that had ended at this time.
    pub(super) fn last(at: Timestamp, period: Period) -> Self {
        let to = period.begin(at);
        Self { from: to - period.length(), to, period }
    }

    /// Their beginnings, by which data is told.
    pub(super) fn each(self) -> impl Iterator<Item = Timestamp> {
        let count = self.to.since(self.from).as_secs() / u64::from(self.period.0);
        (0..count).map(move |index| self.from + Duration::from_secs(index * u64::from(self.period.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn windows_that_touch_have_every_period_once() {
        let windows = [(0, 50), (50, 110), (110, 119), (119, 121), (121, 300)];
        let periods = windows.map(|(from, to)| Periods::of(Window { from: at(from), to: at(to) }, Period::MINUTE));
        let begins: Vec<_> = periods.into_iter().flatten().flat_map(Periods::each).collect();
        assert_eq!(begins, [0, 60, 120, 180, 240].map(at));
        assert_eq!(periods[0], None);
    }

    #[test]
    fn the_last_period_is_over() {
        let last = Periods::last(at(299), Period::MINUTE);
        assert_eq!((last.from, last.to), (at(180), at(240)));
        assert_eq!(Periods::last(at(300), Period::MINUTE).to, at(300));
    }

    #[test]
    fn periods_are_those_of_cloudwatch_that_divide_an_hour() {
        let fits = |seconds: &u64| Period::new(Duration::from_secs(*seconds)).is_ok();
        let all: Vec<u64> = (0..4_000).filter(fits).collect();
        assert_eq!(all, [1, 5, 10, 20, 30, 60, 120, 180, 240, 300, 360, 600, 720, 900, 1_200, 1_800, 3_600]);
        assert!(Period::new(Duration::from_millis(60_500)).is_err());
    }
}
