//! The one active deployment of each service and environment: a file each, changed only under a lock.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{disk::Keep, failure, locked, sealed, store::Store};
use crate::{
    error::Result,
    id::{DeploymentId, EnvironmentName, ServiceName},
    journal::refusal,
};

const MEND: &str = "find out which deployment is active, remove the file, and resume that deployment";

#[derive(Serialize, Deserialize)]
struct Claim {
    service: ServiceName,
    environment: EnvironmentName,
    deployment: DeploymentId,
}

pub(super) fn claim(store: &Store, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
    let path = store.layout.claim(service, environment);
    let _lock = lock(store, "claim", &path)?;
    if let Some(holder) = holder("claim", &path)? {
        return if holder == *deployment { Ok(()) } else { Err(refusal::claimed(service, environment, &holder)) };
    }
    let claim = Claim { service: service.clone(), environment: environment.clone(), deployment: deployment.clone() };
    let bytes = sealed::seal("claim", &claim)?;
    store
        .disk
        .replace(&store.layout.new_scratch(), &path, &bytes, Keep::Durably)
        .map_err(|cause| failure::storage("claim", "writing the claim", &path, cause))
}

pub(super) fn claimant(store: &Store, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
    holder("claimant", &store.layout.claim(service, environment))
}

pub(super) fn release(store: &Store, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
    release_file(store, &store.layout.claim(service, environment), deployment)
}

/// Gives up whatever claim `deployment` holds.
pub(super) fn release_all(store: &Store, deployment: &DeploymentId) -> Result<()> {
    let claims = store.layout.claims();
    let failed = |cause| failure::storage("release claim", "reading the claims", &claims, cause);
    for entry in fs::read_dir(&claims).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // A damaged claim is for a person to see, when somebody asks for that service; it does not keep another deployment from going.
        let is_claim = path.extension().is_some_and(|extension| extension == "json");
        if is_claim && matches!(holder("release claim", &path), Ok(Some(holder)) if holder == *deployment) {
            release_file(store, &path, deployment)?;
        }
    }
    Ok(())
}

fn release_file(store: &Store, path: &Path, deployment: &DeploymentId) -> Result<()> {
    let _lock = lock(store, "release claim", path)?;
    if holder("release claim", path)?.as_ref() != Some(deployment) {
        return Ok(());
    }
    fs::remove_file(path)
        .and_then(|()| store.disk.sync_directory(&store.layout.claims()))
        .map_err(|cause| failure::storage("release claim", "removing the claim", path, cause))
}

fn holder(operation: &'static str, path: &Path) -> Result<Option<DeploymentId>> {
    Ok(sealed::open_whole::<Claim>(operation, path, MEND)?.map(|claim| claim.deployment))
}

/// Some lock files for all claims: one for each would have to stay for ever, one for all would make them wait for each other's syncs.
fn lock(store: &Store, operation: &'static str, claim: &Path) -> Result<File> {
    let name = claim.file_name().unwrap_or_default().as_encoded_bytes();
    let [first, ..] = <[u8; 32]>::from(Sha256::digest(name));
    let path = store.layout.claims().join(format!(".lock-{:02}", first % 64));
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|file: File| -> io::Result<File> { locked::lock(&file).map(|()| file) })
        .map_err(|cause| failure::storage(operation, "locking the claim", &path, cause))
}
