//! How a plan's step makes a backup.

use std::time::Duration;

use tokio::time::sleep;

use super::{Backup, BackupProvider, BackupState, VerifyLevel};
use crate::{
    context::EffectContext,
    error::{Error, ErrorKind, Result},
    id::{DeploymentId, StepId},
};

/// The first wait between two looks at a backup that is being made; each is twice as long as the one before.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(30);

/// What the backup of a step is called at its provider: the same at every try, and of small letters, digits and single hyphens only.
///
/// ```
/// use deployment_core::{DeploymentId, StepId, backup::name_of};
///
/// let name = name_of(&DeploymentId::new("shop-17")?, &StepId::new("backup/db")?);
/// assert!(name.starts_with("deployment-shop-17-backup-db-"), "{name}");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[must_use]
pub fn name_of(deployment: &DeploymentId, step: &StepId) -> String {
    let exact = format!("deployment-{deployment}-{step}");
    let words = exact.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let readable = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    // Two names that read the same are still two.
    format!("{readable}-{:08x}", crc32c::crc32c(exact.as_bytes()))
}

/// Makes the backup of a step, waits until it is complete, and verifies it. Asked again, it goes on with the same backup.
///
/// # Errors
/// The provider's own; [`Failed`](ErrorKind::Failed) if the backup fails or is not verified as well as it must be.
pub(crate) async fn take(provider: &dyn BackupProvider, context: &EffectContext, level: VerifyLevel) -> Result<Backup> {
    let name = name_of(&context.deployment, &context.step);
    provider.create(context, &name).await?;
    let mut pause = FIRST_LOOK;
    loop {
        match provider.status(&name).await? {
            BackupState::Complete => break,
            BackupState::Failed { reason } => return Err(failed(&name, format!("the backup has failed: {reason}"))),
            // The caller's deadline ends the wait; what was accepted may not show yet.
            BackupState::InProgress | BackupState::Absent => sleep(pause).await,
        }
        pause = (pause * 2).min(LONGEST);
    }
    let reached = provider.verify(context, &name, level).await?;
    if reached < level {
        return Err(failed(&name, format!("the backup is verified as \"{reached}\", \"{level}\" is needed")));
    }
    let listed = provider.list().await?.into_iter().find(|backup| backup.name == name);
    let backup = listed.ok_or_else(|| failed(&name, "the backup was verified, but is not listed".to_owned()))?;
    Ok(Backup { verified: Some(reached), ..backup })
}

fn failed(name: &str, message: String) -> Error {
    Error::new(ErrorKind::Failed, "back up", message).with("backup", name)
}
