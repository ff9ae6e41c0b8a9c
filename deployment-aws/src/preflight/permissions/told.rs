//! What is not allowed, in sentences.

use std::collections::BTreeMap;

use crate::preflight::Findings;

/// An action that is not allowed on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) reason: Reason,
    /// Keys that only a call has, and conditions on which may decide otherwise.
    pub(super) depends: Vec<String>,
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
}

impl Reason {
    fn sentence(&self) -> String {
        match self {
            Self::NotAllowed => "no policy allows it".to_owned(),
            Self::Denied(Some(policy)) => format!("the policy {policy} denies it"),
            Self::Denied(None) => "a policy denies it".to_owned(),
            Self::Boundary => "its permissions boundary does not allow it".to_owned(),
            Self::Organization => "a service control policy of the organization does not allow it".to_owned(),
        }
    }
}

/// One sentence for each resource and reason.
pub(super) fn tell(principal: &str, denied: Vec<Denied>, findings: &mut Findings) {
    let mut alike: BTreeMap<(String, Reason, Vec<String>), Vec<String>> = BTreeMap::new();
    for Denied { action, resource, reason, depends } in denied {
        alike.entry((resource, reason, depends)).or_default().push(action);
    }
    let who = principal.splitn(6, ':').nth(5).unwrap_or(principal);
    for ((resource, reason, depends), actions) in alike {
        let told = format!("{who} may not {} on {resource}; {}", actions.join(", "), reason.sentence());
        if !depends.is_empty() {
            findings.warn(format!("{told}, as far as that can be told without {}, which only a call has.", depends.join(", ")));
        } else if reason == Reason::NotAllowed && has_a_policy_of_its_own(&resource) {
            findings.warn(format!("{told} of the role; a policy of the resource itself may, which is not looked at."));
        } else if reason == Reason::NotAllowed && is_a_whole_kind(&resource) {
            findings.warn(format!("{told} of all; it may be allowed on those that are needed, whose names are not known before."));
        } else {
            findings.problem(format!("{told}."));
        }
    }
}

/// Everything of a kind: `arn:aws:rds:REGION:ACCOUNT:subgrp:*`. A family of task definitions, which ends so too, is named.
fn is_a_whole_kind(resource: &str) -> bool {
    matches!(resource.split(':').collect::<Vec<_>>().as_slice(), [_, _, _, _, _, kind, "*"] if !kind.contains('/'))
}

/// Whether a resource may allow by a policy of its own what the role's policies do not.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>.
fn has_a_policy_of_its_own(resource: &str) -> bool {
    matches!(resource.split(':').nth(2), Some("ecr" | "kms" | "secretsmanager"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(action: &str, resource: &str, reason: Reason) -> Denied {
        Denied { action: action.to_owned(), resource: resource.to_owned(), reason, depends: Vec::new() }
    }

    #[test]
    fn each_resource_and_reason_is_one_sentence_and_what_is_not_certain_a_warning() {
        let all = vec![
            denied("ecs:UpdateService", "S", Reason::NotAllowed),
            denied("ecs:DescribeServices", "S", Reason::NotAllowed),
            denied("ecs:RunTask", "T", Reason::Denied(Some("no-tasks".to_owned()))),
            denied("rds:CreateDBSnapshot", "D", Reason::Organization),
            denied("rds:DeleteDBInstance", "D", Reason::Boundary),
            Denied { depends: vec!["ecs:cluster".to_owned()], ..denied("ecs:ListTasks", "*", Reason::NotAllowed) },
            denied("kms:CreateGrant", "arn:aws:kms:eu-central-1:1:key/k", Reason::NotAllowed),
            denied("rds:CreateDBInstance", "arn:aws:rds:eu-central-1:1:subgrp:*", Reason::NotAllowed),
            denied("ecs:RunTask", "arn:aws:ecs:eu-central-1:1:task-definition/shop:*", Reason::NotAllowed),
        ];
        let mut findings = Findings::default();
        tell("arn:aws:iam::1:role/deployer", all, &mut findings);
        assert_eq!(
            findings.problems,
            [
                "role/deployer may not rds:DeleteDBInstance on D; its permissions boundary does not allow it.",
                "role/deployer may not rds:CreateDBSnapshot on D; a service control policy of the organization does not allow it.",
                "role/deployer may not ecs:UpdateService, ecs:DescribeServices on S; no policy allows it.",
                "role/deployer may not ecs:RunTask on T; the policy no-tasks denies it.",
                "role/deployer may not ecs:RunTask on arn:aws:ecs:eu-central-1:1:task-definition/shop:*; no policy allows it.",
            ]
        );
        let [depends, key, kind] = findings.warnings.as_slice() else { panic!("{findings:?}") };
        assert!(depends.contains("ecs:ListTasks on *") && depends.contains("without ecs:cluster, which only a call has"), "{depends}");
        assert!(kind.contains("subgrp:*") && kind.contains("no policy allows it of all"), "{kind}");
        assert!(key.contains("kms:CreateGrant") && key.contains("a policy of the resource itself may"), "{key}");
    }
}
