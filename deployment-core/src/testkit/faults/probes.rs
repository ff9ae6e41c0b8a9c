//! What only looks or tells, with faults: gates, health checks, metric sources, notifiers.
#![deny(clippy::missing_trait_methods, reason = "a wrapper that misses a method hides what it wraps")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::points::{Faults, Wrapped};
use crate::{
    error::Result,
    gate::{Gate, GateContext, GateVerdict},
    health::{HealthCheck, HealthContext, HealthReport},
    metric::{MetricContext, MetricSource, Query, Reading},
    notify::{Event, Notifier},
};

impl Faults {
    /// Wraps a gate; its call is named `NAME.evaluate`.
    #[must_use]
    pub fn gate(&self, name: &str, gate: Arc<dyn Gate>) -> Arc<dyn Gate> {
        Arc::new(self.wrap(name, gate))
    }

    /// Wraps a health check; its call is named `NAME.check`.
    #[must_use]
    pub fn health(&self, name: &str, check: Arc<dyn HealthCheck>) -> Arc<dyn HealthCheck> {
        Arc::new(self.wrap(name, check))
    }

    /// Wraps a metric source; its call is named `NAME.observe`.
    #[must_use]
    pub fn metrics(&self, name: &str, source: Arc<dyn MetricSource>) -> Arc<dyn MetricSource> {
        Arc::new(self.wrap(name, source))
    }

    /// Wraps a notifier; its call is named `NAME.notify`.
    #[must_use]
    pub fn notifier(&self, name: &str, notifier: Arc<dyn Notifier>) -> Arc<dyn Notifier> {
        Arc::new(self.wrap(name, notifier))
    }
}

#[async_trait]
impl Gate for Wrapped<dyn Gate> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        self.call("evaluate", self.inner.evaluate(context)).await
    }
}

#[async_trait]
impl HealthCheck for Wrapped<dyn HealthCheck> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        self.call("check", self.inner.check(context)).await
    }
}

#[async_trait]
impl MetricSource for Wrapped<dyn MetricSource> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        self.call("observe", self.inner.observe(query, context)).await
    }

    fn lag(&self) -> Duration {
        self.inner.lag()
    }

    fn resolution(&self) -> Duration {
        self.inner.resolution()
    }

    fn can_backfill(&self) -> bool {
        self.inner.can_backfill()
    }
}

#[async_trait]
impl Notifier for Wrapped<dyn Notifier> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    async fn notify(&self, event: &Event) -> Result<()> {
        self.call("notify", self.inner.notify(event)).await
    }
}
