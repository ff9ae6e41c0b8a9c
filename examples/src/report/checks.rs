//! What checks said: in brief from the journal, and whole where it was kept.

use deployment_checks::{
    look::Finding,
    score::{CheckScore, Score},
    suite::{Importance, Outcome, SuiteResult, TestResult, ValidationResult},
};
use deployment_core::{
    PluginName, StepId, Timestamp,
    engine::Sample,
    health::{HealthReport, HealthStatus},
    judge::Seen,
};

use super::{
    facts::Facts,
    text::{escape, span},
};
use crate::evidence::{Evidence, Found};

/// The last thing that one check said in one step.
#[derive(Debug)]
pub(super) struct Said {
    step: StepId,
    watch: PluginName,
    at: Timestamp,
    looks: u32,
    /// Its report, or why there is none.
    last: Result<HealthReport, String>,
}

/// Takes what the checks among the watches of one look said.
pub(super) fn follow(said: &mut Vec<Said>, step: &StepId, sample: &Sample) {
    for watch in &sample.watches {
        let last = match &watch.observation.seen {
            Seen::Metrics { .. } => continue,
            Seen::Health(report) => Ok(report.clone()),
            Seen::Nothing { reason } => Err(reason.clone()),
        };
        let at = sample.window.to;
        match said.iter_mut().find(|said| said.step == *step && said.watch == watch.watch) {
            Some(said) => (said.at, said.looks, said.last) = (at, said.looks + 1, last),
            None => said.push(Said { step: step.clone(), watch: watch.watch.clone(), at, looks: 1, last }),
        }
    }
}

/// All of it; nothing if no check was asked.
pub(super) fn section(facts: &Facts, evidence: &[Evidence]) -> String {
    if facts.said.is_empty() && evidence.is_empty() {
        return String::new();
    }
    let rows: String = facts.said.iter().map(|said| brief(facts, said)).collect();
    let whole: String = evidence.iter().map(|evidence| whole(facts, evidence)).collect();
    format!("<h2>Checks</h2>\n{}{whole}", table(&["After", "Step", "Check", "Result", "Score", "What was seen"], &rows))
}

fn table(heads: &[&str], rows: &str) -> String {
    let heads: String = heads.iter().map(|head| format!("<th>{head}</th>")).collect();
    format!("<div class=\"scroll\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

fn brief(facts: &Facts, said: &Said) -> String {
    let (class, word, score, seen) = match &said.last {
        Ok(report) => {
            let (class, word) = health(report.status);
            (class, word, report.score.to_string(), &report.evidence)
        }
        Err(reason) => ("detail", "could not look", String::new(), reason),
    };
    let looks = if said.looks > 1 { format!(", at the last of {} looks", said.looks) } else { String::new() };
    format!(
        "<tr><td class=\"number\">{}</td><td><code>{}</code></td><td>{}</td><td class=\"{class}\">{word}{looks}</td><td class=\"number\">{score}</td><td>{}</td></tr>\n",
        span(said.at.since(facts.state.started())),
        escape(said.step.as_str()),
        escape(said.watch.as_str()),
        escape(seen)
    )
}

fn health(status: HealthStatus) -> (&'static str, &'static str) {
    match status {
        HealthStatus::Healthy => ("good", "healthy"),
        HealthStatus::Degraded => ("warn", "degraded"),
        HealthStatus::Unhealthy => ("bad", "unhealthy"),
    }
}

fn whole(facts: &Facts, evidence: &Evidence) -> String {
    let place = format!("<code>{}</code>, after {}", escape(evidence.step.as_str()), span(evidence.at.since(facts.state.started())));
    match &evidence.found {
        Found::Validation(result) => validation(result, &place),
        Found::Score(score) => scored(score, &place),
    }
}

fn validation(result: &ValidationResult, place: &str) -> String {
    let (class, word) = outcome(result.outcome);
    let rows: String = result.suites.iter().flat_map(|suite| suite.tests.iter().map(move |test| test_row(suite, test))).collect();
    format!(
        "<h3>Validation <span class=\"{class}\">{word}</span></h3>\n<p class=\"id\">{place}, {}: {}</p>\n{}",
        span(result.took),
        escape(&result.message),
        table(&["Suite", "Test", "Result", "Tries", "Took", "What was seen"], &rows)
    )
}

fn test_row(suite: &SuiteResult, test: &TestResult) -> String {
    let (class, word) = outcome(test.outcome);
    let critical = if test.importance == Importance::Critical { " (critical)" } else { "" };
    format!(
        "<tr><td>{}</td><td>{}{critical}</td><td class=\"{class}\">{word}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
        escape(&suite.name),
        escape(&test.name),
        test.tries.len(),
        span(test.took),
        escape(&test.message)
    )
}

fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Passed => ("good", "passed"),
        Outcome::Warned => ("warn", "passed with remarks"),
        Outcome::Failed => ("bad", "failed"),
        Outcome::Undecided => ("detail", "could not look"),
        Outcome::Skipped => ("skipped", "not run"),
    }
}

fn scored(score: &Score, place: &str) -> String {
    let headline = match (score.score, score.band) {
        (Some(score), Some(band)) => format!("{score} of 100, {band}"),
        _ => "nothing is known".to_owned(),
    };
    let levels = score.levels.iter().map(|level| {
        let points = level.score.map_or_else(|| "unknown".to_owned(), |score| score.to_string());
        format!("{} {points} (weight {})", level.level, level.weight)
    });
    let reasons: String = score.reasons().iter().map(|reason| format!("<li>{}</li>\n", escape(reason))).collect();
    let reasons = if reasons.is_empty() { reasons } else { format!("<ul>\n{reasons}</ul>\n") };
    let rows: String = score.checks.iter().map(check_row).collect();
    format!(
        "<h3>Health score <span>{headline}</span></h3>\n<p class=\"id\">{place}: {}</p>\n{reasons}{}",
        levels.collect::<Vec<_>>().join(", "),
        table(&["Level", "Check", "Result", "Share", "Lost", "Took", "What was seen"], &rows)
    )
}

fn check_row(check: &CheckScore) -> String {
    let (class, word, took) = match &check.finding {
        Finding::Seen(report) => {
            let (class, word) = health(report.status);
            (class, word, span(report.latency))
        }
        Finding::Unknown { .. } => ("detail", "could not look", String::new()),
    };
    format!(
        "<tr><td>{}</td><td>{}</td><td class=\"{class}\">{word}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{took}</td><td>{}</td></tr>\n",
        check.level,
        escape(&check.check),
        check.share,
        check.lost,
        escape(check.finding.text())
    )
}
