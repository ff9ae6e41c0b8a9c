//! How a demo release behaves.

use std::{error::Error, fmt, str::FromStr, time::Duration};

/// How a demo release behaves, written `good`, `errors:0.2`, `slow:250`, `crashes` or `slow-start:3000`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Behaviour {
    /// Answers well.
    Good,
    /// Is healthy, but answers this share of requests (0 to 1) with 500.
    Errors {
        /// Share of requests that fail, 0 to 1.
        rate: f64,
    },
    /// Is healthy, but takes this much longer.
    Slow {
        /// Added to each answer; written in milliseconds.
        added: Duration,
    },
    /// Ends with a non-zero status as soon as it is started.
    Crashes,
    /// Becomes healthy only after a time.
    SlowStart {
        /// Until `/health` answers 200; written in milliseconds.
        delay: Duration,
    },
}

/// A behaviour that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadBehaviour(String);

impl fmt::Display for BadBehaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown behaviour {:?}: expected good, errors:RATE, slow:MILLIS, crashes or slow-start:MILLIS", self.0)
    }
}

impl Error for BadBehaviour {}

impl FromStr for Behaviour {
    type Err = BadBehaviour;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        let millis = || value.parse().ok().map(Duration::from_millis);
        let behaviour = match (name, value) {
            ("good", "") => Some(Self::Good),
            ("crashes", "") => Some(Self::Crashes),
            ("errors", _) => value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate)).map(|rate| Self::Errors { rate }),
            ("slow", _) => millis().map(|added| Self::Slow { added }),
            ("slow-start", _) => millis().map(|delay| Self::SlowStart { delay }),
            _ => None,
        };
        behaviour.ok_or_else(|| BadBehaviour(text.to_owned()))
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("good"),
            Self::Errors { rate } => write!(f, "errors:{rate}"),
            Self::Slow { added } => write!(f, "slow:{}", added.as_millis()),
            Self::Crashes => f.write_str("crashes"),
            Self::SlowStart { delay } => write!(f, "slow-start:{}", delay.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Behaviour;

    #[test]
    fn every_behaviour_reads_back_as_it_is_written() {
        for text in ["good", "errors:0.25", "slow:250", "crashes", "slow-start:3000"] {
            assert_eq!(text.parse::<Behaviour>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for text in ["", "bad", "errors", "errors:2", "errors:NaN", "slow:fast", "good:1"] {
            let error = text.parse::<Behaviour>().unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }
}
