//! What the execution role of a task must be allowed: what the agent does before the task's program begins.
//!
//! Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>. The key that a secret may be encrypted
//! with does not show in a task definition, so `kms:Decrypt` is not among it.

use aws_sdk_ecs::types::{
    CapacityProviderStrategyItem, ContainerDefinition, LaunchType, LogConfiguration, LogDriver, Service, TaskDefinition,
};

use crate::{arn::Home, preflight::Needs};

/// Whether the agent that starts a task is Fargate's, which has no role but this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agent {
    Fargate,
    /// An instance's. It pulls images by this role where the task has one, and writes logs by the instance's, unless it is set up otherwise
    /// (`ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE`): those are not looked at.
    Instance,
}

impl Agent {
    /// That of a service's tasks. A strategy that names Fargate beside others is Fargate's: what its role lacks fails there.
    pub(super) fn of_service(service: &Service) -> Self {
        let fargate = |provider: &CapacityProviderStrategyItem| provider.capacity_provider().starts_with("FARGATE");
        let is = service.launch_type() == Some(&LaunchType::Fargate) || service.capacity_provider_strategy().iter().any(fargate);
        if is { Self::Fargate } else { Self::Instance }
    }
}

/// What the role of this definition must be allowed; nothing if it has none.
pub(super) fn needs(definition: &TaskDefinition, agent: Agent, needs: &mut Needs) {
    let Some(home) = definition.task_definition_arn().and_then(Home::of) else { return };
    let Some(role) = definition.execution_role_arn().filter(|role| !role.is_empty()) else { return };
    let mut role = Role { arn: home.role(role), home, needs };
    for container in definition.container_definitions() {
        role.image(container.image().unwrap_or_default());
        role.secrets(container);
        if let Some(log) = container.log_configuration().filter(|_| agent == Agent::Fargate) {
            role.log(log);
        }
    }
}

struct Role<'a> {
    arn: String,
    home: Home<'a>,
    needs: &'a mut Needs,
}

