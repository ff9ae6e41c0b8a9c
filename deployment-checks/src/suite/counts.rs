//! Counting tests, and what the counts mean.

use deployment_core::Percent;

use super::{Importance, Outcome, TestResult};

/// How many tests have come to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TestCounts {
    /// All of them.
    pub all: u32,
    /// Passed, with a remark or without.
    pub passed: u32,
    /// Failed.
    pub failed: u32,
    /// Could not be looked at.
    pub undecided: u32,
    /// Not run.
    pub skipped: u32,
}

impl TestCounts {
    /// Counts these.
    #[must_use]
    pub fn of<'a>(tests: impl IntoIterator<Item = &'a TestResult>) -> Self {
        tests.into_iter().fold(Self::default(), |mut counts, test| {
            counts.all += 1;
            *match test.outcome {
                Outcome::Passed | Outcome::Warned => &mut counts.passed,
                Outcome::Failed => &mut counts.failed,
                Outcome::Undecided => &mut counts.undecided,
                Outcome::Skipped => &mut counts.skipped,
            } += 1;
            counts
        })
    }

    /// The share that has passed, rounded down.
    #[must_use]
    pub fn success(&self) -> Percent {
        Percent::of(self.passed, self.all)
    }
}

/// What the tests of a suite mean for it, and whether a critical test is the reason.
///
/// What could not be looked at may have passed or not: the suite is undecided if that makes the difference.
pub(super) fn judge(tests: &[TestResult], needed: Percent) -> (Outcome, Importance, String) {
    let counts = TestCounts::of(tests);
    let told = format!("{} of {} tests passed ({})", counts.passed, counts.all, counts.success());
    let critical = |outcomes: &[Outcome]| {
        let hit = |test: &&TestResult| test.importance == Importance::Critical && outcomes.contains(&test.outcome);
        tests.iter().filter(hit).map(|test| test.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let failed = critical(&[Outcome::Failed, Outcome::Skipped]);
    if !failed.is_empty() {
        return (Outcome::Failed, Importance::Critical, format!("critical: {failed}; {told}"));
    }
    if Percent::of(counts.passed + counts.undecided, counts.all) < needed {
        return (Outcome::Failed, Importance::Normal, format!("{told}, {needed} are needed"));
    }
    let unseen = critical(&[Outcome::Undecided]);
    if !unseen.is_empty() {
        return (Outcome::Undecided, Importance::Critical, format!("could not be looked at: {unseen} (critical); {told}"));
    }
    if counts.success() < needed {
        let message = format!("{told}, {needed} are needed, {} could not be looked at", counts.undecided);
        return (Outcome::Undecided, Importance::Normal, message);
    }
    let perfect = tests.iter().all(|test| test.outcome == Outcome::Passed);
    (if perfect { Outcome::Passed } else { Outcome::Warned }, Importance::Normal, told)
}
