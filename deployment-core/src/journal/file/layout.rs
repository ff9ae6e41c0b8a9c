//! Which file is where, and how ids become file names.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::id::{DeploymentId, EnvironmentName, ServiceName, SignalId};

/// The longest name made from one id. With a suffix it stays below the 255 bytes that file systems take.
const LONGEST: usize = 200;
/// The same where two of them make one name.
const LONGEST_OF_TWO: usize = 120;
/// What tells a shortened name; never part of a whole one.
const SHORTENED: char = '~';

/// The paths below a journal's root.
#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn deployments(&self) -> PathBuf {
        self.root.join("deployments")
    }

    pub(super) fn claims(&self) -> PathBuf {
        self.root.join("claims")
    }

    pub(super) fn scratch(&self) -> PathBuf {
        self.root.join(".scratch")
    }

    /// A name in the scratch directory that nobody else uses.
    pub(super) fn new_scratch(&self) -> PathBuf {
        self.scratch().join(uuid::Uuid::now_v7().to_string())
    }

    pub(super) fn deployment(&self, deployment: &DeploymentId) -> PathBuf {
        self.deployments().join(file_name(deployment.as_str(), LONGEST))
    }

    pub(super) fn chain(&self, deployment: &DeploymentId) -> PathBuf {
        self.deployment(deployment).join(CHAIN)
    }

    pub(super) fn lease(&self, deployment: &DeploymentId) -> PathBuf {
        self.deployment(deployment).join("lease.json")
    }

    pub(super) fn inbox(&self, deployment: &DeploymentId) -> PathBuf {
        self.deployment(deployment).join("inbox")
    }

    pub(super) fn signal(&self, deployment: &DeploymentId, signal: &SignalId) -> PathBuf {
        self.inbox(deployment).join(format!("{}.json", file_name(signal.as_str(), LONGEST)))
    }

    pub(super) fn cursors(&self, deployment: &DeploymentId) -> PathBuf {
        self.deployment(deployment).join("cursors")
    }

    pub(super) fn cursor(&self, deployment: &DeploymentId, reader: &str) -> PathBuf {
        self.cursors(deployment).join(format!("{}.json", file_name(reader, LONGEST)))
    }

    pub(super) fn claim(&self, service: &ServiceName, environment: &EnvironmentName) -> PathBuf {
        let (service, environment) = (file_name(service.as_str(), LONGEST_OF_TWO), file_name(environment.as_str(), LONGEST_OF_TWO));
        self.claims().join(format!("{service}@{environment}.json"))
    }
}

/// The chain's name in a deployment's directory.
pub(super) const CHAIN: &str = "journal.jsonl";

/// The file that holds the id where the directory's name does not.
pub(super) const ID: &str = "id";

/// Whether a deployment's directory needs an [`ID`] file.
pub(super) fn is_shortened(directory: &Path) -> bool {
    directory.file_name().is_some_and(|name| name.to_string_lossy().contains(SHORTENED))
}

/// The id in a directory's name; `None` if it is no name of ours.
pub(super) fn id_of(directory: &Path) -> Option<DeploymentId> {
    let name = directory.file_name()?.to_str()?;
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    let id = DeploymentId::new(String::from_utf8(bytes).ok()?).ok()?;
    // Only what we would have written ourselves is ours: somebody's `lost+found` is not.
    (file_name(id.as_str(), LONGEST) == name).then_some(id)
}

/// `text` as a file name of at most `longest` bytes: different texts give different names.
fn file_name(text: &str, longest: usize) -> String {
    let mut name = String::with_capacity(text.len());
    for (i, byte) in text.bytes().enumerate() {
        // Every append makes such names: no formatting for the bytes that nearly all of them consist of.
        if byte.is_ascii_alphanumeric() || b"_-".contains(&byte) || (byte == b'.' && i > 0) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    if name.is_empty() {
        name.push('%');
    }
    if name.len() > longest {
        let hash: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        name.truncate(longest - hash.len() - 1);
        name.push(SHORTENED);
        name.push_str(&hash);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_short_and_lead_back_to_the_id() {
        for text in ["plain-1.2_x", ".hidden", "..", "a/b", "a%2Fb", "claims", "~", "A@b", "+"] {
            let id = DeploymentId::new(text).unwrap();
            let name = file_name(text, LONGEST);
            assert!(!name.starts_with('.') && !name.contains(['/', '@', '~']), "{text} became {name}");
            assert_eq!(id_of(Path::new(&name)), Some(id));
        }
        assert_eq!(id_of(Path::new("lost+found")), None);
        assert_eq!(id_of(Path::new("a%zz")), None);
    }

    #[test]
    fn long_names_are_shortened_and_stay_different() {
        let (one, other) = ("/".repeat(200), format!("{}x", "/".repeat(199)));
        let names = [file_name(&one, LONGEST), file_name(&other, LONGEST)];
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.len() == LONGEST && is_shortened(Path::new(name))));
    }
}
