//! What whoever drives a deployment, and the roles of its tasks, may do: [`Permissions`].

mod caller;
mod simulate;
mod told;

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use deployment_core::{ErrorKind, Result};

use self::{caller::Caller, told::Denied};
use super::{Findings, Needs, Permission, Principal, Supply};
use crate::client::settled;

/// What is allowed, by IAM's own policy simulator: a [`Supply`] that tells every action that a deployment would be refused, before it begins.
///
/// It asks for the credentials of the configuration, a user or an assumed role, and for the roles of tasks. What the simulator evaluates is
/// what counts: policies of the identity, its boundary, service control policies, not those of a session or a resource.
///
/// | what is told | as |
/// |---|---|
/// | no policy allows it, or one denies it | a problem |
/// | the same, where a policy of the role has conditions on keys that only a call has | a warning, with the keys |
/// | no policy of the role allows a key, a secret or a repository, whose own policy may | a warning |
/// | the simulator may not be asked | a warning |
///
/// What AWS needs of a role: `iam:SimulatePrincipalPolicy` on itself and the tasks' roles, and `iam:GetRole` on itself. A printed policy has
/// both on `*`, as it does not know whose it will be: name the roles.
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
    region: Option<String>,
}

impl Permissions {
    /// Those of the credentials of `config`. Nothing is called yet.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        let region = config.region().map(ToString::to_string);
        let config = settled(config);
        Self { iam: Client::new(&config), sts: aws_sdk_sts::Client::new(&config), region }
    }

    /// What one principal may not do, of all that it needs.
    async fn of(&self, principal: &str, needed: Vec<&Permission>, findings: &mut Findings) -> Result<()> {
        let mut by_resource: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for permission in needed {
            by_resource.entry(&permission.resource).or_default().push(&permission.action);
        }
        let mut denied = Vec::new();
        let mut end = Ok(());
        for (resource, actions) in by_resource {
            match self.each_or_all(principal, resource, &actions).await {
                Ok(more) => denied.extend(more),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    findings.problem(format!("There is no {principal}: {error}."));
                    break;
                }
                // What may not be asked for one resource may not be for any.
                refused => {
                    end = findings.if_allowed(refused).map(drop);
                    break;
                }
            }
        }
        told::tell(principal, denied, findings);
        end
    }

    /// All actions at once; one by one where the simulator takes them in no other way: some need other information than their neighbours.
    async fn each_or_all(&self, principal: &str, resource: &str, actions: &[&str]) -> Result<Vec<Denied>> {
        match self.simulate(principal, resource, actions).await {
            Err(error) if error.kind() == ErrorKind::InvalidInput && actions.len() > 1 => {
                let mut denied = Vec::new();
                for action in actions {
                    denied.extend(self.simulate(principal, resource, &[action]).await?);
                }
                Ok(denied)
            }
            answer => answer,
        }
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
