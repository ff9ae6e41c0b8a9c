//! What traffic to make.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// What traffic to make.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct LoadOptions {
    /// Where to.
    #[arg(long)]
    pub target: SocketAddr,
    /// Which path to ask for.
    #[arg(long, default_value = "/")]
    pub path: String,
    /// Requests per second.
    #[arg(long, default_value_t = 100.0)]
    pub rate: f64,
    /// For how long at most, in milliseconds.
    #[arg(long, default_value_t = 600_000)]
    pub duration_ms: u64,
    /// After how many milliseconds a request counts as failed.
    #[arg(long, default_value_t = 10_000)]
    pub timeout_ms: u64,
    /// As a process: where to keep the report, rewritten twice a second; standard output gets the last one where this is absent.
    #[arg(long)]
    pub report: Option<PathBuf>,
    /// As a process: end when standard input ends.
    #[arg(long)]
    pub follow_stdin: bool,
}

impl LoadOptions {
    /// Requests for `/` at this rate (per second) for at most ten minutes.
    #[must_use]
    pub fn new(target: SocketAddr, rate: f64) -> Self {
        Self { target, path: "/".to_owned(), rate, duration_ms: 600_000, timeout_ms: 10_000, report: None, follow_stdin: false }
    }

    /// The arguments that [`LoadOptions`] is read from.
    #[must_use]
    pub fn to_args(&self) -> Vec<String> {
        let mut args = vec![
            format!("--target={}", self.target),
            format!("--path={}", self.path),
            format!("--rate={}", self.rate),
            format!("--duration-ms={}", self.duration_ms),
            format!("--timeout-ms={}", self.timeout_ms),
        ];
        args.extend(self.report.iter().map(|path| format!("--report={}", path.display())));
        if self.follow_stdin {
            args.push("--follow-stdin".to_owned());
        }
        args
    }

    /// How many requests the whole run has.
    pub(super) fn arrivals(&self) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped, and far below 2^52"
        )]
        let count = (self.rate.max(0.0) * self.duration_ms as f64 / 1_000.0).round() as u64;
        count
    }

    /// When the request of this number is due, from the start.
    pub(super) fn due(&self, number: u64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "request counts are far below 2^52")]
        let seconds = number as f64 / self.rate;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::LoadOptions;

    #[test]
    fn arrivals_are_on_a_fixed_schedule() {
        let mut options = LoadOptions::new(([127, 0, 0, 1], 80).into(), 250.0);
        options.duration_ms = 2_000;
        assert_eq!(options.arrivals(), 500);
        assert_eq!(options.due(0), Duration::ZERO);
        assert_eq!(options.due(250), Duration::from_secs(1));
        options.rate = 0.0;
        assert_eq!(options.arrivals(), 0);
    }
}
