//! IAM's policy simulator.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>.

use std::collections::BTreeSet;

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use deployment_core::Result;

use super::{
    Permissions,
    told::{Denied, Reason},
};
use crate::error::{Call, Effect};

const CALL: Call = Call { operation: "look at permissions", action: "iam:SimulatePrincipalPolicy", effect: Effect::Reads };

impl Permissions {
    /// Those of these actions on a resource that a principal may not do.
    pub(super) async fn simulate(&self, principal: &str, resource: &str, actions: &[&str]) -> Result<Vec<Denied>> {
        let names = actions.iter().map(|action| (*action).to_owned()).collect();
        let request = self.iam.simulate_principal_policy().policy_source_arn(principal).resource_arns(sample(resource));
        let request = request.set_action_names(Some(names)).set_context_entries(Some(self.context()));
        let (mut denied, mut marker) = (Vec::new(), None);
        loop {
            let page = request.clone().set_marker(marker).send().await;
            let page = page.map_err(|error| CALL.failed(error).with("principal", principal))?;
            denied.extend(page.evaluation_results().iter().filter_map(|result| refusal(result, resource)));
            marker = page.marker().map(str::to_owned).filter(|_| page.is_truncated());
            if marker.is_none() {
                return Ok(denied);
            }
        }
    }

    /// What every call of a deployment has, of the keys that policies for deployments have conditions on.
    fn context(&self) -> Vec<ContextEntry> {
        let entry = |key: &str, kind: ContextKeyTypeEnum, value: &str| {
            ContextEntry::builder().context_key_name(key).context_key_type(kind).context_key_values(value).build()
        };
        let mut all = vec![
            entry("iam:PassedToService", ContextKeyTypeEnum::String, "ecs-tasks.amazonaws.com"),
            entry("aws:SecureTransport", ContextKeyTypeEnum::Boolean, "true"),
        ];
        all.extend(self.region.iter().map(|region| entry("aws:RequestedRegion", ContextKeyTypeEnum::String, region)));
        all
    }
}

/// One resource of those that a pattern stands for: a policy may allow fewer than all, and those that are needed.
fn sample(resource: &str) -> String {
    if resource == "*" { resource.to_owned() } else { resource.replace('*', "1") }
}

fn refusal(result: &EvaluationResult, resource: &str) -> Option<Denied> {
    use PolicyEvaluationDecisionType::{Allowed, ExplicitDeny};
    if *result.eval_decision() == Allowed {
        return None;
    }
    let action = result.eval_action_name();
    let outside = result.organizations_decision_detail().is_some_and(|detail| !detail.allowed_by_organizations());
    let bounded = result.permissions_boundary_decision_detail().is_some_and(|detail| !detail.allowed_by_permissions_boundary());
    let by = result.matched_statements().iter().find_map(|statement| statement.source_policy_id());
    let reason = match result.eval_decision() {
        _ if outside => Reason::Organization,
        ExplicitDeny => Reason::Denied(by.map(str::to_owned)),
        _ if bounded => Reason::Boundary,
        _ => Reason::NotAllowed,
    };
    Some(Denied { action: action.to_owned(), resource: resource.to_owned(), reason, depends: depends(result, action) })
}

/// The keys that the decision may depend on. The simulator names those of every statement of the principal, also of ones about other services.
fn depends(result: &EvaluationResult, action: &str) -> Vec<String> {
    let service = action.split(':').next().unwrap_or_default();
    let specific = result.resource_specific_results().iter().flat_map(|specific| specific.missing_context_values());
    let missing: BTreeSet<_> = result.missing_context_values().iter().chain(specific).collect();
    let is_ours =
        |key: &&&String| key.split(':').next().is_some_and(|of| of.eq_ignore_ascii_case("aws") || of.eq_ignore_ascii_case(service));
    missing.iter().filter(is_ours).map(|key| (*key).clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(missing: &[&str]) -> EvaluationResult {
        let result = EvaluationResult::builder().eval_action_name("ecs:UpdateService").eval_decision("implicitDeny".into());
        result.set_missing_context_values(Some(missing.iter().map(|key| (*key).to_owned()).collect())).build().unwrap()
    }

    #[test]
    fn keys_of_other_services_have_nothing_to_do_with_it() {
        let refusal = refusal(&denied(&["s3:prefix", "ecs:cluster", "aws:RequestTag/team", "ecs:cluster"]), "*").unwrap();
        assert_eq!(refusal.depends, ["aws:RequestTag/team", "ecs:cluster"]);
        assert_eq!(refusal.reason, Reason::NotAllowed);
    }

    #[test]
    fn a_pattern_is_asked_for_by_one_of_what_it_stands_for() {
        assert_eq!(sample("*"), "*");
        assert_eq!(sample("arn:aws:ecs:eu-central-1:1:task-definition/shop:*"), "arn:aws:ecs:eu-central-1:1:task-definition/shop:1");
    }
}
