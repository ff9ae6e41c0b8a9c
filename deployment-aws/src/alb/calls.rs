//! The calls of Elastic Load Balancing, one function each.

use aws_sdk_elasticloadbalancingv2::{
    Client,
    types::{Action, Listener, LoadBalancer, Rule, RuleCondition, TargetGroup as Described, TargetGroupAttribute, TargetHealthDescription},
};
use deployment_core::{Error, ErrorKind, Result};

use super::{TargetGroup, arn::RuleName};
use crate::error::{Call, Effect};

/// How many rules come in one answer; more than that are asked for by pages.
const PAGE: i32 = 400;

fn reads(action: &'static str) -> Call {
    Call { operation: "observe", action, effect: Effect::Reads }
}

fn changes(action: &'static str) -> Call {
    Call { operation: "route", action, effect: Effect::Changes }
}

/// All rules of a listener, the default one included.
pub(super) async fn rules(client: &Client, listener: &str) -> Result<Vec<Rule>> {
    let failed = |error| reads("elasticloadbalancing:DescribeRules").failed(error).with("listener", listener);
    let mut pages = client.describe_rules().listener_arn(listener).page_size(PAGE).into_paginator().send();
    let mut rules = Vec::new();
    while let Some(page) = pages.next().await {
        rules.extend(page.map_err(failed)?.rules.unwrap_or_default());
    }
    Ok(rules)
}

pub(super) async fn listener(client: &Client, arn: &str) -> Result<Option<Listener>> {
    let found = client.describe_listeners().listener_arns(arn).send().await;
    let found = found.map_err(|error| reads("elasticloadbalancing:DescribeListeners").failed(error).with("listener", arn))?;
    Ok(found.listeners.unwrap_or_default().into_iter().next())
}

pub(super) async fn balancer(client: &Client, arn: &str) -> Result<Option<LoadBalancer>> {
    let found = client.describe_load_balancers().load_balancer_arns(arn).send().await;
    let failed = |error| reads("elasticloadbalancing:DescribeLoadBalancers").failed(error).with("load balancer", arn);
    Ok(found.map_err(failed)?.load_balancers.unwrap_or_default().into_iter().next())
}

pub(super) async fn target_group(client: &Client, group: &TargetGroup) -> Result<Option<Described>> {
    let found = client.describe_target_groups().target_group_arns(group.arn()).send().await;
    let failed = |error| reads("elasticloadbalancing:DescribeTargetGroups").failed(error).with("target group", group.arn());
    Ok(found.map_err(failed)?.target_groups.unwrap_or_default().into_iter().next())
}

pub(super) async fn attributes(client: &Client, group: &TargetGroup) -> Result<Vec<TargetGroupAttribute>> {
    let found = client.describe_target_group_attributes().target_group_arn(group.arn()).send().await;
    let failed = |error| reads("elasticloadbalancing:DescribeTargetGroupAttributes").failed(error).with("target group", group.arn());
    Ok(found.map_err(failed)?.attributes.unwrap_or_default())
}

pub(super) async fn target_health(client: &Client, group: &TargetGroup) -> Result<Vec<TargetHealthDescription>> {
    let found = client.describe_target_health().target_group_arn(group.arn()).send().await;
    let failed = |error| reads("elasticloadbalancing:DescribeTargetHealth").failed(error).with("target group", group.arn());
    Ok(found.map_err(failed)?.target_health_descriptions.unwrap_or_default())
}

/// Sets what a rule does. The default one is its listener's.
pub(super) async fn modify(client: &Client, rule: &RuleName, actions: Vec<Action>) -> Result<()> {
    match &rule.rule {
        Some(arn) => {
            let done = client.modify_rule().rule_arn(arn).set_actions(Some(actions)).send().await;
            done.map_err(|error| changes("elasticloadbalancing:ModifyRule").failed(error).with("rule", rule))?;
        }
        None => {
            let done = client.modify_listener().listener_arn(&rule.listener).set_default_actions(Some(actions)).send().await;
            done.map_err(|error| changes("elasticloadbalancing:ModifyListener").failed(error).with("rule", rule))?;
        }
    }
    Ok(())
}

/// Makes a rule of a listener.
pub(super) async fn create(
    client: &Client,
    listener: &str,
    priority: u16,
    conditions: Vec<RuleCondition>,
    actions: Vec<Action>,
) -> Result<()> {
    let request = client.create_rule().listener_arn(listener).priority(i32::from(priority));
    let done = request.set_conditions(Some(conditions)).set_actions(Some(actions)).send().await;
    let failed = |error| changes("elasticloadbalancing:CreateRule").failed(error).with("priority", priority);
    done.map(drop).map_err(failed)
}

/// Removes a rule; one that is gone already is a success.
pub(super) async fn delete(client: &Client, arn: &str) -> Result<()> {
    let done = client.delete_rule().rule_arn(arn).send().await;
    let gone = |error: Error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) };
    let failed = |error| changes("elasticloadbalancing:DeleteRule").failed(error).with("rule", arn);
    done.map(drop).map_err(failed).or_else(gone)
}
