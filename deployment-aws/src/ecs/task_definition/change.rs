//! What a release changes in a task definition.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{ContainerDefinition, KeyValuePair, RuntimePlatform, TaskDefinition};
use deployment_core::{Error, Release, Result};

use super::{
    image::{digest, with_digest},
    platform,
};

/// What a release declares.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changes {
    /// A digest, or a whole reference with one.
    artifact: String,
    environment: BTreeMap<String, String>,
    images: BTreeMap<String, String>,
    cpu: Option<String>,
    memory: Option<String>,
    platform: Option<RuntimePlatform>,
}

impl Changes {
    /// Reads them from the artifact and the settings.
    pub(crate) fn of(release: &Release) -> Result<Self> {
        release.require_digest()?;
        let artifact = release.artifact.clone().unwrap_or_default();
        let mut changes = Self { artifact, environment: BTreeMap::new(), images: BTreeMap::new(), cpu: None, memory: None, platform: None };
        for (key, value) in &release.settings {
            changes.declare(key, value)?;
        }
        Ok(changes)
    }

    fn declare(&mut self, key: &str, value: &str) -> Result<()> {
        let value = value.to_owned();
        match key.split_once('.') {
            Some(("env", name)) if !name.is_empty() => drop(self.environment.insert(name.to_owned(), value)),
            Some(("image", name)) if !name.is_empty() => {
                if digest(&value).is_none() {
                    let message = format!("{key} is {value:?}; give a reference with a digest: repository@sha256:…");
                    return Err(Error::invalid("release.settings", message));
                }
                self.images.insert(name.to_owned(), value);
            }
            None if key == "cpu" => self.cpu = Some(value),
            None if key == "memory" => self.memory = Some(value),
            None if key == "platform" => self.platform = Some(platform::read(&value)?),
            _ => {
                let message = format!("ECS does not know {key:?}; it knows env.NAME, image.CONTAINER, cpu, memory and platform");
                return Err(Error::invalid("release.settings", message));
            }
        }
        Ok(())
    }

    /// Makes them to a task definition whose container of the service has this name.
    pub(crate) fn make(&self, definition: &mut TaskDefinition, container: &str) -> Result<()> {
        let main = named(definition, container, "ecs.container")?;
        let now = main.image.take().unwrap_or_default();
        main.image = Some(if self.artifact.starts_with("sha256:") { with_digest(&now, &self.artifact) } else { self.artifact.clone() });
        for (name, value) in &self.environment {
            set_variable(main, name, value)?;
        }
        for (name, image) in &self.images {
            named(definition, name, "release.settings")?.image = Some(image.clone());
        }
        definition.cpu = self.cpu.clone().or(definition.cpu.take());
        definition.memory = self.memory.clone().or(definition.memory.take());
        definition.runtime_platform = self.platform.clone().or(definition.runtime_platform.take());
        Ok(())
    }
}

fn named<'a>(definition: &'a mut TaskDefinition, name: &str, field: &'static str) -> Result<&'a mut ContainerDefinition> {
    let known: Vec<_> = definition.container_definitions().iter().filter_map(ContainerDefinition::name).map(str::to_owned).collect();
    let mut containers = definition.container_definitions.iter_mut().flatten();
    containers
        .find(|container| container.name() == Some(name))
        .ok_or_else(|| Error::invalid(field, format!("the task definition has no container {name:?}; it has {}", known.join(", "))))
}

fn set_variable(container: &mut ContainerDefinition, name: &str, value: &str) -> Result<()> {
    if container.secrets().iter().any(|secret| secret.name() == name) {
        let message = format!("env.{name} is a secret of the container; change it where the secret is kept");
        return Err(Error::invalid("release.settings", message));
    }
    let environment = container.environment.get_or_insert_default();
    match environment.iter_mut().find(|pair| pair.name() == Some(name)) {
        Some(pair) => pair.value = Some(value.to_owned()),
        None => environment.push(KeyValuePair::builder().name(name).value(value).build()),
    }
    Ok(())
}
