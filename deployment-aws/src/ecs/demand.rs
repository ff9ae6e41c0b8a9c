//! What tasks reserve, how many there are at once, and what runs them.

use aws_sdk_ecs::types::{CapacityProviderStrategyItem, ContainerDefinition, DeploymentConfiguration, LaunchType, Service, TaskDefinition};

use super::{count::count, names::short};
use crate::preflight::{Place, Tasks};

/// The default of a service of replicas.
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>.
const MOST: u32 = 200;

/// How many tasks there are at most beside the `running` ones while a service comes to `wanted` tasks of something new.
///
/// ECS rounds the limit down. Source:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>.
pub(super) fn beside(wanted: u32, configuration: Option<&DeploymentConfiguration>, running: u32) -> u32 {
    let percent = configuration.and_then(|configuration| configuration.maximum_percent()).map_or(MOST, count);
    let most = u64::from(wanted) * u64::from(percent) / 100;
    // Where nothing runs there is nothing to be replaced.
    let most = if running == 0 { wanted } else { u32::try_from(most).unwrap_or(u32::MAX) };
    most.saturating_sub(running)
}

/// What a task reserves: units of which 1024 are one vCPU, and MiB.
///
/// The task's own numbers go before those of its containers, and what a container reserves before its limit. Source:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>.
pub(super) fn size(definition: &TaskDefinition) -> (u32, u32) {
    let containers = definition.container_definitions();
    let sum = |of: fn(&ContainerDefinition) -> i32| containers.iter().map(|container| count(of(container))).sum();
    let whole = |told: Option<&str>| told.and_then(|told| told.trim().parse::<u32>().ok());
    let cpu = whole(definition.cpu()).unwrap_or_else(|| sum(ContainerDefinition::cpu));
    let memory = |container: &ContainerDefinition| container.memory_reservation().or(container.memory()).unwrap_or_default();
    (cpu, whole(definition.memory()).unwrap_or_else(|| sum(memory)))
}

/// So many tasks of a service, by what runs them.
pub(super) fn of_service(cluster: &str, service: &Service, definition: &TaskDefinition, tasks: u32) -> Vec<Tasks> {
    let network = service.network_configuration().and_then(|network| network.awsvpc_configuration());
    let subnets = network.map(|network| network.subnets().to_vec()).unwrap_or_default();
    let (cpu, memory) = size(definition);
    let shares = match service.capacity_provider_strategy() {
        [] => vec![(place(service.launch_type()), tasks)],
        strategy => shared(strategy, tasks),
    };
    let of = |(place, count)| Tasks {
        of: format!("the service {}", service.service_name().unwrap_or_default()),
        cluster: cluster.to_owned(),
        count,
        cpu,
        memory,
        place,
        subnets: subnets.clone(),
    };
    shares.into_iter().filter(|(_, count)| *count > 0).map(of).collect()
}

/// What a launch type is; without one it is EC2.
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>.
pub(super) fn place(launch: Option<&LaunchType>) -> Place {
    match launch {
        Some(LaunchType::Fargate) => Place::Fargate,
        Some(LaunchType::External) => Place::External,
        _ => Place::Instances,
    }
}

/// How a strategy shares tasks out: the base first, the rest by weights. What is left of the division goes where most of a task is missing;
/// ECS does not say how it rounds.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>.
fn shared(strategy: &[CapacityProviderStrategyItem], tasks: u32) -> Vec<(Place, u32)> {
    let mut left = tasks;
    let mut given: Vec<u32> = Vec::new();
    for item in strategy {
        let base = count(item.base()).min(left);
        left -= base;
        given.push(base);
    }
    let weights: Vec<u64> = strategy.iter().map(|item| u64::from(count(item.weight()))).collect();
    let whole: u64 = weights.iter().sum();
    let mut over = left;
    let mut missing = Vec::new();
    for (at, weight) in weights.iter().enumerate() {
        let share = u64::from(left) * weight;
        let part = u32::try_from(share.checked_div(whole).unwrap_or(0)).unwrap_or(u32::MAX);
        given[at] += part;
        over -= part;
        missing.push((share.checked_rem(whole).unwrap_or(0), at));
    }
    missing.sort_by_key(|(rest, at)| (std::cmp::Reverse(*rest), *at));
    // Without any weight ECS starts no more than the base.
    let over = if whole == 0 { 0 } else { over as usize };
    for (_, at) in missing.into_iter().take(over) {
        given[at] += 1;
    }
    let place = |item: &CapacityProviderStrategyItem| match item.capacity_provider() {
        "FARGATE" => Place::Fargate,
        "FARGATE_SPOT" => Place::FargateSpot,
        other => Place::Providers(vec![short(other).to_owned()]),
    };
    strategy.iter().map(place).zip(given).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_most(percent: i32) -> DeploymentConfiguration {
        DeploymentConfiguration::builder().maximum_percent(percent).build()
    }

    #[test]
    fn a_rollout_has_as_many_beside_as_its_maximum_allows_rounded_down() {
        let cases = [
            (4, 200, 4, 4),
            (4, 150, 4, 2),
            (3, 150, 3, 1),
            (1, 150, 1, 0),
            (4, 100, 4, 0),
            (4, 200, 2, 6),
            (4, 100, 0, 4),
            (0, 200, 0, 0),
        ];
        for (wanted, percent, running, expected) in cases {
            assert_eq!(beside(wanted, Some(&at_most(percent)), running), expected, "{wanted} at most {percent} % beside {running}");
        }
        assert_eq!(beside(4, None, 4), 4);
        assert_eq!(beside(u32::MAX, Some(&at_most(i32::MAX)), 1), u32::MAX - 1);
    }

    #[test]
    fn the_task_goes_before_its_containers_and_a_reservation_before_a_limit() {
        let container = || ContainerDefinition::builder().cpu(128).memory(512);
        let containers = vec![container().memory_reservation(200).build(), container().build(), ContainerDefinition::builder().build()];
        let definition = TaskDefinition::builder().set_container_definitions(Some(containers));
        assert_eq!(size(&definition.clone().build()), (256, 712));
        assert_eq!(size(&definition.clone().memory("2048").build()), (256, 2048));
        assert_eq!(size(&definition.cpu("1024").memory("2048").build()), (1024, 2048));
    }

    fn item(name: &str, base: i32, weight: i32) -> CapacityProviderStrategyItem {
        CapacityProviderStrategyItem::builder().capacity_provider(name).base(base).weight(weight).build().unwrap()
    }

    #[test]
    fn a_strategy_gives_the_base_first_and_the_rest_by_weights_and_none_is_lost() {
        let strategy = [item("FARGATE", 1, 1), item("FARGATE_SPOT", 0, 3)];
        for (tasks, expected) in [(0, [0, 0]), (1, [1, 0]), (2, [1, 1]), (5, [2, 3]), (6, [2, 4]), (9, [3, 6])] {
            let shares: Vec<_> = shared(&strategy, tasks).into_iter().map(|(_, count)| count).collect();
            assert_eq!(shares, expected, "{tasks}");
        }
        let providers = [item("small", 0, 1), item("arn:aws:ecs:eu-central-1:123456789012:capacity-provider/large", 0, 1)];
        let shares = shared(&providers, 3);
        assert_eq!(shares, [(Place::Providers(vec!["small".into()]), 2), (Place::Providers(vec!["large".into()]), 1)]);
        assert_eq!(shared(&[item("small", 2, 0)], 5), [(Place::Providers(vec!["small".into()]), 2)]);
    }
}
