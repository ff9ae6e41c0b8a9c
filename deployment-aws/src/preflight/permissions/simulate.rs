//! IAM's policy simulator.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>.

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
        // The one key that a policy for deployments is expected to have a condition on.
        let passed = ContextEntry::builder().context_key_name("iam:PassedToService").context_key_type(ContextKeyTypeEnum::String);
        let passed = passed.context_key_values("ecs-tasks.amazonaws.com").build();
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        let request = self.iam.simulate_principal_policy().policy_source_arn(principal).resource_arns(resource).context_entries(passed);
        let request = request.set_action_names(Some(actions));
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
}

fn refusal(result: &EvaluationResult, resource: &str) -> Option<Denied> {
    use PolicyEvaluationDecisionType::{Allowed, ExplicitDeny};
    if *result.eval_decision() == Allowed {
        return None;
    }
    let specific = result.resource_specific_results().iter().flat_map(|specific| specific.missing_context_values());
    let mut depends: Vec<_> = result.missing_context_values().iter().chain(specific).cloned().collect();
    depends.sort();
    depends.dedup();
    let outside = result.organizations_decision_detail().is_some_and(|detail| !detail.allowed_by_organizations());
    let bounded = result.permissions_boundary_decision_detail().is_some_and(|detail| !detail.allowed_by_permissions_boundary());
    let by = result.matched_statements().iter().find_map(|statement| statement.source_policy_id());
    let reason = match result.eval_decision() {
        _ if outside => Reason::Organization,
        ExplicitDeny => Reason::Denied(by.map(str::to_owned)),
        _ if !depends.is_empty() => Reason::DependsOn(depends),
        _ if bounded => Reason::Boundary,
        _ => Reason::NotAllowed,
    };
    Some(Denied { action: result.eval_action_name().to_owned(), resource: resource.to_owned(), reason })
}
