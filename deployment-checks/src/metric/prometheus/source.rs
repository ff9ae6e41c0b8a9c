//! The metric source.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Error, Result, Timestamp,
    metric::{MetricContext, MetricSource, Query, Reading},
};
use futures::future::try_join_all;

use super::{Prometheus, Queries, measure::measure, span::Cut};

/// What to make of a window in which an instance came or went between two scrapes. What it did before its first scrape, or after its
/// last one, is not known exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Churn {
    /// No data: the contract of measurements, and the default. Bakes lose a window whenever an instance is replaced.
    NoData,
    /// Count what is between its scrapes: from its first one on, up to its last one. For fleets that scale all the time; what it did in the
    /// scrape interval before and after is lost.
    Counted,
}

/// A [`MetricSource`] over counters in Prometheus: made by [`Prometheus::source`].
///
/// The empty query asks for the queries that it was made with; others for those [named](Self::named) so.
#[derive(Debug, Clone)]
pub struct PrometheusSource {
    server: Prometheus,
    queries: BTreeMap<String, Queries>,
    churn: Churn,
}

impl PrometheusSource {
    pub(super) fn new(server: Prometheus, queries: Queries) -> Self {
        Self { server, queries: BTreeMap::from([(String::new(), queries)]), churn: Churn::NoData }
    }

    /// The same with other queries under a name, such as one critical path's.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>, queries: Queries) -> Self {
        self.queries.insert(name.into(), queries);
        self
    }

    /// What to make of instances that come and go. Default: [`Churn::NoData`].
    #[must_use]
    pub fn churn(mut self, churn: Churn) -> Self {
        self.churn = churn;
        self
    }

    /// How far samples may be from a window's ends: one scrape may be missed.
    fn reach(&self) -> Duration {
        self.server.0.scrape_interval * 5 / 2
    }
}

#[async_trait]
impl MetricSource for PrometheusSource {
    fn describe(&self) -> String {
        let shown = |(name, queries): (&String, &Queries)| {
            let counters: Vec<_> = queries.selectors().values().map(|selector| selector.text().to_owned()).collect();
            let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
            format!("{name}{}", counters.join(" and "))
        };
        let queries: Vec<_> = self.queries.iter().map(shown).collect();
        format!("{} at Prometheus {}", queries.join("; "), self.server.0.base)
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        let no_data = |reason: &str| Ok(Reading::NoData { reason: reason.into() });
        let queries = self.queries.get(&query.0).ok_or_else(|| {
            let named: Vec<_> = self.queries.keys().filter(|name| !name.is_empty()).cloned().collect();
            Error::invalid("query", format!("{:?} is not the name of queries of this source; there are: {}", query.0, named.join(", ")))
        })?;
        let window = context.window;
        if window.to > context.deployment.now {
            return no_data("the window is not over");
        }
        if window.from >= window.to {
            return no_data("the window is empty");
        }
        let reach = self.reach();
        let at: Timestamp = window.to + reach;
        let range = window.length() + reach * 2;
        let answers = try_join_all(queries.selectors().into_iter().map(|(what, selector)| async move {
            self.server.instant(&selector.samples(context, range), at).await.map(|answer| (what, answer))
        }))
        .await?;
        if answers.iter().any(|(_, answer)| answer.partial) {
            return no_data("the server warned that its answer may be incomplete");
        }
        let series = answers.into_iter().map(|(what, answer)| (what, answer.series)).collect();
        let cut = Cut { window, reach, churn: self.churn };
        measure(queries, &series, cut)
    }

    fn lag(&self) -> Duration {
        self.server.0.scrape_interval + self.server.0.delay
    }

    fn can_backfill(&self) -> bool {
        true
    }
}
