//! The calls of Cloud Map.

use std::{collections::BTreeMap, fmt, time::Duration};

use aws_sdk_servicediscovery::{
    Client,
    types::{DnsRecord, HealthStatus, InstanceSummary, Service},
};
use deployment_core::{Error, ErrorKind, Result};

use super::{arn::RegistryArn, pages};
use crate::error::{Call, Effect};

const GET: Call = reads("servicediscovery:GetService");
const LIST: Call = reads("servicediscovery:ListInstances");
const HEALTH: Call = reads("servicediscovery:GetInstancesHealthStatus");

const fn reads(action: &'static str) -> Call {
    Call { operation: "look at the registry", action, effect: Effect::Reads }
}

/// Who looks after the health of what is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// ECS reports it: `HealthCheckCustomConfig`.
    Reported,
    /// Route 53 finds out.
    Route53,
    /// Nobody: what is registered gets requests.
    Unchecked,
}

/// What a registry is.
#[derive(Debug, Clone)]
pub(super) struct Registry {
    pub(super) arn: RegistryArn,
    name: String,
    pub(super) health: Health,
    /// For how long callers may keep an answer of the DNS.
    pub(super) ttl: Duration,
}

impl Registry {
    fn of(arn: &RegistryArn, service: &Service) -> Self {
        let health = match (service.health_check_custom_config(), service.health_check_config()) {
            (Some(_), _) => Health::Reported,
            (None, Some(_)) => Health::Route53,
            (None, None) => Health::Unchecked,
        };
        let records = service.dns_config().map(aws_sdk_servicediscovery::types::DnsConfig::dns_records).unwrap_or_default();
        let longest = records.iter().map(DnsRecord::ttl).max().unwrap_or_default();
        let ttl = Duration::from_secs(u64::try_from(longest).unwrap_or_default());
        Self { arn: arn.clone(), name: service.name().unwrap_or("without a name").to_owned(), health, ttl }
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.arn, self.name)
    }
}

/// `None` if Cloud Map has no such registry.
pub(super) async fn registry(client: &Client, arn: &RegistryArn) -> Result<Option<Registry>> {
    match client.get_service().id(arn.as_str()).send().await.map_err(|error| named(arn, GET.failed(error))) {
        Ok(answer) => Ok(answer.service().map(|service| Registry::of(arn, service))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// All that is registered.
pub(super) async fn instances(client: &Client, arn: &RegistryArn) -> Result<Vec<InstanceSummary>> {
    let (mut instances, mut token) = (Vec::new(), None);
    loop {
        let page = client.list_instances().service_id(arn.as_str()).set_next_token(token.clone()).send().await;
        let page = page.map_err(|error| named(arn, LIST.failed(error)))?;
        instances.extend(page.instances.unwrap_or_default());
        token = pages::next(LIST, token.as_ref(), page.next_token)?;
        if token.is_none() {
            return Ok(instances);
        }
    }
}

/// How all that is registered is, by its id.
pub(super) async fn health(client: &Client, arn: &RegistryArn) -> Result<BTreeMap<String, HealthStatus>> {
    let (mut health, mut token) = (BTreeMap::new(), None);
    loop {
        let page = client.get_instances_health_status().service_id(arn.as_str()).set_next_token(token.clone()).send().await;
        let page = page.map_err(|error| named(arn, HEALTH.failed(error)))?;
        health.extend(page.status.unwrap_or_default());
        token = pages::next(HEALTH, token.as_ref(), page.next_token)?;
        if token.is_none() {
            return Ok(health);
        }
    }
}

fn named(arn: &RegistryArn, error: Error) -> Error {
    error.with("registry", arn.as_str())
}
