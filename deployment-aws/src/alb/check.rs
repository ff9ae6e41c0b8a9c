//! What is wrong with a load balancer, before anything depends on it.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancerTypeEnum, Rule};
use deployment_core::Result;

use super::{
    AlbRouter, TargetGroup,
    action::{Forward, need_a_secret},
    calls,
    seen::{HeaderTest, ListenerTest, NOT_BY_HEADER},
};
use crate::preflight::{Findings, Needs, Precondition, check};

impl AlbRouter {
    /// Looks for everything that is wrong with the load balancer: reads only. Gives warnings if nothing is.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) with all that is wrong in one list; that of a call which could not be
    /// answered.
    pub async fn check(&self) -> Result<Vec<String>> {
        check(self).await
    }

    async fn look(&self, findings: &mut Findings) -> Result<()> {
        let rules = findings.found(calls::rules(&self.client, &self.production.listener).await)?;
        if let Some(rules) = &rules {
            self.look_at_production(rules, findings);
            for header in &self.headers {
                self.look_at_header(rules, header, findings);
            }
        }
        for listener in &self.listeners {
            self.look_at_listener(listener, findings).await?;
        }
        if let Some(arn) = self.look_at_balancer(findings).await? {
            for group in &self.groups {
                self.look_at_group(group, &arn, findings).await?;
            }
        }
        Ok(())
    }

    fn look_at_production(&self, rules: &[Rule], findings: &mut Findings) {
        let rule = match super::router::find(rules, &self.production) {
            Ok(rule) => rule,
            Err(error) => return findings.problem(format!("{error}.")),
        };
        let Some(forward) = Forward::of(rule.actions()) else {
            return findings.problem(format!("{} does not forward; let it forward to the target groups.", self.production));
        };
        if need_a_secret(rule.actions()) && !self.headers.is_empty() {
            findings.problem(format!("{}: {NOT_BY_HEADER}.", self.production));
        }
        for (other, weight) in forward.groups.iter().filter(|(group, weight)| *weight > 0 && !self.groups.contains(group)) {
            findings.problem(format!("{} gives the weight {weight} to {other}, which is not one of ours.", self.production));
        }
        match (forward.sticky, self.sticky) {
            (Some(found), None) => findings.problem(format!(
                "{} keeps clients at their target group for {} s, which skews a split; turn that off, or declare it by `sticky`.",
                self.production,
                found.as_secs()
            )),
            (_, Some(declared)) => findings.warn(format!(
                "{} keeps clients at their target group for {} s: a share is one of new clients, and the way back takes as long.",
                self.production,
                declared.as_secs()
            )),
            (None, None) => {}
        }
    }

    fn look_at_header(&self, rules: &[Rule], header: &HeaderTest, findings: &mut Findings) {
        let (name, priority) = (&header.name, header.priority);
        if rules.iter().any(|rule| header.is_at(rule) && !header.made(rule)) {
            findings.problem(format!("The priority {priority} for the header {name} has another rule; give one that is free."));
        }
        let production = super::router::find(rules, &self.production).ok();
        let production = production.and_then(|rule| rule.priority().and_then(|priority| priority.parse::<u32>().ok()));
        if let Some(production) = production.filter(|production| *production <= u32::from(priority)) {
            findings.problem(format!(
                "The priority {priority} for the header {name} is after that of the rule for production, {production}, which would take every \
                 request first; give a lower one."
            ));
        }
    }

    async fn look_at_listener(&self, test: &ListenerTest, findings: &mut Findings) -> Result<()> {
        let listener = findings.found(calls::listener(&self.client, &test.rule.listener).await)?.flatten();
        if let Some(port) = listener.and_then(|listener| listener.port()).filter(|port| *port != i32::from(test.port)) {
            findings.problem(format!("The listener for tests has the port {port}, not {}; name it by its own.", test.port));
        }
        if test.rule.balancer() != self.production.balancer() {
            let (one, other) = (test.rule.balancer(), self.production.balancer());
            findings
                .problem(format!("The listener for tests is of {one}, production of {other}; a target group is behind one load balancer."));
        }
        Ok(())
    }

