//! The metric source.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    Error, Result,
    metric::{MetricContext, MetricSource, Query, Reading},
};

use super::{Fields, JsonEndpoint, endpoint::Document, read::read};

/// A [`MetricSource`] over JSON documents: made by [`JsonEndpoint::source`]. It knows the empty query only.
#[derive(Debug, Clone)]
pub struct JsonSource {
    endpoint: JsonEndpoint,
    fields: Fields,
}

impl JsonSource {
    pub(super) fn new(endpoint: JsonEndpoint, fields: Fields) -> Self {
        Self { endpoint, fields }
    }
}

#[async_trait]
impl MetricSource for JsonSource {
    fn describe(&self) -> String {
        format!("{} of {} at {}", self.fields.errors.join(" + "), self.fields.requests.join(" + "), self.endpoint.0.url.shown())
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        if !query.0.is_empty() {
            return Err(Error::invalid("query", "must be empty: what is read is said by the source's fields"));
        }
        match self.endpoint.get(context).await? {
            Document::There(document) => {
                read(&self.fields, &document, context.window).map_err(|error| error.with("url", self.endpoint.0.url.shown()))
            }
            Document::Absent(reason) => Ok(Reading::NoData { reason }),
        }
    }

    fn lag(&self) -> Duration {
        self.endpoint.0.lag
    }

    fn can_backfill(&self) -> bool {
        true
    }
}
