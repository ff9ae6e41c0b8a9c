//! Which item is where.

use std::fmt::Write as _;

use deployment_core::{DeploymentId, EnvironmentName, ServiceName, SignalId};
use sha2::{Digest, Sha256};

/// The longest name of a reader that is written out: a sort key has at most 1024 bytes.
const LONGEST_READER: usize = 900;

pub(super) const CLAIMS: &str = "claims";
pub(super) const DEPLOYMENTS: &str = "deployments";
pub(super) const REMOVING: &str = "removing";
pub(super) const HEAD: &str = "head";
pub(super) const SIGNALS: &str = "s#";

/// The two keys of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Key {
    pub(super) fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(super) fn head(deployment: &DeploymentId) -> Self {
        Self::new(partition(deployment), HEAD)
    }

    pub(super) fn entry(deployment: &DeploymentId, sequence: u64, part: usize) -> Self {
        Self::new(partition(deployment), entry(sequence, part))
    }

    pub(super) fn signal(deployment: &DeploymentId, signal: &SignalId) -> Self {
        Self::new(partition(deployment), format!("{SIGNALS}{signal}"))
    }

    pub(super) fn cursor(deployment: &DeploymentId, reader: &str) -> Self {
        let name = if reader.len() > LONGEST_READER { format!("c~{}", hex(&Sha256::digest(reader))) } else { format!("c#{reader}") };
        Self::new(partition(deployment), name)
    }

    pub(super) fn listed(deployment: &DeploymentId) -> Self {
        Self::new(DEPLOYMENTS, deployment.as_str())
    }

    pub(super) fn removing(deployment: &DeploymentId) -> Self {
        Self::new(REMOVING, deployment.as_str())
    }

    pub(super) fn claim(service: &ServiceName, environment: &EnvironmentName) -> Self {
        let service = service.as_str().replace('%', "%25").replace('@', "%40");
        Self::new(CLAIMS, format!("{service}@{environment}"))
    }
}

/// Everything that belongs to a deployment.
pub(super) fn partition(deployment: &DeploymentId) -> String {
    format!("d#{deployment}")
}

/// The sort key of a part of an entry. All digits are written, so that keys sort as numbers do.
pub(super) fn entry(sequence: u64, part: usize) -> String {
    format!("e#{sequence:020}#{part:02}")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_the_separator_in_them_stay_apart() {
        let key = |service: &str, environment: &str| {
            Key::claim(&ServiceName::new(service).unwrap(), &EnvironmentName::new(environment).unwrap()).sk
        };
        let all = [key("a", "b@c"), key("a@b", "c"), key("a%40b", "c"), key("a", "b"), key("a%", "b")];
        for (i, one) in all.iter().enumerate() {
            assert!(!all[i + 1..].contains(one), "{one} is there twice");
        }
    }

    #[test]
    fn long_readers_have_short_keys_of_their_own() {
        let id = DeploymentId::new("d").unwrap();
        let (one, other) = (Key::cursor(&id, &"x".repeat(2_000)), Key::cursor(&id, &"x".repeat(2_001)));
        assert!(one.sk.len() < 100 && one != other);
    }
}
