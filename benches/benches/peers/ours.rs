//! The same deployment by this library: a program that does nothing else.

use std::sync::Arc;

use deployment_aws::ecs::EcsRolling;
use deployment_core::{
    Actor, Ended, EnvironmentName, Orchestrator, Plan, Plugins, Release, ServiceName, engine::Outcome, journal::MemoryJournal,
    plan::Capacity, strategy::Rolling,
};

use crate::Failure;

pub(crate) fn deploy(cluster: &str, service: &str, container: &str, image: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(run(cluster, service, container, image))?;
    if ended == Ended::Outcome(Outcome::Succeeded) { Ok(()) } else { Err(format!("{ended:?}").into()) }
}

async fn run(cluster: &str, service: &str, container: &str, image: &str) -> Result<Ended, Failure> {
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let target = EcsRolling::builder(&config).cluster(cluster).service(service).container(container).build()?;
    let plugins = Plugins::new().target("service", target)?;
    let release = Release::new(ServiceName::new("shop")?, "2").artifact(image);
    let plan = Plan::builder(release, EnvironmentName::new("production")?, Actor::new("bench")?)
        .deploy("service", Capacity::of(2), Rolling::new().platform_run())
        .build(&plugins)?;
    Ok(Orchestrator::builder(Arc::new(MemoryJournal::new()), plugins).build().run(&plan).await?)
}
