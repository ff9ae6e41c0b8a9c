//! Callers that get to the tasks without the load balancer.

use aws_sdk_ecs::types::Service;

use crate::{ecs::names::short, preflight::Findings};

/// Warns of ways to the service's tasks that weights have no part in.
pub(super) fn look_at(service: &Service, name: &str, findings: &mut Findings) {
    // What is found in Cloud Map is a task and never the load balancer:
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
    let registries: Vec<_> = service.service_registries().iter().filter_map(|each| each.registry_arn()).map(short).collect();
    if !registries.is_empty() {
        findings.warn(format!(
            "The service {name} has a registry in Cloud Map, {}: who finds its tasks there gets them past the load balancer, those of a \
             candidate as soon as they run. Shares of traffic do not hold for such callers, and a canary does not protect them.",
            registries.join(", ")
        ));
    }
    if offers_by_connect(service) {
        findings.warn(format!(
            "The service {name} is offered by Service Connect, by names that are its own: who calls it so gets its tasks past the load \
             balancer, whatever the shares of traffic are, and nobody when it runs none."
        ));
    }
}

/// Whether others can call the service by Service Connect. Without an endpoint it only calls others so.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectConfiguration.html>; that a name is of one service
/// only: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectService.html>
fn offers_by_connect(service: &Service) -> bool {
    let configurations = service.deployments().iter().filter_map(|deployment| deployment.service_connect_configuration());
    configurations.into_iter().any(|connect| connect.enabled() && !connect.services().is_empty())
}
