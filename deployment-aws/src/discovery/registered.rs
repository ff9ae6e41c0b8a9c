//! The check and what it is set up with.

use std::{collections::BTreeSet, fmt};

use aws_config::SdkConfig;
use deployment_core::{Error, Result};

use super::arn::RegistryArn;
use crate::{
    client::settled,
    ecs::{
        api::Api,
        names::{checked, short},
    },
};

/// A [`HealthCheck`](deployment_core::health::HealthCheck) of service discovery: every running task of the services is registered in their
/// registries in Cloud Map and healthy there, and nothing is registered whose task has stopped.
///
/// | what is found | report |
/// |---|---|
/// | a running task is not registered, or not healthy where the registry's health is checked | unhealthy |
/// | an instance of the service is registered, and its task has stopped or is not known any more | unhealthy |
/// | tasks are wanted and none runs; the registry does not exist; it is another than [`only_in`](Self::only_in) says | unhealthy |
/// | nothing of that | healthy |
/// | a service has no registry; the health of a registered task is not known yet; Cloud Map or ECS cannot be asked | *could not look* |
///
/// Tasks that are starting or stopping may be registered or not. All tasks of the services count, not only the candidate's: whoever calls
/// by name gets any. It only reads; a look takes six calls per service, and four more for each further hundred tasks.
///
/// ```no_run
/// use std::time::Duration;
/// use deployment_aws::discovery::Registered;
/// use deployment_core::{Plugins, Result, judge::Tolerance, strategy::Rolling, watch::Watch};
///
/// # fn example(config: &aws_config::SdkConfig, plugins: Plugins) -> Result<()> {
/// let registered = Registered::new(config, "production", ["shop"])?;
/// let watch = Watch::health(registered, Tolerance::lasting(Duration::from_secs(120)));
/// let plugins = plugins.watch("registered", watch)?;
/// let strategy = Rolling::new().bake(Duration::from_secs(300)).watch("registered")?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Registered {
    pub(super) services: Vec<Api>,
    pub(super) cloud_map: aws_sdk_servicediscovery::Client,
    pub(super) region: String,
    /// Where the services must be, if somebody has said so.
    pub(super) only_in: Option<BTreeSet<RegistryArn>>,
}

impl Registered {
    /// For services of a cluster, by names or ARNs: both of a blue/green pair, as one of them runs no task.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if a name is none, or there is no service. What AWS has is not asked for
    /// here.
    pub fn new(config: &SdkConfig, cluster: &str, services: impl IntoIterator<Item = impl Into<String>>) -> Result<Self> {
        let cluster = checked("ecs.cluster", "cluster", cluster)?;
        let config = settled(config);
        let client = aws_sdk_ecs::Client::new(&config);
        let mut apis: Vec<Api> = Vec::new();
        for service in services {
            let service = checked("ecs.service", "service", &service.into())?;
            if !apis.iter().any(|api| short(&api.service) == short(&service)) {
                apis.push(Api { client: client.clone(), cluster: cluster.clone(), service });
            }
        }
        if apis.is_empty() {
            return Err(Error::invalid("ecs.service", "there is none; give the services whose tasks are to be registered"));
        }
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        Ok(Self { services: apis, cloud_map: aws_sdk_servicediscovery::Client::new(&config), region, only_in: None })
    }

    /// The services must be in these registries and no others, by their ARNs: what somebody else has changed is found unhealthy. Without
    /// it, wherever the services are now is right.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if there is none, or one is not the ARN of a registry in the
    /// configuration's region.
    pub fn only_in(mut self, registries: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self> {
        let arns = registries.into_iter().map(|arn| RegistryArn::new(arn.as_ref(), &self.region)).collect::<Result<BTreeSet<_>>>()?;
        if arns.is_empty() {
            return Err(Error::invalid("registry", "there is none; give the ARNs of the registries, or leave only_in away"));
        }
        self.only_in = Some(arns);
        Ok(self)
    }

    /// What it is of, by name.
    pub(super) fn description(&self) -> String {
        let services: Vec<_> = self.services.iter().map(|api| short(&api.service)).collect();
        let cluster = self.services.first().map(|api| short(&api.cluster)).unwrap_or_default();
        format!("service discovery of {} in {cluster}", services.join(", "))
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registered").field(&self.description()).finish()
    }
}
