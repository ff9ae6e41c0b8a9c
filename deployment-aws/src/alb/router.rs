//! The router itself.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::{Client, types::Rule};
use deployment_core::{Error, ErrorKind, Result, Status, TestRule};

use super::{
    GroupHealth, GroupRoutes, TargetGroup,
    arn::{self, RuleName},
    calls,
    seen::{Asked, Change, ChangeCall, HeaderTest, ListenerTest, Seen, refused},
    weights::MOST_GROUPS,
};
use crate::client::settled;

/// How long clients may be kept at a group: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupStickinessConfig.html>
const STICKY: std::ops::RangeInclusive<u64> = 1..=604_800;

/// Shares of traffic between target groups, by the weights of one rule of an application load balancer.
///
/// ```no_run
/// # #[cfg(feature = "ecs")] mod example {
/// use deployment_aws::alb::{AlbRouter, GroupRoutes, TargetGroup};
/// use deployment_core::{Percent, Result};
///
/// async fn tenth(config: &aws_config::SdkConfig, rule: &str, blue: &str, green: &str) -> Result<()> {
///     let (blue, green) = (TargetGroup::new(blue)?, TargetGroup::new(green)?);
///     let router = AlbRouter::new(config, rule, [blue.clone(), green.clone()])?;
///     for warning in router.check().await? {
///         eprintln!("{warning}");
///     }
///     let tenth = GroupRoutes::between(&blue, &green, Percent::new(10.0)?);
///     router.set(&tenth).await?;
///     assert_eq!(router.routes().await?, tenth, "as read back");
///     Ok(())
/// }
/// # }
/// ```
pub struct AlbRouter {
    pub(super) client: Client,
    pub(super) region: String,
    pub(super) production: RuleName,
    pub(super) groups: Vec<TargetGroup>,
    pub(super) headers: Vec<HeaderTest>,
    pub(super) listeners: Vec<ListenerTest>,
    pub(super) sticky: Option<Duration>,
    /// What this object has last asked of each rule. A reading may be older than that, and must not be taken for "it is so already".
    asked_for: Mutex<BTreeMap<String, ChangeCall>>,
}

impl AlbRouter {
    /// A router for a rule, by its ARN, between these target groups; by the ARN of a listener for its default action.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the ARN is of something else or of another region than the configuration's, if it is not of
    /// an application load balancer, if there are more than 5 target groups, or one twice.
    pub fn new(config: &SdkConfig, rule: &str, groups: impl IntoIterator<Item = TargetGroup>) -> Result<Self> {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let groups: Vec<_> = groups.into_iter().collect();
        if groups.is_empty() || groups.len() > MOST_GROUPS {
            let count = groups.len();
            return Err(Error::invalid("target groups", format!("there are {count}; a rule forwards to 1 to {MOST_GROUPS}")));
        }
        for (at, group) in groups.iter().enumerate() {
            arn::must_be_in(group, &region)?;
            if groups.iter().skip(at + 1).any(|other| other == group) {
                return Err(Error::invalid("target groups", format!("{group} is there twice; name each once")));
            }
        }
        Ok(Self {
            client: Client::new(&settled(config)),
            production: RuleName::new("rule", rule, &region)?,
            region,
            groups,
            headers: Vec::new(),
            listeners: Vec::new(),
            sticky: None,
            asked_for: Mutex::default(),
        })
    }

    /// Requests with this header and value can be sent to one group: [`TestRule::Header`]. While they are, a rule of this priority is there on
    /// the same listener, made by this router, with the conditions of the rule for production and the header; otherwise those requests go where
    /// all others go. The priority must be free, and lower than that of the rule for production: the lower is tried first.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the header's name or value is not 1 to 40 or 1 to 128 printable ASCII characters, the value
    /// has one of `*?`, which stand for other characters in a rule, or the priority is not from 1 to 50000.
    pub fn test_header(mut self, name: &str, value: &str, priority: u16) -> Result<Self> {
        let is_text = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        // Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpHeaderConditionConfig.html
        if !is_text(name, 40) || !is_text(value, 128) || value.contains(['*', '?']) {
            let message = format!("{name}: {value} cannot be matched exactly; give up to 40 and 128 printable characters without * and ?");
            return Err(Error::invalid("test header", message));
        }
        if !(1..=50_000).contains(&priority) {
            return Err(Error::invalid("test header", format!("{priority} is not a priority; give 1 to 50000")));
        }
        self.headers.push(HeaderTest { name: name.to_owned(), value: value.to_owned(), priority });
        Ok(self)
    }

