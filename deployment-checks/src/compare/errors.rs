//! Errors as a number.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Result,
    metric::{MetricContext, MetricSource, Query, Reading},
};

use crate::metric::{Number, NumberSource};

/// How many errors a source of counts has seen.
#[derive(Debug)]
pub(super) struct Errors {
    source: Arc<dyn MetricSource>,
    query: Query,
}

impl Errors {
    pub(super) fn new(source: Arc<dyn MetricSource>, query: Query) -> Self {
        Self { source, query }
    }
}

#[async_trait]
impl NumberSource for Errors {
    fn describe(&self) -> String {
        format!("errors of {}", self.source.describe())
    }

    async fn number(&self, context: &MetricContext) -> Result<Number> {
        Ok(match self.source.observe(&self.query, context).await? {
            Reading::Measured(seen) => Number::finite(seen.errors as f64),
            Reading::NoData { reason } => Number::NoData { reason },
        })
    }

    fn lag(&self) -> Duration {
        self.source.lag()
    }
}
