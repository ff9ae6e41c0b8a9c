//! What is not allowed, in sentences.

use std::collections::BTreeMap;

use crate::preflight::Findings;

/// An action that is not allowed on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) reason: Reason,
}

/// Why an action is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// No policy allows it.
    NotAllowed,
    /// This policy denies it.
    Denied(Option<String>),
    Boundary,
    Organization,
    /// A policy may allow it, by conditions on keys that only a call has.
    DependsOn(Vec<String>),
}

/// One sentence for each resource and reason.
pub(super) fn tell(principal: &str, denied: Vec<Denied>, findings: &mut Findings) {
    let mut by_reason: BTreeMap<(String, Reason), Vec<String>> = BTreeMap::new();
    for Denied { action, resource, reason } in denied {
        by_reason.entry((resource, reason)).or_default().push(action);
    }
    let who = principal.splitn(6, ':').nth(5).unwrap_or(principal);
    for ((resource, reason), actions) in by_reason {
        let may_not = format!("{who} may not {} on {resource}", actions.join(", "));
        match reason {
            Reason::NotAllowed => findings.problem(format!("{may_not}; no policy allows it: allow it.")),
            Reason::Denied(policy) => {
                let policy = policy.map_or_else(|| "a policy".to_owned(), |policy| format!("the policy {policy}"));
                findings.problem(format!("{may_not}; {policy} denies it."));
            }
            Reason::Boundary => findings.problem(format!("{may_not}; its permissions boundary does not allow it.")),
            Reason::Organization => findings.problem(format!("{may_not}; a service control policy of the organization does not allow it.")),
            Reason::DependsOn(keys) => findings.warn(format!(
                "Whether {who} may {} on {resource} depends on {}, which only the call has.",
                actions.join(", "),
                keys.join(", ")
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(action: &str, resource: &str, reason: Reason) -> Denied {
        Denied { action: action.to_owned(), resource: resource.to_owned(), reason }
    }

    #[test]
    fn each_resource_and_reason_is_one_sentence_and_a_condition_a_warning() {
        let all = vec![
            denied("ecs:UpdateService", "S", Reason::NotAllowed),
            denied("ecs:DescribeServices", "S", Reason::NotAllowed),
            denied("ecs:RunTask", "T", Reason::Denied(Some("no-tasks".to_owned()))),
            denied("rds:CreateDBSnapshot", "D", Reason::Organization),
            denied("rds:DeleteDBInstance", "D", Reason::Boundary),
            denied("ecs:ListTasks", "*", Reason::DependsOn(vec!["ecs:cluster".to_owned()])),
        ];
        let mut findings = Findings::default();
        tell("arn:aws:iam::1:role/deployer", all, &mut findings);
        assert_eq!(
            findings.problems,
            [
                "role/deployer may not rds:DeleteDBInstance on D; its permissions boundary does not allow it.",
                "role/deployer may not rds:CreateDBSnapshot on D; a service control policy of the organization does not allow it.",
                "role/deployer may not ecs:UpdateService, ecs:DescribeServices on S; no policy allows it: allow it.",
                "role/deployer may not ecs:RunTask on T; the policy no-tasks denies it.",
            ]
        );
        assert_eq!(findings.warnings, ["Whether role/deployer may ecs:ListTasks on * depends on ecs:cluster, which only the call has."]);
    }
}
