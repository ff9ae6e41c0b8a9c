//! Another region.

use std::fmt;

use aws_config::SdkConfig;
use deployment_core::{Error, Result};

/// How the regions begin that are not of the partition `aws`. Source: the AWS SDKs' list of partitions.
const OTHER_PARTITIONS: [&str; 5] = ["cn-", "us-gov-", "us-iso", "eu-iso", "eusc-"];

/// What is wrong with the copy of something encrypted, as every key is one region's.
pub(super) const NO_KEY: &str = "it is encrypted, and its copy needs a key of the other region; give one by Destination::encrypted_by";

/// Another region of the same account, which backups are copied to: see [`Snapshots::copied_to`](super::Snapshots::copied_to).
///
/// Regions of the partition `aws` only: AWS copies no snapshots to or from those of China, and between those of GovCloud it wants a signed
/// address, which the SDK for Rust does not make. Source: Amazon RDS User Guide, "Copying a DB snapshot", and `CopyDBSnapshot` of its API.
///
/// ```no_run
/// use deployment_aws::rds::{Destination, RdsSnapshot};
/// use deployment_core::Result;
///
/// fn backups(home: &aws_config::SdkConfig, ireland: &aws_config::SdkConfig) -> Result<RdsSnapshot> {
///     RdsSnapshot::new(home, "orders")?.copied_to(Destination::new(ireland).encrypted_by("alias/backups"))
/// }
/// ```
#[derive(Clone)]
pub struct Destination {
    pub(super) config: SdkConfig,
    pub(super) key: Option<String>,
    pub(super) option_group: Option<String>,
}

impl Destination {
    /// The region of this configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone(), key: None, option_group: None }
    }

    /// The key of KMS that encrypts the copies: its id, its ARN, or an alias (`alias/backups`), as it is called in the other region. What
    /// is encrypted needs one, also where its own is AWS's: `alias/aws/rds` is AWS's own key of the other region. An instance's snapshot
    /// that is not encrypted gets a copy that is.
    #[must_use]
    pub fn encrypted_by(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The option group of an instance's copies, by its name in the other region. A database whose options cannot be left out, as
    /// transparent encryption of Oracle and SQL Server, needs one; any other gets the default when it is restored.
    #[must_use]
    pub fn option_group(mut self, name: impl Into<String>) -> Self {
        self.option_group = Some(name.into());
        self
    }

    /// The region, if snapshots of a database in the region `home` can be copied to it.
    pub(super) fn checked(&self, home: Option<&str>) -> Result<String> {
        let wrong = |why: String| Err(Error::invalid("copied_to", why));
        let Some(region) = self.config.region().map(ToString::to_string) else {
            return wrong("the configuration has no region; give it that of the copies".to_owned());
        };
        let Some(home) = home else {
            return wrong("the configuration of the database has no region; give it the database's own".to_owned());
        };
        if region == home {
            return wrong(format!("{region} is the region of the database itself; choose another"));
        }
        let is_other = |region: &&str| OTHER_PARTITIONS.iter().any(|begin| region.starts_with(begin));
        if let Some(other) = [home, &region].into_iter().find(is_other) {
            return wrong(format!("AWS copies no snapshots to or from {other} as this needs it; leave out copied_to"));
        }
        match self.key.as_deref().map(str::trim) {
            Some("") => wrong("the key is empty; give its id, ARN or alias, or leave out encrypted_by".to_owned()),
            Some(key) if key.starts_with("arn:") && key.split(':').nth(3) != Some(&region) => {
                wrong(format!("{key} is not a key of {region}; every key is one region's"))
            }
            _ => Ok(region),
        }
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Destination").field("region", &self.config.region()).field("key", &self.key).finish_non_exhaustive()
    }
}
