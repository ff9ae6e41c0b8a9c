//! One look: the tasks of the services beside what is registered.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::Service;
use aws_sdk_servicediscovery::types::{HealthStatus, InstanceSummary};
use deployment_core::{Error, Result};

use super::{
    arn::RegistryArn,
    cloud_map::{self, Health, Registry},
    registered::Registered,
    tasks::{self, State},
    told,
};
use crate::ecs::{api::Api, names::short};

/// What was seen of one service.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) service: String,
    /// How many tasks ECS is to run.
    pub(super) wanted: i32,
    pub(super) running: BTreeSet<String>,
    pub(super) registries: BTreeMap<RegistryArn, Option<Standing>>,
}

/// How a service's tasks stand in one registry: their ids.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) registry: Registry,
    /// They run, and are not registered.
    pub(super) missing: Vec<String>,
    /// They run and are registered, and are not healthy there.
    pub(super) unhealthy: Vec<String>,
    /// They run and are registered, and nobody knows how they are.
    pub(super) unknown: Vec<String>,
    /// They are registered, and do not run any more.
    pub(super) gone: Vec<String>,
}

impl Registered {
    pub(super) async fn look(&self) -> Result<Vec<Seen>> {
        let mut all = Vec::new();
        for api in &self.services {
            all.push(self.look_at(api).await?);
        }
        Ok(all)
    }

    async fn look_at(&self, api: &Api) -> Result<Seen> {
        let service = api.service().await?;
        let arns = self.registries_of(api, &service)?;
        let wanted = tasks::wanted(api).await?;
        let states = tasks::states(api, &wanted).await?;
        let running: BTreeSet<_> = states.into_iter().filter(|(_, state)| *state == State::Runs).map(|(id, _)| id).collect();
        let mut registries = BTreeMap::new();
        for arn in arns {
            let standing = match cloud_map::registry(&self.cloud_map, &arn).await? {
                Some(registry) => Some(self.standing(api, registry, &running).await?),
                None => None,
            };
            registries.insert(arn, standing);
        }
        Ok(Seen { service: short(&api.service).to_owned(), wanted: service.desired_count(), running, registries })
    }

    /// That the registries are not those that they must be, in words.
    pub(super) fn moved(&self, all: &[Seen]) -> Option<String> {
        told::moved(all, self.only_in.as_ref()?)
    }

    /// The registries that ECS has for a service. None at all is nothing to look at, unless somebody has said where it must be.
    pub(super) fn registries_of(&self, api: &Api, service: &Service) -> Result<Vec<RegistryArn>> {
        let arns = service.service_registries().iter().filter_map(|each| each.registry_arn());
        let arns = arns.map(|arn| RegistryArn::new(arn, &self.region)).collect::<Result<Vec<_>>>().map_err(|error| api.here(error))?;
        if arns.is_empty() && self.only_in.is_none() {
            let name = short(&api.service);
            let message = format!("{name} has no service registry, so its tasks are registered nowhere; give it one, or do not check it");
            return Err(api.here(Error::invalid("ecs.service", message)));
        }
        Ok(arns)
    }

    async fn standing(&self, api: &Api, registry: Registry, running: &BTreeSet<String>) -> Result<Standing> {
        let instances = cloud_map::instances(&self.cloud_map, &registry.arn).await?;
        let ours: BTreeSet<_> =
            instances.iter().filter(|instance| is_of(instance, api)).filter_map(|each| each.id()).map(str::to_owned).collect();
        let health = match registry.health {
            Health::Unchecked => BTreeMap::new(),
            _ => cloud_map::health(&self.cloud_map, &registry.arn).await?,
        };
        let (mut unhealthy, mut unknown) = (Vec::new(), Vec::new());
        for id in running.intersection(&ours).filter(|_| registry.health != Health::Unchecked) {
            match health.get(id) {
                Some(HealthStatus::Healthy) => {}
                Some(HealthStatus::Unhealthy) => unhealthy.push(id.clone()),
                _ => unknown.push(id.clone()),
            }
        }
        // What does not agree may have changed since the tasks were read.
        let odd: Vec<_> = running.symmetric_difference(&ours).cloned().collect();
        let now = tasks::states(api, &odd).await?;
        let that = |state: State, among: &BTreeSet<String>| -> Vec<String> {
            now.iter().filter(|(id, now)| **now == state && among.contains(*id)).map(|(id, _)| id.clone()).collect()
        };
        Ok(Standing { missing: that(State::Runs, running), gone: that(State::Gone, &ours), registry, unhealthy, unknown })
    }
}

/// Whether an instance was registered by ECS for a task of this service.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html>
fn is_of(instance: &InstanceSummary, api: &Api) -> bool {
    let says = |key: &str| instance.attributes().and_then(|all| all.get(key)).map(String::as_str);
    let cluster = says("ECS_CLUSTER_NAME").is_none_or(|cluster| cluster == short(&api.cluster));
    cluster && says("ECS_SERVICE_NAME") == Some(short(&api.service))
}
