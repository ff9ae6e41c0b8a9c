//! The rules as they were read, and what must change in them.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{Action, HttpHeaderConditionConfig, Rule, RuleCondition};
use deployment_core::{Error, ErrorKind, Percent, Result, TestRule};

use super::{
    GroupRoutes, TargetGroup,
    action::{Forward, ending_with, need_a_secret},
    arn::RuleName,
    weights::{MOST_GROUPS, Weights},
};

/// Why a header cannot be a test rule beside some rules.
pub(super) const NOT_BY_HEADER: &str = "it authenticates by OpenID Connect, with a secret that cannot be read and so not be given to a rule for a \
                                        header; test by a listener of its own";

/// A header that sends test requests to a revision, and the priority of the rule that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeaderTest {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) priority: u16,
}

impl HeaderTest {
    pub(super) fn rule(&self) -> TestRule {
        TestRule::Header { name: self.name.clone(), value: self.value.clone() }
    }

    fn condition(&self) -> RuleCondition {
        let header = HttpHeaderConditionConfig::builder().http_header_name(&self.name).values(&self.value).build();
        RuleCondition::builder().field("http-header").http_header_config(header).build()
    }

    /// Whether a rule is the one that this header has, by its condition.
    pub(super) fn made(&self, rule: &Rule) -> bool {
        rule.conditions().iter().filter_map(RuleCondition::http_header_config).any(|header| {
            let named = header.http_header_name().is_some_and(|name| name.eq_ignore_ascii_case(&self.name));
            named && header.values() == [self.value.as_str()]
        })
    }

    pub(super) fn is_at(&self, rule: &Rule) -> bool {
        rule.priority() == Some(self.priority.to_string().as_str())
    }
}

/// A listener for test requests, and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListenerTest {
    pub(super) port: u16,
    pub(super) rule: RuleName,
}

/// What is asked of the rules.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) production: &'a RuleName,
    pub(super) groups: &'a [TargetGroup],
    pub(super) headers: &'a [HeaderTest],
    pub(super) listeners: &'a [ListenerTest],
    pub(super) sticky: Option<Duration>,
}

/// The rules as they were read.
#[derive(Debug)]
pub(super) struct Seen {
    /// The rule for production traffic.
    pub(super) production: Rule,
    /// What is at the priority of each header.
    pub(super) headers: Vec<Option<Rule>>,
    /// The default rule of each listener for tests.
    pub(super) listeners: Vec<Rule>,
}

/// One call that changes something, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// Which rule it is about.
    pub(super) place: String,
    pub(super) call: ChangeCall,
    /// Whether the rule was read to be so already.
    pub(super) is_so: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum ChangeCall {
    Modify { rule: RuleName, actions: Vec<Action> },
    Create { priority: u16, conditions: Vec<RuleCondition>, actions: Vec<Action> },
    Delete { rule: Option<String> },
}

impl Seen {
    /// Where requests go.
    pub(super) fn routes(&self, asked: &Asked<'_>) -> GroupRoutes {
        let split = Forward::of(self.production.actions()).map(|forward| forward.shares()).unwrap_or_default();
        let mut tests = Vec::new();
        for (header, rule) in asked.headers.iter().zip(&self.headers) {
            let forward = rule.as_ref().filter(|rule| header.made(rule)).and_then(|rule| Forward::of(rule.actions()));
            tests.extend(selected(header.rule(), forward));
        }
        for (listener, rule) in asked.listeners.iter().zip(&self.listeners) {
            tests.extend(selected(TestRule::Listener { port: listener.port }, Forward::of(rule.actions())));
        }
        GroupRoutes::new(split, tests)
    }

    /// The calls that make the rules as they are asked to be, in the order in which they are made: a test rule is there before traffic is
    /// touched, and goes after it.
    pub(super) fn changes(&self, asked: &Asked<'_>, routes: &GroupRoutes) -> Result<Vec<Change>> {
        let production = self.production(asked, routes)?;
        let mut tests = Vec::new();
        for (header, rule) in asked.headers.iter().zip(&self.headers) {
            tests.push(self.header(asked, header, rule.as_ref(), group_of(routes, &header.rule()))?);
        }
        for (listener, rule) in asked.listeners.iter().zip(&self.listeners) {
            let group = group_of(routes, &TestRule::Listener { port: listener.port });
            let forward = group.map(|group| only(group, None));
            let is_so = Forward::of(rule.actions()) == forward;
            let actions = ending_with(rule.actions(), forward.as_ref());
            let call = ChangeCall::Modify { rule: listener.rule.clone(), actions };
            tests.push(Change { place: listener.rule.to_string(), call, is_so });
        }
        if routes.tests.is_empty() {
            tests.insert(0, production);
        } else {
            tests.push(production);
        }
        Ok(tests)
    }

