//! The machines of a cluster, and its capacity providers, as ECS tells of them.

use std::collections::BTreeMap;

use aws_sdk_ecs::{
    Client,
    types::{CapacityProvider, ContainerInstance, ContainerInstanceStatus, ManagedScalingStatus},
};
use deployment_core::{Error, ErrorKind, Result};

use super::room::Room;
use crate::error::{Call, Effect};

const OPERATION: &str = "look at the instances";
const LIST: Call = Call { operation: OPERATION, action: "ecs:ListContainerInstances", effect: Effect::Reads };
const DESCRIBE: Call = Call { operation: OPERATION, action: "ecs:DescribeContainerInstances", effect: Effect::Reads };
const PROVIDERS: Call = Call { operation: OPERATION, action: "ecs:DescribeCapacityProviders", effect: Effect::Reads };

/// What is left on each machine that takes tasks: those that are `ACTIVE`, with an agent that is connected.
///
/// Both calls have at most 100 machines at once. Source:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html>,
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeContainerInstances.html>.
pub(super) async fn rooms(ecs: &Client, cluster: &str) -> Result<Vec<Room>> {
    let (mut rooms, mut token) = (Vec::new(), None);
    loop {
        let list = ecs.list_container_instances().cluster(cluster).status(ContainerInstanceStatus::Active);
        let page = list.set_next_token(token.clone()).send().await.map_err(|error| LIST.failed(error).with("cluster", cluster))?;
        let arns = page.container_instance_arns.unwrap_or_default();
        if !arns.is_empty() {
            let described = ecs.describe_container_instances().cluster(cluster).set_container_instances(Some(arns)).send().await;
            let described = described.map_err(|error| DESCRIBE.failed(error).with("cluster", cluster))?;
            rooms.extend(described.container_instances().iter().filter(|machine| machine.agent_connected()).map(room));
        }
        if page.next_token.is_none() {
            return Ok(rooms);
        }
        if page.next_token == token {
            let message = "the pages of the answer do not end";
            return Err(Error::new(ErrorKind::Unreachable, OPERATION, message).with("cluster", cluster));
        }
        token = page.next_token;
    }
}

fn room(machine: &ContainerInstance) -> Room {
    let left = |name: &str| {
        let resource = machine.remaining_resources().iter().find(|resource| resource.name() == Some(name));
        resource.and_then(|resource| u64::try_from(resource.integer_value()).ok()).unwrap_or_default()
    };
    Room {
        cpu: left("CPU"),
        memory: left("MEMORY"),
        provider: machine.capacity_provider_name().map(str::to_owned),
        // The id of one outside of AWS is that which Systems Manager has given it: mi-…
        external: machine.ec2_instance_id().is_some_and(|id| id.starts_with("mi-")),
    }
}

/// Whether a capacity provider adds instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    Grows,
    Stays,
}

/// The capacity providers of these names that are there.
pub(super) async fn providers(ecs: &Client, names: Vec<String>) -> Result<BTreeMap<String, Growth>> {
    let answer = ecs.describe_capacity_providers().set_capacity_providers(Some(names)).send().await;
    let answer = answer.map_err(|error| PROVIDERS.failed(error))?;
    let named = |provider: &CapacityProvider| Some((provider.name()?.to_owned(), growth(provider)));
    Ok(answer.capacity_providers().iter().filter_map(named).collect())
}

/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-scaling-behavior.html>.
fn growth(provider: &CapacityProvider) -> Growth {
    let scaling = provider.auto_scaling_group_provider().and_then(|group| group.managed_scaling());
    let scaled = scaling.is_some_and(|scaling| scaling.status() == Some(&ManagedScalingStatus::Enabled));
    if scaled || provider.managed_instances_provider().is_some() { Growth::Grows } else { Growth::Stays }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{AutoScalingGroupProvider, ManagedInstancesProvider, ManagedScaling};

    use super::*;

    #[test]
    fn a_provider_grows_if_ecs_scales_it_or_makes_its_instances() {
        let group =
            |scaling| AutoScalingGroupProvider::builder().auto_scaling_group_arn("arn").set_managed_scaling(scaling).build().unwrap();
        let of = |scaling| CapacityProvider::builder().auto_scaling_group_provider(group(scaling)).build();
        let scaling = |status| Some(ManagedScaling::builder().status(status).build());
        assert_eq!(growth(&of(scaling(ManagedScalingStatus::Enabled))), Growth::Grows);
        assert_eq!(growth(&of(scaling(ManagedScalingStatus::Disabled))), Growth::Stays);
        assert_eq!(growth(&of(None)), Growth::Stays);
        let managed = CapacityProvider::builder().managed_instances_provider(ManagedInstancesProvider::builder().build()).build();
        assert_eq!(growth(&managed), Growth::Grows);
    }
}
