//! One journal directory, opened.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    disk::{Disk, Keep},
    failure,
    kept::Kept,
    layout::{self, CHAIN, ID, Layout},
    locked::Locked,
    mount,
    tails::Tails,
};
use crate::{
    error::{ErrorKind, Result},
    id::DeploymentId,
};

/// What all operations share.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) layout: Layout,
    pub(super) disk: Disk,
    pub(super) tails: Tails,
    pub(super) kept: Kept,
}

impl Store {
    /// Makes the directories that are missing, and tries whether they can be read and written.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let failed = |cause| failure::storage("open", "opening the journal's directory", root, cause);
        let disk = Disk::default();
        make_durably(&disk, root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        mount::refuse_network(&root)?;
        let store = Self { layout: Layout::new(root), disk, tails: Tails::default(), kept: Kept::default() };
        for directory in [store.layout.deployments(), store.layout.claims(), store.layout.scratch()] {
            make_durably(&store.disk, &directory).map_err(failed)?;
            fs::read_dir(&directory).map_err(failed)?;
        }
        let probe = store.layout.new_scratch();
        store
            .disk
            .write_new(&probe, b"can this be written?\n", Keep::Loosely, None)
            .and_then(|()| fs::remove_file(&probe))
            .map_err(failed)?;
        Ok(store)
    }

    /// Every deployment, by id.
    pub(super) fn list(&self) -> Result<Vec<DeploymentId>> {
        let deployments = self.layout.deployments();
        let failed = |cause| failure::storage("list", "reading the directory of deployments", &deployments, cause);
        let mut ids = Vec::new();
        for entry in fs::read_dir(&deployments).map_err(failed)? {
            let directory = entry.map_err(failed)?.path();
            if directory.join(CHAIN).exists() {
                ids.extend(id_in(&directory));
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Removes a deployment. Its directory goes in one step, so that no half of it is ever listed.
    pub(super) fn remove(&self, deployment: &DeploymentId) -> Result<()> {
        super::claim::release_all(self, deployment)?;
        let chain = match Locked::new(self, "remove", deployment) {
            Ok(chain) => chain,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let (directory, scratch) = (self.layout.deployment(deployment), self.layout.new_scratch());
        let failed = |cause| failure::storage("remove", "removing the deployment", &directory, cause);
        fs::rename(&directory, &scratch).map_err(failed)?;
        self.tails.remove(deployment);
        self.kept.forget(deployment);
        drop(chain);
        self.disk.sync_directory(&self.layout.deployments()).map_err(failed)?;
        fs::remove_dir_all(&scratch).map_err(failed)
    }
}

fn id_in(directory: &Path) -> Option<DeploymentId> {
    if layout::is_shortened(directory) {
        return DeploymentId::new(fs::read_to_string(directory.join(ID)).ok()?).ok();
    }
    layout::id_of(directory)
}

/// Makes a directory with those above it, each entry durable.
fn make_durably(disk: &Disk, directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let parent = match directory.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => return fs::create_dir(directory),
    };
    make_durably(disk, &parent)?;
    match fs::create_dir(directory) {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            if !directory.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        other => other?,
    }
    disk.sync_directory(&parent)
}
