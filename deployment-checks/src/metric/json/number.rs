//! One number of a document.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{Result, metric::MetricContext};

use super::{JsonEndpoint, endpoint::Document, value::number};
use crate::metric::{Number, NumberSource, stop::Stop};

/// A [`NumberSource`] by a JSON pointer: made by [`JsonEndpoint::number`].
#[derive(Debug, Clone)]
pub struct JsonNumber {
    endpoint: JsonEndpoint,
    pointer: String,
}

impl JsonNumber {
    pub(super) fn new(endpoint: JsonEndpoint, pointer: String) -> Self {
        Self { endpoint, pointer }
    }
}

#[async_trait]
impl NumberSource for JsonNumber {
    fn describe(&self) -> String {
        format!("{} at {}", self.pointer, self.endpoint.0.url.shown())
    }

    async fn number(&self, context: &MetricContext) -> Result<Number> {
        let document = match self.endpoint.get(context).await? {
            Document::There(document) => document,
            Document::Absent(reason) => return Ok(Number::NoData { reason }),
        };
        match number(&document, &self.pointer) {
            Ok(value) => Ok(Number::finite(value)),
            Err(Stop::NoData(reason)) => Ok(Number::NoData { reason }),
            Err(Stop::Fail(error)) => Err(error.with("url", self.endpoint.0.url.shown())),
        }
    }

    fn lag(&self) -> Duration {
        self.endpoint.0.lag
    }
}
