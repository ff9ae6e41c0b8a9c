//! Options of a comparison, with their defaults.

use std::time::Duration;

use deployment_core::{Error, Result, RevisionId, Timestamp};

use super::{Compare, Question};

/// Puts a [`Compare`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct CompareBuilder {
    questions: Vec<Question>,
    before: Duration,
    after: Duration,
    started: Option<Timestamp>,
    revisions: Option<(RevisionId, RevisionId)>,
    timeout: Duration,
}

impl Default for CompareBuilder {
    fn default() -> Self {
        let (before, after) = (Duration::from_secs(1_800), Duration::from_secs(300));
        Self { questions: Vec::new(), before, after, started: None, revisions: None, timeout: Duration::from_secs(10) }
    }
}

impl CompareBuilder {
    /// Asks this too.
    pub fn ask(mut self, question: Question) -> Self {
        self.questions.push(question);
        self
    }

    /// How long the stretch before the deployment's start is, and the one up to now (less the sources' lag). Default: 30 min and 5 min.
    pub fn windows(mut self, before: Duration, after: Duration) -> Self {
        self.before = before;
        self.after = after;
        self
    }

    /// When the deployment started. Default: the time in its id, which
    /// [`DeploymentId::generate`](deployment_core::DeploymentId::generate) puts there.
    pub fn started_at(mut self, at: Timestamp) -> Self {
        self.started = Some(at);
        self
    }

    /// The revisions to ask about, before and after. Default: `any` for both, for sources that are about a whole service.
    pub fn revisions(mut self, before: RevisionId, after: RevisionId) -> Self {
        self.revisions = Some((before, after));
        self
    }

    /// How long one source may take. Default: 10 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The comparison.
    ///
    /// # Errors
    /// If nothing is asked, a question has no limit or one that does not fit it, a limit cannot be, or a duration is too short.
    pub fn build(self) -> Result<Compare> {
        let Self { questions, before, after, started, revisions, timeout } = self;
        if questions.is_empty() {
            return Err(Error::invalid("questions", "nothing is asked; add one with ask(Question::requests(…))"));
        }
        questions.iter().try_for_each(Question::validate)?;
        if before.min(after) < Duration::from_secs(1) {
            return Err(Error::invalid("windows", "must each be at least 1 s"));
        }
        if timeout.is_zero() {
            return Err(Error::invalid("timeout", "must be more than 0 s"));
        }
        let any = RevisionId::new("any")?;
        let revisions = revisions.unwrap_or_else(|| (any.clone(), any));
        Ok(Compare { questions, before, after, started, revisions, timeout })
    }
}
