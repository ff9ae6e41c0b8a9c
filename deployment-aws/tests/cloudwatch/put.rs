//! What a test puts into the cloud by the SDK.

use aws_sdk_cloudwatch::{
    Client,
    types::{ComparisonOperator, StateValue, Statistic},
};

use crate::cloud::World;

pub(crate) fn client(world: &World) -> Client {
    Client::new(&world.config())
}

/// An alarm that was just made: it has not enough data.
pub(crate) async fn exists(world: &World, name: &str) {
    let request = client(world).put_metric_alarm().alarm_name(name).namespace("Shop").metric_name("Errors").statistic(Statistic::Sum);
    let request = request.period(60).evaluation_periods(1).threshold(5.0).comparison_operator(ComparisonOperator::GreaterThanThreshold);
    request.send().await.unwrap();
}

/// An alarm in this state.
pub(crate) async fn set(world: &World, name: &str, state: StateValue, reason: &str) {
    exists(world, name).await;
    client(world).set_alarm_state().alarm_name(name).state_value(state).state_reason(reason).send().await.unwrap();
}

/// A composite alarm in this state.
pub(crate) async fn composite(world: &World, name: &str, rule: &str, state: StateValue) {
    client(world).put_composite_alarm().alarm_name(name).alarm_rule(rule).send().await.unwrap();
    client(world).set_alarm_state().alarm_name(name).state_value(state).state_reason("by its rule").send().await.unwrap();
}
