//! Results as JUnit XML, which every CI server reads.

use chrono::{DateTime, FixedOffset};
use deployment_core::{Error, ErrorKind, Result, Timestamp};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite, XmlString};

use super::{Importance, Outcome, SuiteResult, TestResult, Try, ValidationResult};

impl ValidationResult {
    /// The result as JUnit XML.
    ///
    /// A failed test is a `failure`, one that could not be looked at an `error`, one that was not run is `skipped`; earlier tries are
    /// `rerunFailure`, or `flakyFailure` if the test has passed after all. Characters that XML does not have become `�`.
    ///
    /// # Errors
    /// [`Failed`](ErrorKind::Failed) if the XML could not be written.
    pub fn to_junit(&self) -> Result<String> {
        let mut report = Report::new(text(&self.name));
        report.timestamp = timestamp(self.started);
        report.set_time(self.took);
        report.add_test_suites(self.suites.iter().map(|suite| test_suite(self, suite)));
        report.to_string().map_err(|error| Error::new(ErrorKind::Failed, "write junit", "the result could not be written").because(error))
    }
}

fn test_suite(validation: &ValidationResult, suite: &SuiteResult) -> TestSuite {
    let mut out = TestSuite::new(text(&suite.name));
    out.timestamp = timestamp(suite.started);
    out.set_time(suite.took);
    let outcome = format!("{:?}", suite.outcome).to_lowercase();
    let properties = [("kind", suite.kind.name()), ("outcome", &outcome), ("message", &suite.message)];
    let subject = validation.subject.iter().map(|subject| ("subject", subject.as_str()));
    out.add_properties(properties.into_iter().chain(subject).map(|(name, value)| Property::new(name, text(value))));
    out.add_test_cases(suite.tests.iter().map(|test| test_case(validation, suite, test)));
    out
}

fn test_case(validation: &ValidationResult, suite: &SuiteResult, test: &TestResult) -> TestCase {
    let mut status = match test.outcome {
        Outcome::Passed | Outcome::Warned => TestCaseStatus::success(),
        Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Undecided => TestCaseStatus::non_success(NonSuccessKind::Error),
        Outcome::Skipped => TestCaseStatus::skipped(),
    };
    status.set_message(text(test.message.lines().next().unwrap_or_default()));
    if test.message.lines().nth(1).is_some() {
        status.set_description(text(&test.message));
    }
    let earlier = test.tries.split_last().map_or(&[][..], |(_, earlier)| earlier);
    status.add_reruns(earlier.iter().map(rerun));
    let mut case = TestCase::new(text(&test.name), status);
    case.set_classname(text(&format!("{}.{}", validation.name, suite.name)));
    case.timestamp = timestamp(test.started);
    case.set_time(test.took);
    if test.importance == Importance::Critical {
        case.add_property(Property::new("importance", "critical"));
    }
    if test.passed() {
        case.set_system_out(text(&test.message));
    }
    case
}

fn rerun(attempt: &Try) -> TestRerun {
    let kind = if attempt.outcome == Outcome::Undecided { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let mut rerun = TestRerun::new(kind);
    rerun.timestamp = timestamp(attempt.started);
    rerun.set_time(attempt.took).set_message(text(&attempt.message));
    rerun
}

fn timestamp(at: Timestamp) -> Option<DateTime<FixedOffset>> {
    let millis = i64::try_from(at.as_millis()).ok()?;
    DateTime::from_timestamp_millis(millis).map(|at| at.fixed_offset())
}

/// What XML 1.0 cannot hold is shown as `�`, so that nothing is missing without a trace.
fn text(text: &str) -> XmlString {
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    XmlString::new(text.chars().map(|c| if fits(c) { c } else { '\u{fffd}' }).collect::<String>())
}
