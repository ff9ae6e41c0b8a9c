//! What is asked before and after.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Result,
    metric::{MetricContext, MetricSource, Query, Reading},
};
use futures::future::join;
use tokio::time::timeout;

use super::{Finding, Limit, Weight, errors::Errors, judge::Rule};
use crate::metric::{Number, NumberSource};

/// One thing that is asked about both stretches of time, and the limits that its answers must keep.
///
/// ```
/// use std::sync::Arc;
/// use deployment_checks::compare::{Limit, Question};
/// use deployment_core::{memory::MemoryTarget, metric::Query};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let source = Arc::new(MemoryTarget::builder().build().metrics());
/// let requests = Question::requests(source.clone(), Query::default()).limits([Limit::ErrorRate { times: 1.5 }]);
/// let payments = Question::rate("payments", source, Query::default()).min_samples(20).advisory();
/// # let _ = (requests, payments);
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Question {
    name: String,
    ask: Ask,
    pub(super) limits: Vec<Limit>,
    weight: Weight,
    min_samples: u64,
}

#[derive(Debug, Clone)]
enum Ask {
    Metrics(Arc<dyn MetricSource>, Query),
    Number(Arc<dyn NumberSource>),
}

impl Question {
    /// Errors and latencies of requests. Limits: [`Limit::REQUESTS`].
    pub fn requests(source: Arc<dyn MetricSource>, query: Query) -> Self {
        Self::new("requests", Ask::Metrics(source, query), Limit::REQUESTS.to_vec())
    }

    /// How often something happens that must not become rare: payments, sign-ups. Limit: at most 20 % less.
    pub fn rate(name: impl Into<String>, source: Arc<dyn MetricSource>, query: Query) -> Self {
        Self::new(name, Ask::Metrics(source, query), vec![Limit::Drop { percent: 20.0 }])
    }

    /// A utilisation in percent: processor, memory, connections. Limit: [`Limit::UTILISATION`].
    pub fn number(name: impl Into<String>, source: Arc<dyn NumberSource>) -> Self {
        Self::new(name, Ask::Number(source), vec![Limit::UTILISATION])
    }

    /// How many alerts fired, such as `Prometheus::alerts` counts. Limit: at most 0.
    pub fn alerts(source: Arc<dyn NumberSource>) -> Self {
        Self::new("alerts", Ask::Number(source), vec![Limit::AtMost { value: 0.0 }])
    }

    /// How many of the lines of a log are errors, where the lines are what the source calls requests. Limit: at most 0. It counts to
    /// the last line if the source does; without data about the lines it is unknown.
    pub fn log_errors(source: Arc<dyn MetricSource>, query: Query) -> Self {
        Self::new("log errors", Ask::Number(Arc::new(Errors::new(source, query))), vec![Limit::AtMost { value: 0.0 }])
    }

    fn new(name: impl Into<String>, ask: Ask, limits: Vec<Limit>) -> Self {
        Self { name: name.into(), ask, limits, weight: Weight::Critical, min_samples: 100 }
    }

    /// Another name, for a second question about requests.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// These limits instead of the usual ones.
    pub fn limits(mut self, limits: impl IntoIterator<Item = Limit>) -> Self {
        self.limits = limits.into_iter().collect();
        self
    }

    /// A breach only warns.
    pub fn advisory(mut self) -> Self {
        self.weight = Weight::Advisory;
        self
    }

    /// How many requests are needed on either side. Default: 100; at least 1.
    pub fn min_samples(mut self, samples: u64) -> Self {
        self.min_samples = samples.max(1);
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        let invalid = |fault: &str| Err(deployment_core::Error::invalid("question", format!("{:?} {fault}", self.name)));
        if self.limits.is_empty() {
            return invalid("has no limit; give one");
        }
        let about_number = |limit: &Limit| matches!(limit, Limit::AtMost { .. });
        match self.ask {
            Ask::Metrics(..) if self.limits.iter().any(about_number) => return invalid("asks for requests; AtMost is a limit of numbers"),
            Ask::Number(_) if !self.limits.iter().all(about_number) => return invalid("asks for a number; its limit can only be AtMost"),
            _ => {}
        }
        self.limits.iter().try_for_each(|limit| limit.validate())
    }

    pub(super) fn describe(&self) -> String {
        let (source, limits): (_, Vec<_>) = (
            match &self.ask {
                Ask::Metrics(source, query) if query.0.is_empty() => source.describe(),
                Ask::Metrics(source, query) => format!("{} [{}]", source.describe(), query.0),
                Ask::Number(source) => source.describe(),
            },
            self.limits.iter().map(Limit::to_string).collect(),
        );
        let weight = if self.weight == Weight::Advisory { " (advisory)" } else { "" };
        format!("{}{weight}: {} in {source}", self.name, limits.join(", "))
    }

    pub(super) fn lag(&self) -> Duration {
        match &self.ask {
            Ask::Metrics(source, _) => source.lag(),
            Ask::Number(source) => source.lag(),
        }
    }

    pub(super) fn unknown(&self, reason: &str) -> Vec<Finding> {
        self.rules().map(|rule| rule.unknown(reason)).collect()
    }

    pub(super) async fn ask(&self, before: &MetricContext, after: &MetricContext, patience: Duration) -> Vec<Finding> {
        match &self.ask {
            Ask::Metrics(source, query) => {
                let look = |context| async move {
                    let answer = timeout(patience, source.observe(query, context)).await;
                    in_time(answer, patience).unwrap_or_else(|reason| Reading::NoData { reason })
                };
                let (then, now) = join(look(before), look(after)).await;
                let lengths = (before.window.length(), after.window.length());
                self.rules().map(|rule| rule.requests(&then, &now, lengths)).collect()
            }
            Ask::Number(source) => {
                let look = |context| async move {
                    let answer = timeout(patience, source.number(context)).await;
                    in_time(answer, patience).unwrap_or_else(|reason| Number::NoData { reason })
                };
                let (then, now) = join(look(before), look(after)).await;
                self.rules().map(|rule| rule.number(&then, &now)).collect()
            }
        }
    }

    fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let Self { name, weight, min_samples, .. } = self;
        self.limits.iter().map(|limit| Rule { name, limit: *limit, weight: *weight, min_samples: *min_samples })
    }
}

fn in_time<T>(answer: Result<Result<T>, tokio::time::error::Elapsed>, patience: Duration) -> Result<T, String> {
    let late = |_| format!("no answer within {} s", patience.as_secs_f64());
    answer.map_err(late)?.map_err(|error| error.to_string())
}