    /// A listener of its own, on this port, can be sent to one group: [`TestRule::Listener`]. While nothing is tested its default action is a
    /// plain answer, 503.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if it is not the ARN of an application load balancer's listener in the configuration's region, or
    /// that of production.
    pub fn test_listener(mut self, port: u16, listener: &str) -> Result<Self> {
        let rule = RuleName::new("test listener", listener, &self.region)?;
        if rule.rule.is_some() || rule == self.production {
            return Err(Error::invalid("test listener", format!("{listener} is not the ARN of a listener that is for tests alone")));
        }
        self.listeners.push(ListenerTest { port, rule });
        Ok(self)
    }

    /// Clients are kept at their group for this long. They do not follow a change of the split before that: a share of traffic is then one of
    /// new clients, and going back takes as long.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if it is not from 1 second to 7 days.
    pub fn sticky(mut self, time: Duration) -> Result<Self> {
        if !STICKY.contains(&time.as_secs()) {
            return Err(Error::invalid("sticky", format!("{} s; give 1 to 604800 s", time.as_secs())));
        }
        self.sticky = Some(time);
        Ok(self)
    }

    /// The rule, in words.
    pub(crate) fn rule(&self) -> String {
        self.production.to_string()
    }

    /// The target groups.
    #[must_use]
    pub fn groups(&self) -> &[TargetGroup] {
        &self.groups
    }

    /// The test rules that can be set.
    #[must_use]
    pub fn test_rules(&self) -> Vec<TestRule> {
        let listeners = self.listeners.iter().map(|listener| TestRule::Listener { port: listener.port });
        self.headers.iter().map(HeaderTest::rule).chain(listeners).collect()
    }

    /// Where requests go, as the rules say now. A group that is not one of [`groups`](AlbRouter::groups) is named too.
    ///
    /// # Errors
    /// If the rules could not be read, or the rule for production is gone.
    pub async fn routes(&self) -> Result<GroupRoutes> {
        Ok(self.see().await?.routes(&self.asked()))
    }

    /// Sets where requests go: an absolute set. One call that changes something for the split, and one for each test rule that is not as asked.
    ///
    /// # Errors
    /// - [`InvalidInput`](ErrorKind::InvalidInput) if a group or test rule is not one of this router, or the shares cannot be had
    ///   ([`Weights`](super::Weights)).
    /// - [`Conflict`](ErrorKind::Conflict) if somebody else has changed the rule: it does not forward, or gives weight to another group.
    /// - Those of the calls. If one of several had its effect, the status is *in doubt*.
    pub async fn set(&self, routes: &GroupRoutes) -> Result<()> {
        self.must_know(routes)?;
        let changes = self.see().await?.changes(&self.asked(), routes)?;
        let mut changed = false;
        for change in changes.into_iter().filter(|change| self.is_needed(change)) {
            let partly = |error: Error| if changed { error.in_doubt() } else { error };
            self.make(change).await.map_err(partly)?;
            changed = true;
        }
        Ok(())
    }

