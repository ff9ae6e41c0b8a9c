//! When a deployment began.

use deployment_core::{DeploymentId, Timestamp};

/// The time in a deployment's id, if it was made by [`DeploymentId::generate`] (UUID version 7: the first 48 bits are milliseconds).
pub(super) fn start(id: &DeploymentId) -> Option<Timestamp> {
    let groups: Vec<&str> = id.as_str().split('-').collect();
    let hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    if lengths != [8, 4, 4, 4, 12] || !groups.iter().all(hex) || !groups[2].starts_with('7') {
        return None;
    }
    u64::from_str_radix(&format!("{}{}", groups[0], groups[1]), 16).ok().map(Timestamp::from_millis)
}
