//! The server and its HTTP API.

use std::{fmt, sync::Arc, time::Duration};

use deployment_core::{Error, Result, Timestamp, time::Window};

use super::{
    PrometheusBuilder, PrometheusNumber, PrometheusSource, Queries,
    answer::read,
    promql::{Expression, duration},
    selector::Selector,
    series::Answer,
};
use crate::{
    http::HttpClient,
    metric::access::Access,
    secret::{SafeUrl, Secret},
};

/// A Prometheus server, or anything with its HTTP API (Thanos, Mimir, Cortex, `VictoriaMetrics`). Cheap to clone.
///
/// ```no_run
/// use std::time::Duration;
/// use deployment_checks::{metric::prometheus::{Preset, Prometheus}, secret::Secret};
///
/// # fn f() -> deployment_core::Result<()> {
/// let prometheus = Prometheus::builder("https://prometheus.internal")?
///     .bearer(Secret::from_env("PROMETHEUS_TOKEN")?)
///     .scrape_interval(Duration::from_secs(15))
///     .build()?;
/// let source = prometheus.source(Preset::OpenTelemetry.queries("service_version")?);
/// let load = prometheus.number(r#"max(max_over_time(cpu_percent{service="$service"}[$window]))"#)?;
/// # let _ = (source, load);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Prometheus(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) client: HttpClient,
    /// Ends with a slash.
    pub(super) base: SafeUrl,
    pub(super) access: Access,
    pub(super) scrape_interval: Duration,
    pub(super) delay: Duration,
}

impl Prometheus {
    /// Begins with the server's address, such as `http://prometheus:9090` or `https://mimir/prometheus`.
    ///
    /// # Errors
    /// As [`SafeUrl::parse`], and if it has a query.
    pub fn builder(url: &str) -> Result<PrometheusBuilder> {
        PrometheusBuilder::new(SafeUrl::parse(url)?)
    }

    /// Measures revisions by these counters.
    #[must_use]
    pub fn source(&self, queries: Queries) -> PrometheusSource {
        PrometheusSource::new(self.clone(), queries)
    }

    /// Tells one number by an expression, evaluated at the end of a window. Besides the variables of [`Queries`] there is `$window`, the
    /// window's length as a duration, outside of strings. It must give one series: put `sum(…)` or `max(…)` round it.
    ///
    /// # Errors
    /// If the expression is empty, or has an unknown variable or one in a place that is not safe.
    pub fn number(&self, expression: &str) -> Result<PrometheusNumber> {
        Ok(PrometheusNumber::new(self.clone(), Expression::parse("number", expression)?))
    }

    /// Counts the alerts that fired at any time within a window, of those that `matchers` (such as `service="$service"`; empty for all)
    /// select: the series `ALERTS` that the server's rules write.
    ///
    /// Without alerts there is no such series, and without rules, or with a server that evaluates none, there is none either. So `alive` is a
    /// selector of something that is there as long as rules are evaluated: an alert that always fires (`ALERTS{alertname="Watchdog"}`),
    /// which is not counted itself, or `prometheus_rule_group_rules` if the server scrapes itself. If it is missing at the beginning or
    /// the end of a window, no alert is *no data* instead of zero.
    ///
    /// # Errors
    /// If `matchers` are none, `alive` is no selector, or one of them has a variable that is unknown or in a place that is not safe.
    pub fn alerts(&self, matchers: &str, alive: &str) -> Result<PrometheusNumber> {
        let firing = Selector::parse("matchers", "ALERTS{alertstate=\"firing\"}")?;
        let firing = if matchers.trim().is_empty() { firing } else { firing.narrowed("matchers", matchers)? };
        let alive = Selector::parse("alive", alive)?;
        let (firing, alive) = (firing.text(), alive.text());
        self.number(&format!(
            "count(max_over_time({firing}[$window]) unless max_over_time({alive}[$window])) \
             or 0 * (max({alive}) and max({alive} offset $window))"
        ))
    }

    /// Evaluates an expression at one time.
    ///
    /// # Errors
    /// If the server cannot be asked, refuses the query, or answers with something else.
    pub async fn instant(&self, query: &str, at: Timestamp) -> Result<Answer> {
        self.ask("api/v1/query", query, &[("time", seconds(at))]).await
    }

    /// Evaluates an expression at every `step` from the window's beginning to its end, both included.
    ///
    /// # Errors
    /// As [`instant`](Self::instant), and if `step` is zero.
    pub async fn range(&self, query: &str, window: Window, step: Duration) -> Result<Answer> {
        if step.as_millis() == 0 {
            return Err(Error::invalid("step", "must be at least 1 ms"));
        }
        let times = [("start", seconds(window.from)), ("end", seconds(window.to)), ("step", duration(step))];
        self.ask("api/v1/query_range", query, &times).await
    }

    async fn ask(&self, path: &str, query: &str, more: &[(&str, String)]) -> Result<Answer> {
        let mut url = self.0.base.join(path)?.with_query("query", &Secret::new(query));
        for (name, value) in more {
            url = url.with_query(name, &Secret::new(value.as_str()));
        }
        let response = self.0.client.send(&self.0.access.request(url)?).await?;
        read(query, &response)
    }
}

fn seconds(at: Timestamp) -> String {
    format!("{}.{:03}", at.as_millis() / 1_000, at.as_millis() % 1_000)
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prometheus").field(&self.0.base).finish()
    }
}
