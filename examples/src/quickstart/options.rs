//! What can be asked of the quickstart.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr, time::Duration};

use crate::{demo::Behaviour, setup::StrategyKind};

/// Deploys a good version and a bad one to a stage on this machine, under steady traffic.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "quickstart")]
pub struct QuickstartOptions {
    /// How both are deployed.
    #[arg(long, value_enum, default_value_t = StrategyKind::Canary)]
    pub strategy: StrategyKind,
    /// What is wrong with version 3.
    #[arg(long = "version", value_enum, default_value_t = Third::Errors)]
    pub third: Third,
    /// How long each step is watched, in seconds.
    #[arg(long, default_value_t = 6.0, value_parser = seconds)]
    pub bake: f64,
    /// Requests per second.
    #[arg(long, default_value_t = 200.0, value_parser = rate)]
    pub rate: f64,
    /// Kill the orchestrator (SIGKILL) when this step begins, once in each deployment, and start it again: a step's id, with or
    /// without its target, its number, or `all` for every step.
    #[arg(long, value_name = "STEP", default_value = "")]
    pub crash_at: CrashAt,
    /// Where the journal and the logs go; target/quickstart/TIME where this is absent.
    #[arg(long)]
    pub data: Option<PathBuf>,
}

/// How version 3 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Third {
    /// As it should be.
    Good,
    /// Every fifth request fails.
    Errors,
    /// Every request takes 1.3 s longer.
    Slow,
    /// Its processes end as soon as they are started.
    Crashes,
}

impl Third {
    /// What the demo service is told.
    #[must_use]
    pub fn behaviour(self) -> Behaviour {
        match self {
            Self::Good => Behaviour::Good,
            Self::Errors => Behaviour::Errors { rate: 0.2 },
            Self::Slow => Behaviour::Slow { added: Duration::from_millis(1_300) },
            Self::Crashes => Behaviour::Crashes,
        }
    }
}

/// At which steps the orchestrator is killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrashAt {
    /// At none.
    Nowhere,
    /// At each.
    All,
    /// At the one with this number, from 1, in the order in which they begin.
    Number(usize),
    /// At the one with this id, with or without its target's name.
    Step(String),
}

impl FromStr for CrashAt {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match (text, text.parse()) {
            ("", _) => Self::Nowhere,
            ("all", _) => Self::All,
            (_, Ok(number)) => Self::Number(number),
            (step, Err(_)) => Self::Step(step.to_owned()),
        })
    }
}

impl fmt::Display for CrashAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => Ok(()),
            Self::All => f.write_str("all"),
            Self::Number(number) => number.fmt(f),
            Self::Step(step) => step.fmt(f),
        }
    }
}

impl QuickstartOptions {
    /// How long each step is watched.
    #[must_use]
    pub fn bake(&self) -> Duration {
        Duration::try_from_secs_f64(self.bake).unwrap_or_default()
    }

    /// From how few requests nothing is concluded: half of what a tenth of the traffic brings while a step is watched, 20 at most.
    #[must_use]
    pub fn min_samples(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let samples = (self.rate * self.bake * 0.1 / 2.0).clamp(1.0, 20.0) as u64;
        samples
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    number(text, 1.0, 3_600.0)
}

fn rate(text: &str) -> Result<f64, String> {
    number(text, 1.0, 10_000.0)
}

fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("expected a number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{CrashAt, QuickstartOptions, Third};

    #[test]
    fn options_are_read() {
        let read = |args: &[&str]| QuickstartOptions::try_parse_from(std::iter::once(&"quickstart").chain(args));
        let plain = read(&[]).unwrap();
        assert_eq!((plain.third, plain.crash_at.clone(), plain.min_samples()), (Third::Errors, CrashAt::Nowhere, 20));
        assert_eq!(read(&["--rate", "10"]).unwrap().min_samples(), 3);
        let crashes = [("7", CrashAt::Number(7)), ("all", CrashAt::All), ("route-10", CrashAt::Step("route-10".into()))];
        for (text, meant) in crashes {
            assert_eq!((read(&["--crash-at", text]).unwrap().crash_at, meant.to_string()), (meant, text.to_owned()));
        }
        for bad in [["--rate", "0"], ["--bake", "-1"], ["--bake", "NaN"], ["--version", "odd"], ["--strategy", "hope"]] {
            assert!(read(&bad).is_err(), "{bad:?}");
        }
    }
}