    fn production(&self, asked: &Asked<'_>, routes: &GroupRoutes) -> Result<Change> {
        let actions = self.production.actions();
        let Some(now) = Forward::of(actions) else {
            let message = "it does not forward requests now; somebody else has changed it. Let it forward again";
            return Err(refused(ErrorKind::Conflict, message, asked.production));
        };
        if let (Some(found), None) = (now.sticky, asked.sticky) {
            let message = format!(
                "it keeps every client at its target group for {} s, which skews a split; turn that off, or declare it by `sticky`",
                found.as_secs()
            );
            return Err(refused(ErrorKind::InvalidInput, message, asked.production));
        }
        let forward = Forward { groups: with_others(asked, &now, routes)?, sticky: asked.sticky };
        // An absolute set: AWS keeps the order of the groups, we do not ask for one.
        let is_so = sorted(&now) == sorted(&forward) && now.sticky == forward.sticky;
        let call = ChangeCall::Modify { rule: asked.production.clone(), actions: ending_with(actions, Some(&forward)) };
        Ok(Change { place: asked.production.to_string(), call, is_so })
    }

    fn header(&self, asked: &Asked<'_>, header: &HeaderTest, rule: Option<&Rule>, group: Option<&TargetGroup>) -> Result<Change> {
        let place = format!("priority {}", header.priority);
        if rule.is_some_and(|rule| !header.made(rule)) {
            let message =
                format!("its {place} is to be that of the header {}, and another rule has it; give one that is free", header.name);
            return Err(refused(ErrorKind::Conflict, message, asked.production));
        }
        let arn = rule.and_then(Rule::rule_arn);
        let Some(group) = group else {
            return Ok(Change { place, call: ChangeCall::Delete { rule: arn.map(str::to_owned) }, is_so: rule.is_none() });
        };
        let forward = only(group, None);
        let actions = ending_with(rule.map_or(self.production.actions(), Rule::actions), Some(&forward));
        let is_so = rule.and_then(|rule| Forward::of(rule.actions())).as_ref() == Some(&forward);
        let call = match arn {
            Some(arn) => {
                let rule = RuleName { listener: asked.production.listener.clone(), rule: Some(arn.to_owned()) };
                ChangeCall::Modify { rule, actions }
            }
            None if need_a_secret(self.production.actions()) => {
                return Err(refused(ErrorKind::InvalidInput, NOT_BY_HEADER, asked.production));
            }
            None => {
                let same = self.production.conditions().iter().cloned().map(without_its_double);
                let conditions = same.chain([header.condition()]).collect();
                ChangeCall::Create { priority: header.priority, conditions, actions }
            }
        };
        Ok(Change { place, call, is_so })
    }
}

/// The weights of our groups, and of others that the rule names without giving them anything.
fn with_others(asked: &Asked<'_>, now: &Forward, routes: &GroupRoutes) -> Result<Vec<(TargetGroup, u32)>> {
    let ours = |group: &TargetGroup| asked.groups.contains(group);
    if let Some((other, weight)) = now.groups.iter().find(|(group, weight)| !ours(group) && *weight > 0) {
        let message = format!("it gives the weight {weight} to {other}, which is not one of ours; somebody else has changed it");
        return Err(refused(ErrorKind::Conflict, message, asked.production));
    }
    let shares: Vec<_> = asked.groups.iter().map(|group| routes.share(group)).collect();
    let weights = Weights::of(&shares)?;
    let others = now.groups.iter().filter(|(group, _)| !ours(group)).cloned();
    let all: Vec<_> = asked.groups.iter().cloned().zip(weights.values().iter().copied()).chain(others).collect();
    if all.len() > MOST_GROUPS {
        let message = format!("it would forward to {} target groups, of which it can have {MOST_GROUPS}", all.len());
        return Err(refused(ErrorKind::InvalidInput, message, asked.production));
    }
    Ok(all)
}

/// AWS shows some conditions in two ways, and takes either.
fn without_its_double(mut condition: RuleCondition) -> RuleCondition {
    let twice = condition.host_header_config.is_some() || condition.path_pattern_config.is_some();
    if twice {
        condition.values = None;
    }
    condition
}

fn only(group: &TargetGroup, sticky: Option<Duration>) -> Forward {
    Forward { groups: vec![(group.clone(), 1)], sticky }
}

fn sorted(forward: &Forward) -> Vec<&(TargetGroup, u32)> {
    let mut groups: Vec<_> = forward.groups.iter().collect();
    groups.sort();
    groups
}

fn selected(rule: TestRule, forward: Option<Forward>) -> Vec<(TestRule, TargetGroup)> {
    let shares = forward.map(|forward| forward.shares()).unwrap_or_default();
    shares.into_iter().filter(|(_, share)| *share > Percent::ZERO).map(|(group, _)| (rule.clone(), group)).collect()
}

fn group_of<'a>(routes: &'a GroupRoutes, rule: &TestRule) -> Option<&'a TargetGroup> {
    routes.tests.iter().find(|(other, _)| other == rule).map(|(_, group)| group)
}

pub(super) fn refused(kind: ErrorKind, message: impl Into<String>, rule: &RuleName) -> Error {
    Error::new(kind, "route", message.into()).with("rule", rule)
}
