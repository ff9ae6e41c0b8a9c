//! Where a load balancer sends requests, by target groups.

use deployment_core::{Percent, TestRule};

use super::TargetGroup;

/// Where requests go: shares of production traffic, and test requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupRoutes {
    /// Each target group that gets production traffic, and its share, sorted by name. Empty if none does.
    pub split: Vec<(TargetGroup, Percent)>,
    /// Each test rule that is on, and the target group that it selects.
    pub tests: Vec<(TestRule, TargetGroup)>,
}

impl GroupRoutes {
    /// All production traffic to one group, and no test rules.
    #[must_use]
    pub fn all(group: &TargetGroup) -> Self {
        Self { split: vec![(group.clone(), Percent::ALL)], tests: Vec::new() }
    }

    /// `share` to `candidate`, the rest to `stable`, and no test rules.
    #[must_use]
    pub fn between(stable: &TargetGroup, candidate: &TargetGroup, share: Percent) -> Self {
        Self::new([(stable.clone(), share.rest()), (candidate.clone(), share)], Vec::new())
    }

    pub(crate) fn new(split: impl IntoIterator<Item = (TargetGroup, Percent)>, tests: Vec<(TestRule, TargetGroup)>) -> Self {
        let mut split: Vec<_> = split.into_iter().filter(|(_, share)| *share > Percent::ZERO).collect();
        split.sort_by(|(one, _), (other, _)| (one.name(), one).cmp(&(other.name(), other)));
        Self { split, tests }
    }

    /// The same with test requests by this rule going to this group.
    #[must_use]
    pub fn test(mut self, rule: TestRule, group: &TargetGroup) -> Self {
        self.tests.push((rule, group.clone()));
        self
    }

    /// The share of one group.
    #[must_use]
    pub fn share(&self, group: &TargetGroup) -> Percent {
        self.split.iter().find(|(other, _)| other == group).map_or(Percent::ZERO, |(_, share)| *share)
    }
}
