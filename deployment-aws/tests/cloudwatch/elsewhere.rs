//! Plugins in real time for deployments in virtual time.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_aws::cloudwatch::{Alarms, CloudWatchSource, Limits};
use deployment_core::{
    Result,
    gate::{Gate, GateContext, GateVerdict},
    health::{HealthCheck, HealthContext, HealthReport},
    metric::{MetricContext, MetricSource, Query, Reading},
};

use crate::cloud::World;

/// The deployment's time stands still while a call is under way, and the account has the same time.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere<T>(pub(crate) Arc<World>, pub(crate) T);

#[async_trait]
impl MetricSource for Elsewhere<CloudWatchSource> {
    fn describe(&self) -> String {
        self.1.describe()
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        let (source, query, context) = (self.1.clone(), query.clone(), context.clone());
        self.0.call(async move { source.observe(&query, &context).await }).await
    }

    fn lag(&self) -> Duration {
        self.1.lag()
    }

    fn resolution(&self) -> Duration {
        self.1.resolution()
    }

    fn can_backfill(&self) -> bool {
        self.1.can_backfill()
    }
}

#[async_trait]
impl HealthCheck for Elsewhere<Alarms> {
    fn describe(&self) -> String {
        HealthCheck::describe(&self.1)
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let (alarms, context) = (self.1.clone(), context.clone());
        self.0.call(async move { alarms.check(&context).await }).await
    }
}

#[async_trait]
impl HealthCheck for Elsewhere<Limits> {
    fn describe(&self) -> String {
        self.1.describe()
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let (limits, context) = (self.1.clone(), context.clone());
        self.0.call(async move { limits.check(&context).await }).await
    }
}

#[async_trait]
impl Gate for Elsewhere<Alarms> {
    fn describe(&self) -> String {
        Gate::describe(&self.1)
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        let (alarms, context) = (self.1.clone(), context.clone());
        self.0.call(async move { alarms.evaluate(&context).await }).await
    }
}
