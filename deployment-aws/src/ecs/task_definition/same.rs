//! The same task definition once more.

use aws_sdk_ecs::{operation::register_task_definition::builders::RegisterTaskDefinitionInputBuilder, types::TaskDefinition};

/// What must be registered for a task definition like this one. Tags are not part of it.
#[expect(deprecated, reason = "what ECS still returns is kept, also if it offers it no more")]
pub(crate) fn again(definition: &TaskDefinition) -> RegisterTaskDefinitionInputBuilder {
    let of = definition.clone();
    RegisterTaskDefinitionInputBuilder::default()
        .set_family(of.family)
        .set_task_role_arn(of.task_role_arn)
        .set_execution_role_arn(of.execution_role_arn)
        .set_network_mode(of.network_mode)
        .set_container_definitions(of.container_definitions)
        .set_volumes(of.volumes)
        .set_placement_constraints(of.placement_constraints)
        .set_requires_compatibilities(of.requires_compatibilities)
        .set_cpu(of.cpu)
        .set_memory(of.memory)
        .set_pid_mode(of.pid_mode)
        .set_ipc_mode(of.ipc_mode)
        .set_proxy_configuration(of.proxy_configuration)
        .set_inference_accelerators(of.inference_accelerators)
        .set_ephemeral_storage(of.ephemeral_storage)
        .set_runtime_platform(of.runtime_platform)
        .set_enable_fault_injection(of.enable_fault_injection)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{
        Compatibility, ContainerDefinition, EphemeralStorage, IpcMode, NetworkMode, PidMode, ProxyConfiguration, RuntimePlatform, Tag,
        TaskDefinitionPlacementConstraint, Volume,
    };

    use super::*;

    #[expect(deprecated, reason = "what ECS still returns is kept")]
    fn whole() -> TaskDefinition {
        TaskDefinition::builder()
            .family("shop")
            .task_role_arn("task")
            .execution_role_arn("execution")
            .network_mode(NetworkMode::Awsvpc)
            .container_definitions(ContainerDefinition::builder().name("app").build())
            .volumes(Volume::builder().name("scratch").build())
            .placement_constraints(TaskDefinitionPlacementConstraint::builder().expression("x").build())
            .requires_compatibilities(Compatibility::Fargate)
            .cpu("512")
            .memory("1024")
            .pid_mode(PidMode::Task)
            .ipc_mode(IpcMode::None)
            .proxy_configuration(ProxyConfiguration::builder().container_name("envoy").build().unwrap())
            .inference_accelerators(aws_sdk_ecs::types::InferenceAccelerator::builder().device_name("d").device_type("t").build().unwrap())
            .ephemeral_storage(EphemeralStorage::builder().size_in_gib(30).build())
            .runtime_platform(RuntimePlatform::builder().build())
            .enable_fault_injection(true)
            .build()
    }

    /// The names and values of a structure's own fields, as its `Debug` shows them.
    fn fields(shown: &str) -> Vec<(String, String)> {
        let own = |line: &&str| line.starts_with("    ") && !line.starts_with("     ") && line.contains(": ");
        let split = |line: &str| line.trim().split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        shown.lines().filter(own).filter_map(split).collect()
    }

    #[test]
    fn no_field_that_can_be_registered_is_lost_also_none_that_the_sdk_will_know_of() {
        let (whole, again) = (whole(), again(&whole()).tags(Tag::builder().build()));
        let (of, input) = (fields(&format!("{whole:#?}")), fields(&format!("{again:#?}")));
        assert!(input.len() >= 18, "{input:?}");
        for (name, value) in input {
            assert_ne!(value, "None,", "{name} is lost");
            assert!(name == "tags" || of.contains(&(name.clone(), value)), "{name} is another one");
        }
        assert_eq!(again.get_container_definitions(), &whole.container_definitions);
        assert_eq!(again.get_volumes(), &whole.volumes);
    }
}