    /// The ARN of the load balancer, if it can have weighted rules.
    async fn look_at_balancer(&self, findings: &mut Findings) -> Result<Option<String>> {
        let Some(listener) = findings.found(calls::listener(&self.client, &self.production.listener).await)?.flatten() else {
            return Ok(None);
        };
        let Some(arn) = listener.load_balancer_arn else { return Ok(None) };
        let balancer = findings.found(calls::balancer(&self.client, &arn).await)?.flatten();
        if let Some(kind) = balancer.and_then(|balancer| balancer.r#type).filter(|kind| *kind != LoadBalancerTypeEnum::Application) {
            findings.problem(format!("{arn} is a load balancer of the type {kind}; weighted rules are those of the type application."));
        }
        Ok(Some(arn))
    }

    async fn look_at_group(&self, group: &TargetGroup, balancer: &str, findings: &mut Findings) -> Result<()> {
        let Some(described) = findings.found(calls::target_group(&self.client, group).await)?.flatten() else { return Ok(()) };
        if !described.load_balancer_arns().iter().any(|arn| arn == balancer) {
            findings.problem(format!("The target group {group} is not behind {balancer}; name it in the rule, with the weight 0."));
        }
        let Some(attributes) = findings.found(self.attributes(group).await)? else { return Ok(()) };
        if attributes.get("stickiness.enabled").is_some_and(|on| on == "true") && self.sticky.is_none() {
            findings.problem(format!(
                "The target group {group} keeps clients at their target, which needs a rule that keeps them at their group; turn \
                 stickiness.enabled off."
            ));
        }
        if let Some(slow) = attributes.get("slow_start.duration_seconds").filter(|seconds| *seconds != "0") {
            findings.warn(format!("The target group {group} starts slowly: for {slow} s a new target gets less than its share."));
        }
        Ok(())
    }

    /// How long a group's targets may drain: their deregistration delay.
    ///
    /// # Errors
    /// If it could not be read.
    pub async fn drains_for(&self, group: &TargetGroup) -> Result<Duration> {
        // 300 s unless told otherwise:
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#deregistration-delay
        let seconds = self.attributes(group).await?.get("deregistration_delay.timeout_seconds").and_then(|seconds| seconds.parse().ok());
        Ok(Duration::from_secs(seconds.unwrap_or(300)))
    }

    async fn attributes(&self, group: &TargetGroup) -> Result<BTreeMap<String, String>> {
        let attributes = calls::attributes(&self.client, group).await?;
        Ok(attributes.into_iter().filter_map(|attribute| attribute.key.zip(attribute.value)).collect())
    }
}

#[async_trait]
impl Precondition for AlbRouter {
    fn describe(&self) -> String {
        self.production.to_string()
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        Box::pin(self.look(findings)).await
    }

    /// Which action is of which resource:
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html>.
    async fn needs(&self) -> Result<Needs> {
        let mut needs = Needs::new();
        for what in ["Rules", "Listeners", "LoadBalancers", "TargetGroups", "TargetGroupAttributes", "TargetHealth"] {
            needs.allow(format!("elasticloadbalancing:Describe{what}"), "*");
        }
        let tried = self.listeners.iter().map(|listener| &listener.rule);
        // A rule for a header stands beside that of production, under a name that it gets when it is made.
        let beside = format!("{}/*", self.production.listener.replacen(":listener/", ":listener-rule/", 1));
        let production = Some(&self.production).filter(|name| self.headers.is_empty() || name.rule.is_none());
        for name in tried.chain(production) {
            match &name.rule {
                Some(rule) => needs.allow("elasticloadbalancing:ModifyRule", rule),
                None => needs.allow("elasticloadbalancing:ModifyListener", &name.listener),
            }
        }
        if !self.headers.is_empty() {
            needs.allow("elasticloadbalancing:CreateRule", &self.production.listener);
            needs.allow("elasticloadbalancing:DeleteRule", &beside);
            needs.allow("elasticloadbalancing:ModifyRule", beside);
        }
        Ok(needs)
    }
}
