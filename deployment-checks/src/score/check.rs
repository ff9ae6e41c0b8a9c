//! Many checks that are one check.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Error, Percent, Result,
    health::{HealthCheck, HealthContext, HealthReport},
};
use futures::future::join_all;

use super::{Band, Level, LevelWeights, Score, Weighed, verdict::Rule};
use crate::look::{Finding, Looked, look};

/// A check with its level, and its weight inside the level.
#[derive(Debug, Clone)]
pub struct ScoredCheck {
    check: Arc<dyn HealthCheck>,
    level: Level,
    weight: u32,
    required: bool,
}

impl ScoredCheck {
    /// A check of this level, with weight 1.
    #[must_use]
    pub fn new(level: Level, check: impl HealthCheck) -> Self {
        Self { check: Arc::new(check), level, weight: 1, required: false }
    }

    /// A check of whether it is there.
    #[must_use]
    pub fn basic(check: impl HealthCheck) -> Self {
        Self::new(Level::Basic, check)
    }

    /// A check of whether it is fast enough and has room.
    #[must_use]
    pub fn performance(check: impl HealthCheck) -> Self {
        Self::new(Level::Performance, check)
    }

    /// A check of whether it does what it is there for.
    #[must_use]
    pub fn business(check: impl HealthCheck) -> Self {
        Self::new(Level::Business, check)
    }

    /// How much it counts beside the other checks of its level: 1 unless told otherwise.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Without it the whole does not work: if it is down, so is the whole, whatever the score, and if it could not look, the whole is at
    /// best unknown. An average alone would hide a dead database behind ten checks that pass.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    async fn weigh(&self, context: &HealthContext, timeout: Duration) -> Weighed {
        let finding = match look(self.check.as_ref(), context, timeout).await {
            Looked::Report(report) => Finding::Seen(report),
            Looked::Failed(reason) | Looked::Overdue(reason) => Finding::Unknown { reason },
        };
        Weighed { check: self.check.describe(), level: self.level, weight: self.weight, required: self.required, finding }
    }
}

/// Many checks that are one [`HealthCheck`]: they look side by side, each with a deadline, and their reports make one [`Score`].
///
/// # Contract
/// - Healthy from band *good*, degraded from *poor*, unhealthy below; unhealthy also if a required check is down.
/// - A check that could not look, panicked or took too long is *unknown*: left out of the score. An `Err` (could not look) if less than half
///   of the weight is known, or a required check is unknown and the score is not unhealthy without it.
pub struct HealthScore {
    name: String,
    checks: Vec<ScoredCheck>,
    weights: LevelWeights,
    timeout: Duration,
    rule: Rule,
}

impl HealthScore {
    /// A score of what is called `name`.
    pub fn builder(name: impl Into<String>) -> HealthScoreBuilder {
        let rule = Rule { healthy_from: Band::Good, degraded_from: Band::Poor, known: Percent::of(1, 2) };
        let (weights, timeout) = (LevelWeights::default(), Duration::from_secs(8));
        HealthScoreBuilder(Self { name: name.into(), checks: Vec::new(), weights, timeout, rule })
    }

    /// Lets every check look, and says what came out.
    pub async fn score(&self, context: &HealthContext) -> Score {
        let looks = self.checks.iter().map(|check| check.weigh(context, self.timeout));
        Score::of(&self.weights, join_all(looks).await)
    }
}

#[async_trait]
impl HealthCheck for HealthScore {
    /// Names every check, so that a plan shows what its score is made of.
    fn describe(&self) -> String {
        let one = |check: &ScoredCheck| {
            let weight = if check.weight == 1 { String::new() } else { format!(" ×{}", check.weight) };
            format!("{}{weight}{}", check.check.describe(), if check.required { " (required)" } else { "" })
        };
        let level = |level: Level| {
            let checks: Vec<_> = self.checks.iter().filter(|check| check.level == level).map(one).collect();
            (!checks.is_empty()).then(|| format!("{level} {}: {}", self.weights.of(level), checks.join(", ")))
        };
        let levels: Vec<_> = Level::ALL.into_iter().filter_map(level).collect();
        format!("health score of {} ({})", self.name, levels.join("; "))
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let begin = tokio::time::Instant::now();
        let mut report = self.rule.report(&self.score(context).await)?;
        report.latency = begin.elapsed();
        Ok(report)
    }
}

impl fmt::Debug for HealthScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HealthScore").field(&self.describe()).finish()
    }
}

/// Puts a [`HealthScore`] together.
#[derive(Debug)]
pub struct HealthScoreBuilder(HealthScore);

impl HealthScoreBuilder {
    /// One more check.
    #[must_use]
    pub fn check(mut self, check: ScoredCheck) -> Self {
        self.0.checks.push(check);
        self
    }

    /// How much each level counts: 40 %, 35 % and 25 % unless told otherwise.
    #[must_use]
    pub fn weights(mut self, weights: LevelWeights) -> Self {
        self.0.weights = weights;
        self
    }

    /// How long each check may take: 8 s unless told otherwise, which is over the 5 s that a check gives itself (row HEALTH-1 of the
    /// requirements) and below the 10 s that a `Watch` gives the whole.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = timeout;
        self
    }

    /// The worst band that is healthy: good unless told otherwise.
    #[must_use]
    pub fn healthy_from(mut self, band: Band) -> Self {
        self.0.rule.healthy_from = band;
        self
    }

    /// The worst band that is degraded, below which it is unhealthy: poor unless told otherwise.
    #[must_use]
    pub fn degraded_from(mut self, band: Band) -> Self {
        self.0.rule.degraded_from = band;
        self
    }

    /// How much of the weight must be known for a report: half of it unless told otherwise.
    #[must_use]
    pub fn known_at_least(mut self, share: Percent) -> Self {
        self.0.rule.known = share;
        self
    }

    /// The score.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](deployment_core::ErrorKind::InvalidInput) if there are no checks, the timeout or a weight is zero, a check
    /// is of a level that weighs nothing, or the bands are the wrong way round.
    pub fn build(self) -> Result<HealthScore> {
        let HealthScore { checks, weights, timeout, rule, .. } = &self.0;
        if checks.is_empty() {
            return Err(Error::invalid("checks", "there are none; add at least one"));
        }
        if timeout.is_zero() {
            return Err(Error::invalid("timeout", "it is zero; give each check some time"));
        }
        if rule.degraded_from > rule.healthy_from {
            let (degraded, healthy) = (rule.degraded_from, rule.healthy_from);
            return Err(Error::invalid("degraded_from", format!("{degraded} is better than healthy_from, {healthy}; swap them")));
        }
        for check in checks {
            let name = check.check.describe();
            if check.weight == 0 {
                return Err(Error::invalid("weight", format!("that of {name} is 0; make it at least 1, or leave the check out")));
            }
            if weights.of(check.level) == Percent::ZERO {
                let level = check.level;
                return Err(Error::invalid("weights", format!("level {level} of {name} weighs 0 %; give it a weight, or move the check")));
            }
        }
        Ok(self.0)
    }
}
