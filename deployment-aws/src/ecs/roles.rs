//! The roles of a task definition, as far as ECS shows them.

use aws_sdk_ecs::types::{Compatibility, LogDriver, TaskDefinition};

use super::names::short;
use crate::{arn::Home, preflight::Findings};

/// Finds roles of another account, and a missing one that the agent would need.
pub(super) fn examine(definition: &TaskDefinition, findings: &mut Findings) {
    let arn = definition.task_definition_arn().unwrap_or_default();
    let name = short(arn);
    for (kind, role) in [("task", definition.task_role_arn()), ("execution", definition.execution_role_arn())] {
        // A role may be given by its name alone; it is one of the same account then.
        let (Some(role), Some(home)) = (role, Home::of(arn)) else { continue };
        if Home::of(role).is_some_and(|of_role| of_role.account() != home.account()) {
            findings.problem(format!(
                "The {kind} role of {name}, {role}, is not of its account {}; ECS assumes roles of its own account only.",
                home.account()
            ));
        }
    }
    let needed = needs_execution_role(definition).filter(|_| definition.execution_role_arn().is_none_or(str::is_empty));
    if let Some(why) = needed {
        findings.problem(format!("{name} has no execution role, and {why}; give it one (executionRoleArn)."));
    }
}

/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>.
fn needs_execution_role(definition: &TaskDefinition) -> Option<&'static str> {
    let fargate = definition.requires_compatibilities().contains(&Compatibility::Fargate);
    definition.container_definitions().iter().find_map(|container| {
        let logs = container.log_configuration();
        if !container.secrets().is_empty() || logs.is_some_and(|logs| !logs.secret_options().is_empty()) {
            Some("it takes secrets, which are read by that role")
        } else if container.repository_credentials().is_some() {
            Some("its registry needs credentials, which are read by that role")
        } else if fargate && container.image().is_some_and(|image| image.contains(".dkr.ecr.") || image.contains(".dkr.ecr-fips.")) {
            Some("Fargate pulls its image from ECR by that role")
        } else if fargate && logs.is_some_and(|logs| *logs.log_driver() == LogDriver::Awslogs) {
            Some("Fargate writes its logs by that role")
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{ContainerDefinition, LogConfiguration, RepositoryCredentials, Secret};

    use super::*;

    fn told(container: ContainerDefinition, fargate: bool) -> Vec<String> {
        let definition = TaskDefinition::builder().task_definition_arn("arn:aws:ecs:eu-central-1:123456789012:task-definition/shop:1");
        let definition = definition.set_requires_compatibilities(fargate.then(|| vec![Compatibility::Fargate]));
        let mut findings = Findings::default();
        examine(&definition.container_definitions(container).build(), &mut findings);
        findings.problems
    }

    #[test]
    fn each_reason_for_an_execution_role_is_told_where_there_is_none() {
        let secret = || Secret::builder().name("TOKEN").value_from("/shop/token").build().unwrap();
        let credentials = RepositoryCredentials::builder().credentials_parameter("arn:aws:secretsmanager:::secret:r").build().unwrap();
        let log = LogConfiguration::builder().log_driver(LogDriver::Splunk).secret_options(secret()).build().unwrap();
        let base = ContainerDefinition::builder;
        let cases = [
            (base().secrets(secret()).build(), "it takes secrets"),
            (base().log_configuration(log).build(), "it takes secrets"),
            (base().repository_credentials(credentials).build(), "its registry needs credentials"),
        ];
        for (container, reason) in cases {
            for fargate in [true, false] {
                let told = told(container.clone(), fargate);
                assert!(matches!(told.as_slice(), [one] if one.contains("has no execution role") && one.contains(reason)), "{told:?}");
            }
        }
        for image in ["1.dkr.ecr.eu-central-1.amazonaws.com/shop:1", "1.dkr.ecr-fips.us-east-1.amazonaws.com/shop:1"] {
            let ecr = base().image(image).build();
            assert!(told(ecr.clone(), true).iter().any(|told| told.contains("pulls its image from ECR")), "{image}");
            assert!(told(ecr, false).is_empty(), "an instance pulls by its own role");
        }
        assert!(told(base().image("shop:1").build(), true).is_empty());
    }
}
