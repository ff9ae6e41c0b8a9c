//! What RDS's states mean.

use deployment_core::backup::BackupState;

/// How a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// It takes connections.
    Available,
    /// It changes; in the end it is something else.
    Changing,
    /// It does not get out of this by itself.
    Broken,
    Deleting,
}

impl Life {
    /// Source: "Viewing instance status" in the Amazon RDS User Guide and "Viewing DB cluster status" in that of Amazon Aurora.
    pub(super) fn of(status: &str) -> Self {
        let broken = ["failed", "restore-error", "insufficient-capacity", "storage-full", "stopped", "stopping", "migration-failed"];
        match status {
            "available" | "storage-optimization" => Self::Available,
            "deleting" | "deleted" => Self::Deleting,
            status if broken.contains(&status) || is_incompatible(status) => Self::Broken,
            _ => Self::Changing,
        }
    }
}

/// Source: the success and failure states of the SDKs' waiters `DBSnapshotAvailable` and `DBClusterSnapshotAvailable`. A state that is not known
/// is waited through, until the step's deadline.
pub(super) fn of_snapshot(status: &str, percent: Option<i32>) -> BackupState {
    match status {
        "available" => BackupState::Complete,
        "failed" | "deleting" | "deleted" => failed(status, percent),
        status if is_incompatible(status) => failed(status, percent),
        _ => BackupState::InProgress,
    }
}

fn failed(status: &str, percent: Option<i32>) -> BackupState {
    let at = percent.map(|percent| format!(" at {percent} percent")).unwrap_or_default();
    BackupState::Failed { reason: format!("AWS says that the snapshot is in the state {status}{at}") }
}

fn is_incompatible(status: &str) -> bool {
    status.starts_with("incompatible-") || status.starts_with("inaccessible-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_an_end_only_if_it_is_known_to_be_one() {
        for status in ["creating", "copying", "pending", "backing-up", "something-new"] {
            assert_eq!(of_snapshot(status, None), BackupState::InProgress, "{status}");
            assert_eq!(Life::of(status), Life::Changing, "{status}");
        }
        for status in ["failed", "incompatible-restore", "incompatible-parameters"] {
            assert!(matches!(of_snapshot(status, Some(40)), BackupState::Failed { reason } if reason.contains("40 percent")), "{status}");
            assert_eq!(Life::of(status), Life::Broken, "{status}");
        }
        assert_eq!(of_snapshot("available", Some(100)), BackupState::Complete);
    }
}