    /// How the targets of a group are.
    ///
    /// # Errors
    /// If it could not be read.
    pub async fn health(&self, group: &TargetGroup) -> Result<GroupHealth> {
        Ok(GroupHealth::of(&calls::target_health(&self.client, group).await?))
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            production: &self.production,
            groups: &self.groups,
            headers: &self.headers,
            listeners: &self.listeners,
            sticky: self.sticky,
        }
    }

    fn must_know(&self, routes: &GroupRoutes) -> Result<()> {
        let named = routes.split.iter().map(|(group, _)| group).chain(routes.tests.iter().map(|(_, group)| group));
        if let Some(other) = named.into_iter().find(|group| !self.groups.contains(group)) {
            return Err(Error::invalid("routes", format!("{} is not one of this router's target groups", other.arn())));
        }
        let rules = self.test_rules();
        match routes.tests.iter().find(|(rule, _)| !rules.contains(rule)) {
            Some((rule, _)) => Err(Error::invalid("routes", format!("{rule:?} is not one of this router's test rules"))),
            None => Ok(()),
        }
    }

    async fn see(&self) -> Result<Seen> {
        let rules = calls::rules(&self.client, &self.production.listener).await?;
        let production = find(&rules, &self.production)?;
        let headers = self.headers.iter().map(|header| rules.iter().find(|rule| header.is_at(rule)).cloned()).collect();
        let mut listeners = Vec::new();
        for listener in &self.listeners {
            listeners.push(find(&calls::rules(&self.client, &listener.rule.listener).await?, &listener.rule)?);
        }
        Ok(Seen { production, headers, listeners })
    }

    /// A change is made unless the rule was read to be so, and nothing else was asked of it here since: a reading may be older than that.
    fn is_needed(&self, change: &Change) -> bool {
        let asked_for = self.asked_for.lock().unwrap_or_else(PoisonError::into_inner);
        !change.is_so || asked_for.get(&change.place).is_some_and(|asked| !asks_the_same(asked, &change.call))
    }

    async fn make(&self, change: Change) -> Result<()> {
        let Change { place, call, .. } = change;
        self.asked_for.lock().unwrap_or_else(PoisonError::into_inner).insert(place.clone(), call.clone());
        let not_yet = || {
            let message = format!("the rule of {place} was changed a moment ago, and does not show yet; ask again");
            refused(ErrorKind::Conflict, message, &self.production).with_status(Status::Temporary)
        };
        match call {
            ChangeCall::Modify { rule, actions } => calls::modify(&self.client, &rule, actions).await,
            ChangeCall::Create { priority, conditions, actions } => {
                let made = calls::create(&self.client, &self.production.listener, priority, conditions, actions).await;
                made.map_err(|error| if error.kind() == ErrorKind::Conflict { not_yet().because(error) } else { error })
            }
            ChangeCall::Delete { rule: Some(rule) } => calls::delete(&self.client, &rule).await,
            ChangeCall::Delete { rule: None } => Err(not_yet()),
        }
    }
}

impl fmt::Debug for AlbRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlbRouter").field("rule", &self.production.to_string()).field("groups", &self.groups).finish_non_exhaustive()
    }
}

/// Whether two calls leave a rule in the same state.
fn asks_the_same(one: &ChangeCall, other: &ChangeCall) -> bool {
    let actions = |call: &ChangeCall| match call {
        ChangeCall::Modify { actions, .. } | ChangeCall::Create { actions, .. } => Some(actions.clone()),
        ChangeCall::Delete { .. } => None,
    };
    actions(one) == actions(other)
}

/// The rule of a listener.
pub(super) fn find(rules: &[Rule], name: &RuleName) -> Result<Rule> {
    let is_default = |rule: &&Rule| rule.is_default() == Some(true);
    let found = match &name.rule {
        Some(arn) => rules.iter().find(|rule| rule.rule_arn() == Some(arn.as_str())),
        None => rules.iter().find(is_default),
    };
    match found {
        Some(rule) if name.rule.is_some() && is_default(&rule) => {
            let message = "it is the default rule of its listener, which is changed by the listener; give the listener's ARN";
            Err(refused(ErrorKind::InvalidInput, message, name))
        }
        Some(rule) => Ok(rule.clone()),
        None => Err(refused(ErrorKind::NotFound, "its listener does not have it", name).with("listener", &name.listener)),
    }
}
