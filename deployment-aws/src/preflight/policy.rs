//! Needs as a policy of IAM.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Needs, Principal};

/// The version of the language of policies. Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>.
const VERSION: &str = "2012-10-17";

const PASS_ROLE: &str = "iam:PassRole";

impl Needs {
    /// The policy for whoever drives the deployment, as JSON: each action that it does, on what it does it to.
    ///
    /// Roles may be handed to tasks of ECS only. IAM takes 6144 characters, without white space, in a managed policy. Source:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
    #[must_use]
    pub fn policy(&self) -> String {
        let of_driver = self.permissions.iter().filter(|permission| permission.by == Principal::Driver);
        let mut by_resource: BTreeMap<(bool, &str), BTreeSet<&str>> = BTreeMap::new();
        for permission in of_driver {
            // It has a condition that others must not have.
            let passes = permission.action == PASS_ROLE;
            by_resource.entry((passes, &permission.resource)).or_default().insert(&permission.action);
        }
        // Resources with the same actions share a statement.
        let mut by_actions: BTreeMap<BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
        for ((_, resource), actions) in by_resource {
            by_actions.entry(actions).or_default().push(resource);
        }
        let statements: Vec<_> = by_actions.iter().map(|(actions, resources)| statement(actions, resources)).collect();
        format!("{:#}", json!({"Version": VERSION, "Statement": statements}))
    }
}

fn statement(actions: &BTreeSet<&str>, resources: &[&str]) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": actions, "Resource": resources});
    if actions.contains(PASS_ROLE) {
        statement["Condition"] = json!({"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}});
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_has_each_action_on_what_it_is_done_to_and_nothing_of_other_roles() {
        let mut needs = Needs::new();
        for service in ["blue", "green"] {
            needs.allow("ecs:UpdateService", format!("arn:aws:ecs:eu-central-1:1:service/main/{service}"));
            needs.allow("ecs:DescribeServices", format!("arn:aws:ecs:eu-central-1:1:service/main/{service}"));
        }
        needs.allow("iam:PassRole", "arn:aws:iam::1:role/tasks");
        needs.allow("iam:GetRole", "arn:aws:iam::1:role/tasks");
        needs.allow("cloudwatch:GetMetricData", "*");
        needs.allow_role("arn:aws:iam::1:role/start", "ecr:BatchGetImage", "*");
        let policy: Value = serde_json::from_str(&needs.policy()).unwrap();
        let services = ["arn:aws:ecs:eu-central-1:1:service/main/blue", "arn:aws:ecs:eu-central-1:1:service/main/green"];
        let condition = json!({"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}});
        assert_eq!(policy["Version"], VERSION);
        assert_eq!(
            policy["Statement"],
            json!([
                {"Effect": "Allow", "Action": ["cloudwatch:GetMetricData"], "Resource": ["*"]},
                {"Effect": "Allow", "Action": ["ecs:DescribeServices", "ecs:UpdateService"], "Resource": services},
                {"Effect": "Allow", "Action": ["iam:GetRole"], "Resource": ["arn:aws:iam::1:role/tasks"]},
                {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": ["arn:aws:iam::1:role/tasks"], "Condition": condition},
            ])
        );
    }
}
