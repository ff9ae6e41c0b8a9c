//! Where evidence is kept.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use deployment_core::DeploymentId;

use super::Evidence;

/// A directory with a file of evidence for each deployment.
#[derive(Debug, Clone)]
pub struct EvidenceStore {
    directory: PathBuf,
}

impl EvidenceStore {
    /// The directory `evidence` beside the journal's.
    #[must_use]
    pub fn beside(journal: &Path) -> Self {
        Self { directory: journal.with_file_name("evidence") }
    }

    /// The file of a deployment.
    #[must_use]
    pub fn path_of(&self, deployment: &DeploymentId) -> PathBuf {
        // Two ids that differ in odd characters only share a file; every line has the whole id.
        let name: String = deployment.as_str().chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        self.directory.join(format!("{name}.jsonl"))
    }

    /// Adds one look.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&self, evidence: &Evidence) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        // The line break comes first: what a killed writer has left without one does not spoil this line.
        let mut line = b"\n".to_vec();
        serde_json::to_writer(&mut line, evidence)?;
        OpenOptions::new().create(true).append(true).open(self.path_of(&evidence.deployment))?.write_all(&line)
    }

    /// What is known of a deployment, in the order in which it was found; nothing if nothing was kept.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn read(&self, deployment: &DeploymentId) -> io::Result<Vec<Evidence>> {
        let bytes = match fs::read(self.path_of(deployment)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            bytes => bytes?,
        };
        let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Evidence>(line).ok());
        Ok(lines.filter(|evidence| evidence.deployment == *deployment).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use deployment_checks::score::{LevelWeights, Score};
    use deployment_core::{DeploymentId, StepId, TargetName, Timestamp};

    use super::{super::Found, Evidence, EvidenceStore};

    fn evidence(deployment: &str, at: u64) -> Evidence {
        let score = Score::of(&LevelWeights::default(), []);
        Evidence {
            deployment: DeploymentId::new(deployment).unwrap(),
            step: StepId::new("backend/check").unwrap(),
            target: TargetName::new("backend").unwrap(),
            at: Timestamp::from_millis(at),
            found: Found::Score(score),
        }
    }

    #[test]
    fn what_was_kept_is_read_back_also_after_a_writer_that_was_killed() {
        let directory = tempfile::tempdir().unwrap();
        let store = EvidenceStore::beside(&directory.path().join("journal"));
        let (one, other) = (evidence("d-1", 1), evidence("d-2", 2));
        assert_eq!(store.read(&one.deployment).unwrap(), []);
        store.add(&one).unwrap();
        store.add(&other).unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(store.path_of(&one.deployment)).unwrap();
        file.write_all(b"\n{\"deployment\":\"d-1\",\"step\":\xff").unwrap();
        store.add(&one).unwrap();
        assert_eq!(store.read(&one.deployment).unwrap(), [one.clone(), one]);
        assert_eq!(store.read(&other.deployment).unwrap(), [other]);
    }

    #[test]
    fn ids_that_share_a_file_do_not_share_what_is_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let store = EvidenceStore::beside(&directory.path().join("journal"));
        let (one, other) = (evidence("d/1", 1), evidence("d+1", 2));
        store.add(&one).unwrap();
        store.add(&other).unwrap();
        assert_eq!(store.read(&one.deployment).unwrap(), [one]);
    }
}
