//! The kinds of suites, and what the guides say about each.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::OnFailure;

/// What a suite is about. Each kind brings its defaults:
///
/// | kind | one try of a test | the whole suite | if it fails |
/// |---|---|---|---|
/// | smoke | 10 s | 2 min | stop |
/// | API | 15 s | 5 min | warn |
/// | integration | 30 s | 15 min | warn |
/// | performance | 60 s | 10 min | warn |
///
/// The limits of a try, the whole of smoke and integration and what a failure does are the operations guides'; the whole of API and
/// performance keeps within the 3 to 10 minutes that they give to post-deployment validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuiteKind {
    /// Is it up at all?
    Smoke,
    /// Does each call of its interface do what it says?
    Api,
    /// Does it work together with what it depends on?
    Integration,
    /// Is it fast enough with many at once?
    Performance,
}

impl SuiteKind {
    /// All, in the order in which they are best run.
    pub const ALL: [Self; 4] = [Self::Smoke, Self::Api, Self::Integration, Self::Performance];

    /// Its name: `smoke`, `api`, `integration` or `performance`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Smoke => "smoke",
            Self::Api => "api",
            Self::Integration => "integration",
            Self::Performance => "performance",
        }
    }

    /// How long one try of a test may take.
    #[must_use]
    pub const fn timeout(self) -> Duration {
        Duration::from_secs(match self {
            Self::Smoke => 10,
            Self::Api => 15,
            Self::Integration => 30,
            Self::Performance => 60,
        })
    }

    /// How long the whole suite may take.
    #[must_use]
    pub const fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Smoke => 120,
            Self::Api => 300,
            Self::Integration => 900,
            Self::Performance => 600,
        })
    }

    /// What is done if it fails.
    #[must_use]
    pub const fn on_failure(self) -> OnFailure {
        match self {
            Self::Smoke => OnFailure::Stop,
            Self::Api | Self::Integration | Self::Performance => OnFailure::Warn,
        }
    }
}

impl fmt::Display for SuiteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
