//! Asking.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    DeploymentContext, Error, Result, RevisionId, TargetName, Timestamp,
    metric::{MetricContext, MetricSource, Query},
    time::Window,
};
use futures::future::join_all;

use super::{CompareBuilder, CompareCheck, Comparison, Question, start::start};
use crate::metric::NumberSource;

/// Compares after with before.
#[derive(Debug, Clone)]
pub struct Compare {
    pub(super) questions: Vec<Question>,
    pub(super) before: Duration,
    pub(super) after: Duration,
    pub(super) started: Option<Timestamp>,
    pub(super) revisions: (RevisionId, RevisionId),
    pub(super) timeout: Duration,
}

impl Compare {
    /// Begins with no questions.
    pub fn builder() -> CompareBuilder {
        CompareBuilder::default()
    }

    /// Begins with the two questions whether all has been quiet for the last 30 minutes: no alert, and no error among the lines of the log
    /// (`logs`: they are its requests). For a step that comes 30 minutes after the traffic has shifted; until then it is unknown.
    pub fn quiet(alerts: Arc<dyn NumberSource>, logs: Arc<dyn MetricSource>) -> CompareBuilder {
        let half_an_hour = Duration::from_secs(1_800);
        let questions = [Question::alerts(alerts), Question::log_errors(logs, Query::default())];
        questions.into_iter().fold(Self::builder(), CompareBuilder::ask).windows(half_an_hour, half_an_hour)
    }

    /// What it asks, and within which limits, without secrets.
    #[must_use]
    pub fn describe(&self) -> String {
        let questions: Vec<_> = self.questions.iter().map(Question::describe).collect();
        let (after, before) = (self.after.as_secs_f64(), self.before.as_secs_f64());
        format!("the last {after} s against the {before} s before the deployment: {}", questions.join("; "))
    }

    /// The same as a health check, for a step after the traffic has shifted.
    #[must_use]
    pub fn check(self) -> CompareCheck {
        CompareCheck::new(self)
    }

    /// Asks everything at once about `target`, and holds the answers against the limits. The window before ends where the deployment
    /// began, the one after where the sources' data does; both are of whole seconds. As long as the one after would reach back to before
    /// the deployment, everything is unknown.
    ///
    /// # Errors
    /// If nobody said when the deployment started. What a source cannot say is *unknown*, not an error.
    pub async fn run(&self, deployment: &DeploymentContext, target: &TargetName) -> Result<Comparison> {
        let started = self.started.or_else(|| start(&deployment.deployment));
        let started = started.ok_or_else(|| {
            let fix = "its id has no time in it; let DeploymentId::generate make it, or give started_at";
            Error::invalid("started_at", fix).with("deployment", &deployment.deployment)
        })?;
        let lag = self.questions.iter().map(Question::lag).max().unwrap_or_default();
        let (start, end) = (whole(started), whole(deployment.now - lag));
        let before = Window { from: start - self.before, to: start };
        let after = Window { from: end - self.after, to: end };
        if after.from < started {
            let missing = started.since(after.from).as_secs_f64();
            let reason = format!("the window after is not over: {missing} s of it are before the deployment's start");
            let findings = self.questions.iter().flat_map(|question| question.unknown(&reason)).collect();
            return Ok(Comparison { before, after, findings });
        }
        let context = |revision: &RevisionId, window| MetricContext {
            deployment: deployment.clone(),
            target: target.clone(),
            revision: revision.clone(),
            window,
        };
        let (then, now) = (context(&self.revisions.0, before), context(&self.revisions.1, after));
        let findings = join_all(self.questions.iter().map(|question| question.ask(&then, &now, self.timeout))).await;
        Ok(Comparison { before, after, findings: findings.into_iter().flatten().collect() })
    }
}

/// Sources keep whole seconds.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millis() / 1_000 * 1_000)
}
