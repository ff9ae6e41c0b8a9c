//! What a rule does with a request: its actions, of which the last forwards.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, FixedResponseActionConfig, ForwardActionConfig, TargetGroupStickinessConfig, TargetGroupTuple,
};
use deployment_core::Percent;

use super::{TargetGroup, weights::shares_of};

/// A forward action, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forward {
    pub(super) groups: Vec<(TargetGroup, u32)>,
    /// How long a client stays with a group, if so.
    pub(super) sticky: Option<Duration>,
}

impl Forward {
    /// What of these actions forwards, if one does.
    pub(super) fn of(actions: &[Action]) -> Option<Self> {
        let action = actions.iter().find(|action| action.r#type() == Some(&ActionTypeEnum::Forward))?;
        let config = action.forward_config();
        let tuples = config.map(ForwardActionConfig::target_groups).unwrap_or_default();
        let weight = |tuple: &TargetGroupTuple| u32::try_from(tuple.weight().unwrap_or(1)).unwrap_or_default();
        let mut groups: Vec<_> =
            tuples.iter().filter_map(|tuple| Some((TargetGroup::told(tuple.target_group_arn()?), weight(tuple)))).collect();
        // A single group may be named without a configuration, with whatever weight: it gets everything.
        if groups.is_empty() {
            groups.push((TargetGroup::told(action.target_group_arn()?), 1));
        }
        let sticky = config.and_then(ForwardActionConfig::target_group_stickiness_config);
        let sticky = sticky.filter(|sticky| sticky.enabled() == Some(true));
        let seconds =
            |sticky: &TargetGroupStickinessConfig| u64::try_from(sticky.duration_seconds().unwrap_or_default()).unwrap_or_default();
        Some(Self { groups, sticky: sticky.map(|sticky| Duration::from_secs(seconds(sticky))) })
    }

    /// Each group that gets something, and how much.
    pub(super) fn shares(&self) -> Vec<(TargetGroup, Percent)> {
        let weights: Vec<_> = self.groups.iter().map(|(_, weight)| *weight).collect();
        let shares = shares_of(&weights).unwrap_or_default();
        let groups = self.groups.iter().map(|(group, _)| group.clone());
        groups.zip(shares).filter(|(_, share)| *share > Percent::ZERO).collect()
    }

    fn action(&self) -> Action {
        let tuple = |(group, weight): &(TargetGroup, u32)| {
            TargetGroupTuple::builder().target_group_arn(group.arn()).weight(i32::try_from(*weight).unwrap_or(i32::MAX)).build()
        };
        let seconds = self.sticky.map(|time| i32::try_from(time.as_secs()).unwrap_or(i32::MAX));
        let sticky = TargetGroupStickinessConfig::builder().enabled(seconds.is_some()).set_duration_seconds(seconds).build();
        let groups = self.groups.iter().map(tuple).collect();
        let config = ForwardActionConfig::builder().set_target_groups(Some(groups)).target_group_stickiness_config(sticky).build();
        Action::builder().r#type(ActionTypeEnum::Forward).forward_config(config).build()
    }
}

/// What a listener for tests answers while nothing is tested.
fn nothing_to_test() -> Action {
    let answer = FixedResponseActionConfig::builder().status_code("503").content_type("text/plain").message_body("nothing is under test\n");
    Action::builder().r#type(ActionTypeEnum::FixedResponse).fixed_response_config(answer.build()).build()
}

/// These actions with another last one; `None` forwards to nobody. The ones before it, which authenticate, stay as they are.
pub(super) fn ending_with(actions: &[Action], forward: Option<&Forward>) -> Vec<Action> {
    let before = actions.iter().filter(|action| !is_last(action)).cloned().map(with_its_secret);
    let mut all: Vec<_> = before.collect();
    let mut last = forward.map_or_else(nothing_to_test, Forward::action);
    // The order matters only where there are several.
    if let Some(order) = all.iter().filter_map(Action::order).max() {
        last.order = Some(order + 1);
    }
    all.push(last);
    all
}

/// Whether these authenticate by a secret that cannot be read, and so cannot be given to another rule.
pub(super) fn need_a_secret(actions: &[Action]) -> bool {
    actions.iter().any(|action| action.authenticate_oidc_config().is_some())
}

fn is_last(action: &Action) -> bool {
    matches!(action.r#type(), Some(ActionTypeEnum::Forward | ActionTypeEnum::FixedResponse | ActionTypeEnum::Redirect))
}

/// The secret of an identity provider is never read back, and must not be lost by writing the action again.
fn with_its_secret(mut action: Action) -> Action {
    if let Some(config) = &mut action.authenticate_oidc_config
        && config.client_secret.is_none()
    {
        config.use_existing_client_secret = Some(true);
    }
    action
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::AuthenticateOidcActionConfig;

    use super::*;

    fn group(name: &str) -> TargetGroup {
        TargetGroup::told(&format!("arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/{name}/1"))
    }

    #[test]
    fn a_forward_is_read_as_it_was_written() {
        for sticky in [None, Some(Duration::from_secs(60))] {
            let forward = Forward { groups: vec![(group("blue"), 90), (group("green"), 10)], sticky };
            assert_eq!(Forward::of(&ending_with(&[], Some(&forward))), Some(forward));
        }
        assert_eq!(Forward::of(&ending_with(&[], None)), None);
    }

    #[test]
    fn a_single_group_without_weight_gets_everything() {
        let action = Action::builder().r#type(ActionTypeEnum::Forward).target_group_arn(group("blue").arn()).build();
        assert_eq!(Forward::of(&[action]).unwrap().shares(), [(group("blue"), Percent::ALL)]);
    }

    #[test]
    fn what_authenticates_before_it_stays_with_its_secret_and_its_order() {
        let oidc = AuthenticateOidcActionConfig::builder().issuer("https://id.example").client_id("shop").build();
        let first = Action::builder().r#type(ActionTypeEnum::AuthenticateOidc).order(1).authenticate_oidc_config(oidc).build();
        let old = Action::builder().r#type(ActionTypeEnum::Forward).order(2).target_group_arn(group("blue").arn()).build();
        let forward = Forward { groups: vec![(group("green"), 100)], sticky: None };
        let all = ending_with(&[first, old], Some(&forward));
        assert_eq!(all.iter().map(Action::order).collect::<Vec<_>>(), [Some(1), Some(2)]);
        assert_eq!(all[0].authenticate_oidc_config().unwrap().use_existing_client_secret(), Some(true));
        assert_eq!(Forward::of(&all), Some(forward));
    }
}
