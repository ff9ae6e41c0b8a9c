//! One number by an expression.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{Error, Result, metric::MetricContext};

use super::{Prometheus, promql::Expression};
use crate::metric::{Number, NumberSource};

/// A [`NumberSource`] by an expression: made by [`Prometheus::number`].
///
/// No series, `NaN` and infinity are *no data*; several series are an error. What an expression makes of missing samples is its own
/// business: `max_over_time(x[$window])` is the highest of those that are there.
#[derive(Debug, Clone)]
pub struct PrometheusNumber {
    server: Prometheus,
    expression: Expression,
}

impl PrometheusNumber {
    pub(super) fn new(server: Prometheus, expression: Expression) -> Self {
        Self { server, expression }
    }
}

#[async_trait]
impl NumberSource for PrometheusNumber {
    fn describe(&self) -> String {
        format!("{} at Prometheus {}", self.expression.text(), self.server.0.base)
    }

    async fn number(&self, context: &MetricContext) -> Result<Number> {
        let no_data = |reason: &str| Ok(Number::NoData { reason: reason.into() });
        if context.window.to > context.deployment.now {
            return no_data("the window is not over");
        }
        let query = self.expression.render(context);
        let answer = self.server.instant(&query, context.window.to).await?;
        if answer.partial {
            return no_data("the server warned that its answer may be incomplete");
        }
        let last = |series: &super::Series| series.samples.last().map(|(_, value)| *value);
        match answer.series.as_slice() {
            [] => no_data("no series"),
            [series] => last(series).map_or_else(|| no_data("no sample"), |value| Ok(Number::finite(value))),
            several => {
                let fault = format!("gives {} series; put sum(…) or max(…) round it", several.len());
                Err(Error::invalid("number", fault).with("query", query))
            }
        }
    }

    fn lag(&self) -> Duration {
        self.server.0.scrape_interval + self.server.0.delay
    }
}
