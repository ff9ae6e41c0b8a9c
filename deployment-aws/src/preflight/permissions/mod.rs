//! What whoever drives a deployment, and the roles of its tasks, may do: [`Permissions`].

mod caller;
mod simulate;
mod told;

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use deployment_core::{ErrorKind, Result};

use self::caller::Caller;
use super::{Findings, Needs, Permission, Principal, Supply};
use crate::client::settled;

/// What is allowed, by IAM's own policy simulator: a [`Supply`] that tells every action that a deployment would be refused, before it begins.
///
/// It asks for the credentials of the configuration, a user or an assumed role, and for the roles of tasks. What the simulator evaluates is
/// what counts: policies of the identity, its boundary, service control policies; not those of resources (a key, a secret, a repository), nor
/// those of a session. A condition on something that only a call has is told as a warning.
///
/// What AWS needs of a role: `iam:SimulatePrincipalPolicy` on itself and the tasks' roles, and `iam:GetRole` on itself. Where that is not
/// allowed it is a warning.
///
/// ```no_run
/// use deployment_aws::{ecs::EcsRolling, preflight::{Permissions, Preflight}};
///
/// # async fn example(config: &aws_config::SdkConfig, shop: EcsRolling) -> deployment_core::Result<()> {
/// let preflight = Preflight::new().of(shop).against(Permissions::new(config));
/// println!("{}", preflight.needs().await?.policy()); // what to allow
/// preflight.check().await?; // whether it is
/// # Ok(()) }
/// ```
///
/// Tested over the wire against an emulator; never yet run against AWS.
#[derive(Clone)]
pub struct Permissions {
    iam: Client,
    sts: aws_sdk_sts::Client,
}

impl Permissions {
    /// Those of the credentials of `config`. Nothing is called yet.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        let config = settled(config);
        Self { iam: Client::new(&config), sts: aws_sdk_sts::Client::new(&config) }
    }

    /// What one principal may not do, of all that it needs.
    async fn of(&self, principal: &str, needed: Vec<&Permission>, findings: &mut Findings) -> Result<()> {
        let mut by_resource: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for permission in needed {
            by_resource.entry(&permission.resource).or_default().push(&permission.action);
        }
        let mut denied = Vec::new();
        for (resource, actions) in by_resource {
            match self.simulate(principal, resource, &actions).await {
                Ok(more) => denied.extend(more),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    findings.problem(format!("There is no {principal}: {error}."));
                    return Ok(());
                }
                // What may not be asked for one resource may not be for any.
                refused => return findings.if_allowed(refused).map(drop),
            }
        }
        told::tell(principal, denied, findings);
        Ok(())
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permissions")
    }
}

#[async_trait]
impl Supply for Permissions {
    fn describe(&self) -> String {
        "permissions".to_owned()
    }

    async fn compare(&self, needs: &Needs, findings: &mut Findings) -> Result<()> {
        let mut by_principal: BTreeMap<&Principal, Vec<&Permission>> = BTreeMap::new();
        for permission in &needs.permissions {
            by_principal.entry(&permission.by).or_default().push(permission);
        }
        for (principal, needed) in by_principal {
            match principal {
                Principal::Role(arn) => self.of(arn, needed, findings).await?,
                Principal::Driver => match self.caller(findings).await? {
                    Caller::Simulated(arn) => self.of(&arn, needed, findings).await?,
                    Caller::MayDoAll | Caller::Unknown => {}
                },
            }
        }
        Ok(())
    }

    fn takes(&self, _: &Needs) -> Needs {
        let mut taken = Needs::new();
        for action in ["iam:GetRole", "iam:SimulatePrincipalPolicy"] {
            taken.allow(action, "*");
        }
        taken
    }
}
