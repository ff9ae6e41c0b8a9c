//! How the targets of a group are.

use aws_sdk_elasticloadbalancingv2::types::{TargetHealth, TargetHealthDescription, TargetHealthStateEnum};

/// How many targets of a target group are in which state.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html>
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupHealth {
    /// They pass their health checks and get requests.
    pub healthy: u32,
    /// They do not pass them.
    pub unhealthy: u32,
    /// They are being registered, or their first checks are under way.
    pub initial: u32,
    /// They were deregistered: open requests may end, new ones do not come.
    pub draining: u32,
    /// They get no requests: the group is behind no rule, or their zone is not enabled.
    pub unused: u32,
    /// Nobody knows: health checks are off, or the load balancer cannot tell.
    pub unavailable: u32,
    /// Why those that are neither healthy nor draining are not, each reason once.
    pub reasons: Vec<String>,
}

impl GroupHealth {
    pub(super) fn of(targets: &[TargetHealthDescription]) -> Self {
        let mut health = Self::default();
        for target in targets.iter().filter_map(TargetHealthDescription::target_health) {
            health.count(target);
        }
        health
    }

    fn count(&mut self, target: &TargetHealth) {
        let place = match target.state() {
            Some(TargetHealthStateEnum::Healthy) => &mut self.healthy,
            Some(TargetHealthStateEnum::Unhealthy) => &mut self.unhealthy,
            Some(TargetHealthStateEnum::Initial) => &mut self.initial,
            Some(TargetHealthStateEnum::Draining | TargetHealthStateEnum::UnhealthyDraining) => &mut self.draining,
            Some(TargetHealthStateEnum::Unused) => &mut self.unused,
            // Also a state that AWS has not had when this was written.
            _ => &mut self.unavailable,
        };
        *place += 1;
        if matches!(target.state(), Some(TargetHealthStateEnum::Unhealthy | TargetHealthStateEnum::Unused)) {
            let words = [target.reason().map(|reason| reason.as_str()), target.description()];
            let reason = words.into_iter().flatten().collect::<Vec<_>>().join(": ");
            if !reason.is_empty() && !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
    }

    /// How many are healthy; `None` if nobody can tell.
    #[must_use]
    pub fn known_healthy(&self) -> Option<u32> {
        (self.unavailable == 0).then_some(self.healthy)
    }

    /// Whether nothing drains any more.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.draining == 0
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::TargetHealthReasonEnum;

    use super::*;

    fn target(state: &str) -> TargetHealthDescription {
        let health = TargetHealth::builder().state(state.into()).reason(TargetHealthReasonEnum::ResponseCodeMismatch);
        TargetHealthDescription::builder().target_health(health.description("Health checks failed").build()).build()
    }

    #[test]
    fn every_state_counts_in_its_place() {
        let states = ["healthy", "healthy", "unhealthy", "unhealthy", "initial", "draining", "unhealthy.draining", "unused"];
        let health = GroupHealth::of(&states.map(target));
        assert_eq!((health.healthy, health.unhealthy, health.initial, health.draining, health.unused), (2, 2, 1, 2, 1));
        assert_eq!(health.known_healthy(), Some(2));
        assert_eq!(health.reasons, ["Target.ResponseCodeMismatch: Health checks failed"]);
        assert!(!health.is_drained());
    }

    #[test]
    fn a_state_that_nobody_knows_makes_the_number_unknown() {
        for state in ["unavailable", "something-new"] {
            assert_eq!(GroupHealth::of(&["healthy", state].map(target)).known_healthy(), None, "{state}");
        }
    }
}