impl Role<'_> {
    fn may(&mut self, action: &str, resource: String) {
        self.needs.allow_role(&self.arn, action, resource);
    }

    /// An image of ECR: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY`, then a tag or a digest.
    fn image(&mut self, image: &str) {
        let Some((host, path)) = image.split_once('/') else { return };
        let mut words = host.split('.');
        let (Some(account), Some("dkr"), Some("ecr" | "ecr-fips"), Some(region)) = (words.next(), words.next(), words.next(), words.next())
        else {
            return;
        };
        let name = path.split(['@', ':']).next().unwrap_or_default();
        let repository = self.home.at(region, account).arn("ecr", &format!("repository/{name}"));
        self.may("ecr:GetAuthorizationToken", "*".to_owned());
        for action in ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] {
            self.may(action, repository.clone());
        }
    }

    fn secrets(&mut self, container: &ContainerDefinition) {
        let log = container.log_configuration().map(LogConfiguration::secret_options).unwrap_or_default();
        for secret in container.secrets().iter().chain(log) {
            self.secret(secret.value_from());
        }
        if let Some(credentials) = container.repository_credentials() {
            self.secret(credentials.credentials_parameter());
        }
    }

    /// A secret of Secrets Manager by its ARN, which key, stage and version may follow; anything else is a parameter of Systems Manager, by ARN
    /// or name. Source: `valueFrom` in the Amazon ECS API Reference, `Secret`.
    fn secret(&mut self, from: &str) {
        let parts: Vec<_> = from.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "secretsmanager", ..] => {
                let arn = parts.iter().take(7).copied().collect::<Vec<_>>().join(":");
                self.may("secretsmanager:GetSecretValue", arn);
            }
            ["arn", ..] => self.may("ssm:GetParameters", from.to_owned()),
            _ => {
                let arn = self.home.arn("ssm", &format!("parameter/{}", from.trim_start_matches('/')));
                self.may("ssm:GetParameters", arn);
            }
        }
    }

    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>.
    fn log(&mut self, log: &LogConfiguration) {
        let Some(options) = log.options().filter(|_| *log.log_driver() == LogDriver::Awslogs) else { return };
        let Some(group) = options.get("awslogs-group") else { return };
        let region = options.get("awslogs-region").map_or(self.home.region(), String::as_str);
        let of = |resource: String| self.home.at(region, self.home.account()).arn("logs", &resource);
        let (whole, streams) = (of(format!("log-group:{group}:*")), of(format!("log-group:{group}:log-stream:*")));
        if options.get("awslogs-create-group").is_some_and(|create| create == "true") {
            self.may("logs:CreateLogGroup", whole);
        }
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            self.may(action, streams.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{RepositoryCredentials, Secret};

    use super::*;

    const HERE: &str = "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop:1";

    fn secret(from: &str) -> Secret {
        Secret::builder().name("S").value_from(from).build().unwrap()
    }

    fn told(container: ContainerDefinition, agent: Agent) -> Vec<String> {
        let definition = TaskDefinition::builder().task_definition_arn(HERE).execution_role_arn("start").container_definitions(container);
        let mut all = Needs::new();
        needs(&definition.build(), agent, &mut all);
        all.permissions.into_iter().map(|permission| format!("{} {}", permission.action, permission.resource)).collect()
    }

    #[test]
    fn an_image_of_ecr_is_one_of_its_own_account_and_region() {
        let image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/shop@sha256:aa";
        let all = told(ContainerDefinition::builder().image(image).build(), Agent::Instance);
        assert!(all.contains(&"ecr:BatchGetImage arn:aws:ecr:us-east-1:111122223333:repository/team/shop".to_owned()), "{all:?}");
        assert_eq!((all.len(), all.contains(&"ecr:GetAuthorizationToken *".to_owned())), (4, true));
        for other in ["shop:1", "host:5000/team/shop:1", "public.ecr.aws/nginx/nginx:1"] {
            assert!(told(ContainerDefinition::builder().image(other).build(), Agent::Fargate).is_empty(), "{other}");
        }
    }

    #[test]
    fn secrets_are_named_without_what_is_taken_out_of_them() {
        let credentials = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry-AbCdEf";
        let container = ContainerDefinition::builder()
            .secrets(secret("arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf:password::"))
            .secrets(secret("/shop/token"))
            .secrets(secret("arn:aws:ssm:eu-west-1:123456789012:parameter/shop/key"))
            .repository_credentials(RepositoryCredentials::builder().credentials_parameter(credentials).build().unwrap());
        assert_eq!(
            told(container.build(), Agent::Instance),
            [
                format!("secretsmanager:GetSecretValue {credentials}").as_str(),
                "secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf",
                "ssm:GetParameters arn:aws:ssm:eu-central-1:123456789012:parameter/shop/token",
                "ssm:GetParameters arn:aws:ssm:eu-west-1:123456789012:parameter/shop/key",
            ]
        );
    }

    #[test]
    fn fargate_writes_logs_by_the_role_and_an_instance_does_not() {
        let log = LogConfiguration::builder()
            .log_driver(LogDriver::Awslogs)
            .options("awslogs-group", "/shop")
            .options("awslogs-region", "eu-west-1");
        let container = |log: &LogConfiguration| ContainerDefinition::builder().log_configuration(log.clone()).build();
        let plain = log.clone().build().unwrap();
        let here = "arn:aws:logs:eu-west-1:123456789012:log-group:/shop";
        let expected = [format!("logs:CreateLogStream {here}:log-stream:*"), format!("logs:PutLogEvents {here}:log-stream:*")];
        assert_eq!(told(container(&plain), Agent::Fargate), expected);
        assert!(told(container(&plain), Agent::Instance).is_empty());
        let made = log.options("awslogs-create-group", "true").build().unwrap();
        assert!(told(container(&made), Agent::Fargate).contains(&format!("logs:CreateLogGroup {here}:*")));
    }
}
