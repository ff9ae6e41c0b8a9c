//! One revision's traffic, second by second.

use std::collections::VecDeque;

use super::super::wire::{MetricsWindow, TimeRange, WindowData};
use crate::latency::Latencies;

/// How long seconds are kept: two hours, so that a bake of an hour can be looked at again.
const KEPT_SECONDS: u64 = 2 * 60 * 60;

/// One revision's traffic, second by second. Seconds without any are not stored.
pub(super) struct Series {
    /// When it began, in Unix milliseconds.
    began: u64,
    seconds: VecDeque<Second>,
}

#[derive(Default)]
struct Second {
    /// Since the Unix epoch.
    second: u64,
    requests: u64,
    errors: u64,
    no_upstream: u64,
    latency: Latencies,
}

impl Series {
    pub(super) fn new(began: u64) -> Self {
        Self { began, seconds: VecDeque::new() }
    }

    pub(super) fn answered(&mut self, now: u64, micros: u64, failed: bool) {
        let second = self.second(now);
        second.requests += 1;
        second.errors += u64::from(failed);
        second.latency.record(micros);
    }

    pub(super) fn no_upstream(&mut self, now: u64) {
        self.second(now).no_upstream += 1;
    }

    /// What was measured in the whole seconds of `range` that are over at `now`.
    pub(super) fn window(&self, range: TimeRange, now: u64) -> MetricsWindow {
        let asked = range.from.div_ceil(1_000);
        let kept = now.saturating_sub(KEPT_SECONDS * 1_000).div_ceil(1_000);
        // The second in which the revision began counts whole: before, there was nothing to measure.
        let from = asked.max(kept).max(self.began / 1_000);
        let to = range.to.min(now) / 1_000;
        if from >= to {
            let reason = format!("no whole second between {} and {} is over and was measured", range.from, range.to);
            return MetricsWindow::NoData { reason };
        }
        let covered = TimeRange { from: from * 1_000, to: to * 1_000 };
        let mut data = WindowData { covered, requests: 0, errors: 0, no_upstream: 0, latency: Latencies::default() };
        for second in self.seconds.iter().filter(|second| (from..to).contains(&second.second)) {
            data.requests += second.requests;
            data.errors += second.errors;
            data.no_upstream += second.no_upstream;
            data.latency.merge(&second.latency);
        }
        MetricsWindow::Data(data)
    }

    /// The second that `now` is in; the latest one if the clock was set back, so that seconds stay in order.
    fn second(&mut self, now: u64) -> &mut Second {
        let second = now / 1_000;
        while self.seconds.front().is_some_and(|oldest| oldest.second + KEPT_SECONDS < second) {
            self.seconds.pop_front();
        }
        let index = match self.seconds.back() {
            Some(latest) if latest.second >= second => self.seconds.len() - 1,
            _ => {
                self.seconds.push_back(Second { second, ..Second::default() });
                self.seconds.len() - 1
            }
        };
        &mut self.seconds[index]
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT_SECONDS, Series};
    use crate::stage::wire::{MetricsWindow, TimeRange, WindowData};

    fn data(window: MetricsWindow) -> WindowData {
        match window {
            MetricsWindow::Data(data) => data,
            MetricsWindow::NoData { reason } => panic!("{reason}"),
        }
    }

    #[test]
    fn windows_that_follow_each_other_hold_every_request_once() {
        let mut series = Series::new(10_999);
        for now in (10_000..20_000).step_by(10) {
            series.answered(now, 1_000, now % 100 == 0);
        }
        let (mut from, mut requests, mut errors) = (10_000, 0, 0);
        for now in [12_345, 13_999, 14_000, 20_000] {
            let window = data(series.window(TimeRange { from, to: now }, now));
            assert_eq!(window.covered.from, from);
            (from, requests, errors) = (window.covered.to, requests + window.requests, errors + window.errors);
        }
        assert_eq!((from, requests, errors), (20_000, 1_000, 100));
    }

    #[test]
    fn a_second_that_is_not_over_is_no_data_and_a_quiet_one_is_zero() {
        let mut series = Series::new(10_000);
        series.answered(10_100, 1_000, false);
        let range = TimeRange { from: 10_000, to: 10_500 };
        assert!(matches!(series.window(range, 10_500), MetricsWindow::NoData { .. }));
        let before = TimeRange { from: 1_000, to: 9_000 };
        assert!(matches!(series.window(before, 12_000), MetricsWindow::NoData { .. }));
        let quiet = data(series.window(TimeRange { from: 11_000, to: 12_000 }, 12_000));
        assert_eq!((quiet.requests, quiet.latency.quantile(0.5)), (0, None));
    }

    #[test]
    fn an_hour_can_be_filled_in_later_and_older_seconds_go() {
        let mut series = Series::new(0);
        for second in 0..KEPT_SECONDS + 100 {
            series.answered(second * 1_000, 1_000, false);
        }
        let now = (KEPT_SECONDS + 100) * 1_000;
        let hour = data(series.window(TimeRange { from: now - 3_600_000, to: now }, now));
        assert_eq!(hour.requests, 3_600);
        let all = data(series.window(TimeRange { from: 0, to: now }, now));
        assert_eq!(all.requests, KEPT_SECONDS);
        assert!(series.seconds.len() as u64 <= KEPT_SECONDS + 1);
    }

    #[test]
    fn a_clock_that_is_set_back_loses_nothing() {
        let mut series = Series::new(10_000);
        series.answered(15_000, 1_000, false);
        series.answered(12_000, 1_000, false);
        let window = data(series.window(TimeRange { from: 10_000, to: 16_000 }, 16_000));
        assert_eq!(window.requests, 2);
    }
}
