//! Application Auto Scaling of a service: set up, and how it is now.

use aws_config::SdkConfig;
use aws_sdk_applicationautoscaling::{
    Client,
    types::{ScalableDimension, ServiceNamespace, SuspendedState},
};
use deployment_aws::ecs::ScalingPaused;

/// Limits, and what is suspended: scaling in, scaling out, schedules.
pub(crate) type Scaling = (i32, i32, [Option<bool>; 3]);

/// How a service is scaled that [`set_up`] was called for, and while that is paused.
pub(crate) const AS_SET_UP: Scaling = (2, 10, [Some(false), Some(false), Some(true)]);
pub(crate) const PAUSED: Scaling = (2, 10, [Some(true); 3]);

pub(crate) fn paused(config: &SdkConfig, service: &str) -> ScalingPaused {
    ScalingPaused::new(config, "main", service).unwrap()
}

/// The service is scaled between 2 and 10; scheduled scaling was suspended by somebody.
pub(crate) async fn set_up(config: &SdkConfig, service: &str) {
    let state = SuspendedState::builder().scheduled_scaling_suspended(true);
    let request = Client::new(config).register_scalable_target().service_namespace(ServiceNamespace::Ecs);
    let request = request.resource_id(format!("service/main/{service}")).suspended_state(state.build());
    let request = request.scalable_dimension(ScalableDimension::EcsServiceDesiredCount).min_capacity(2).max_capacity(10);
    request.send().await.unwrap();
}

pub(crate) async fn now(config: &SdkConfig, service: &str) -> Scaling {
    let request = Client::new(config).describe_scalable_targets().service_namespace(ServiceNamespace::Ecs);
    let request = request.resource_ids(format!("service/main/{service}"));
    let target = request.send().await.unwrap().scalable_targets.unwrap().remove(0);
    let state = target.suspended_state().unwrap();
    let switches = [state.dynamic_scaling_in_suspended(), state.dynamic_scaling_out_suspended(), state.scheduled_scaling_suspended()];
    (target.min_capacity(), target.max_capacity(), switches)
}
