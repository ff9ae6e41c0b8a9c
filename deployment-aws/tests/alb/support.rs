//! What the tests work with: a load balancer of their own.

use aws_sdk_elasticloadbalancingv2::{
    Client,
    types::{Action, ActionTypeEnum, ForwardActionConfig, TargetGroupStickinessConfig, TargetGroupTuple},
};
use deployment_aws::alb::{AlbRouter, GroupRoutes, TargetGroup};
use deployment_core::{Percent, TestRule};
use serde_json::{Value, json};

use crate::cloud::{Proxy, World};

pub(crate) const CHANGES: [&str; 4] = ["ModifyRule", "ModifyListener", "CreateRule", "DeleteRule"];

/// A load balancer in an account of its own.
pub(crate) struct Balancer {
    pub(crate) world: World,
    pub(crate) rule: String,
    pub(crate) listener: String,
    pub(crate) tests: String,
    pub(crate) blue: TargetGroup,
    pub(crate) green: TargetGroup,
    /// Behind nothing.
    pub(crate) other: TargetGroup,
}

impl Balancer {
    /// Its rule gives everything to blue.
    pub(crate) async fn new() -> Self {
        Self::with(json!({})).await
    }

    pub(crate) async fn with(more: Value) -> Self {
        let world = World::new().await;
        let mut body = json!({"groups": ["blue", "green", "other"], "weights": [100, 0]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = world.tell("load-balancer", &body).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let group = |name: &str| TargetGroup::new(text(&made["groups"][name])).unwrap();
        Self {
            rule: text(&made["rule"]),
            listener: text(&made["listener"]),
            tests: text(&made["tests"]),
            blue: group("blue"),
            green: group("green"),
            other: group("other"),
            world,
        }
    }

    pub(crate) fn proxy(&self) -> &Proxy {
        self.world.proxy()
    }

    /// For its rule, with a header and a listener for tests.
    pub(crate) fn router(&self) -> AlbRouter {
        self.router_for(&self.rule).test_header("x-try", "new", 10).unwrap().test_listener(8080, &self.tests).unwrap()
    }

    pub(crate) fn router_for(&self, rule: &str) -> AlbRouter {
        AlbRouter::new(&self.world.config(), rule, [self.blue.clone(), self.green.clone()]).unwrap()
    }

    pub(crate) fn share(&self, percent: f64) -> GroupRoutes {
        GroupRoutes::between(&self.blue, &self.green, Percent::new(percent).unwrap())
    }

    /// How many calls that change something came since the proxy's rule was set.
    pub(crate) fn changes(&self) -> usize {
        CHANGES.iter().map(|call| self.proxy().count(call)).sum()
    }

    /// Somebody else, who knows nothing of us.
    pub(crate) fn somebody(&self) -> Client {
        Client::new(&self.world.config())
    }

    /// Somebody else sets these weights.
    pub(crate) async fn somebody_sets(&self, weights: &[(&TargetGroup, i32)], sticky: Option<i32>) {
        self.somebody().modify_rule().rule_arn(&self.rule).actions(forward(weights, sticky)).send().await.unwrap();
    }
}

pub(crate) fn forward(weights: &[(&TargetGroup, i32)], sticky: Option<i32>) -> Action {
    let tuple = |(group, weight): &(&TargetGroup, i32)| TargetGroupTuple::builder().target_group_arn(group.arn()).weight(*weight).build();
    let sticky = TargetGroupStickinessConfig::builder().enabled(sticky.is_some()).set_duration_seconds(sticky).build();
    let config = ForwardActionConfig::builder().set_target_groups(Some(weights.iter().map(tuple).collect()));
    Action::builder().r#type(ActionTypeEnum::Forward).forward_config(config.target_group_stickiness_config(sticky).build()).build()
}

pub(crate) fn header() -> TestRule {
    TestRule::Header { name: "x-try".into(), value: "new".into() }
}

pub(crate) fn listener() -> TestRule {
    TestRule::Listener { port: 8080 }
}
