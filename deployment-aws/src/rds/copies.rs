//! Copies of backups in another region.
//!
//! A copy has the identifier of the original, so that there is never more than one; it is ours if its tags say so and AWS says what it was
//! copied from. It is made and waited for by `verify`, which has a deadline, and may be asked again by anybody who takes over.

use std::sync::Arc;

use deployment_core::{
    EffectContext, Error, ErrorKind, Result, Status,
    backup::{BackupState, VerifyLevel},
};

use super::{
    calls::Quota,
    destination::Destination,
    making::Pause,
    plane::{Asked, Copying, Plane, Snapshot},
    snapshots::Snapshots,
    tags,
};

/// Where copies are made, and how.
#[derive(Debug, Clone)]
pub(super) struct Copies {
    pub(super) plane: Arc<dyn Plane>,
    pub(super) region: String,
    pub(super) to: Destination,
}

impl Copies {
    /// Says of an error where it was.
    pub(super) fn at<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.with("region", &self.region))
    }
}

impl<Of: 'static> Snapshots<Of> {
    /// In words; empty if there are no copies.
    pub(super) fn copied_where(&self) -> String {
        self.copies.as_ref().map(|copies| format!(", copied to {}", copies.region)).unwrap_or_default()
    }

    /// The same backups as they are in the other region.
    pub(super) fn in_region(&self, copies: &Copies) -> Self {
        let mut there = self.clone();
        (there.plane, there.region, there.copies) = (Arc::clone(&copies.plane), Some(copies.region.clone()), None);
        there
    }

    /// Returns once the other region has a complete copy of this backup.
    pub(super) async fn copied(&self, context: &EffectContext, original: &Snapshot, name: &str) -> Result<()> {
        let Some(copies) = &self.copies else { return Ok(()) };
        let copy = self.in_region(copies).complete_copy(copies, context, original, name).await;
        copies.at(copy.and_then(|copy| must_be_whole(&copy, original, copies)))
    }

    /// Has the copy's tags say that it is verified: only once the original is, as the copy of what cannot be restored must keep no older one from
    /// being kept.
    pub(super) async fn mark_copy(&self, context: &EffectContext, original: &Snapshot, name: &str) -> Result<()> {
        let Some(copies) = &self.copies else { return Ok(()) };
        let there = self.in_region(copies);
        let copy = copies.at(there.complete_copy(copies, context, original, name).await)?;
        match tags::verified_by(&copy.tags, context) {
            Some(_) => Ok(()),
            None => copies.at(there.record(context, &copy, VerifyLevel::Complete).await).map(drop),
        }
    }

    /// The copy, once it is complete: the one that an earlier try has begun, or a new one.
    async fn complete_copy(&self, copies: &Copies, context: &EffectContext, original: &Snapshot, name: &str) -> Result<Snapshot> {
        let mut pause = Pause::default();
        loop {
            let status = match self.plane.snapshot(&original.identifier).await? {
                None => self.begin_copy(copies, original).await?.to_owned(),
                Some(copy) => {
                    self.must_be_copy(&copy, original, name)?;
                    match copy.state() {
                        BackupState::Complete => return Ok(copy),
                        BackupState::Failed { reason } => return Err(failed(&copy, copies, &format!("has failed: {reason}"))),
                        BackupState::InProgress | BackupState::Absent => told(&copy),
                    }
                }
            };
            if !pause.rest(self.clock.as_ref(), context.deadline).await {
                return Err(failed(original, copies, &format!("is not complete in time; at the end it was: {status}")));
            }
        }
    }

    /// Asks for the copy, and says how it is then.
    async fn begin_copy(&self, copies: &Copies, original: &Snapshot) -> Result<&'static str> {
        let tags = tags::of_copy(&original.tags, original.taken_at);
        let (key, option_group) = (copies.to.key.as_deref(), copies.to.option_group.as_deref());
        match self.plane.copy_snapshot(Copying { of: original, key, option_group, tags: &tags }).await {
            Ok(Asked::Accepted) => Ok("not there yet"),
            Ok(Asked::Full(error)) => self.waits_for_others(error).await,
            // It has come to be since we looked: the next look says whose it is.
            Err(error) if error.kind() == ErrorKind::Conflict && error.status() == Status::Permanent => Ok("there already"),
            Err(error) => Err(error),
        }
    }

    /// Other copies come to an end; a region that is full of snapshots stays so.
    async fn waits_for_others(&self, refused: Error) -> Result<&'static str> {
        let quotas = match self.plane.quotas().await {
            Err(error) if error.status() == Status::Permanent => return Err(refused.because(error)),
            quotas => quotas?,
        };
        let room = |quota: &Quota| quota.name == self.plane.counted_as().0 && quota.used < quota.most;
        if quotas.iter().any(room) { Ok("not begun, as other copies are under way") } else { Err(refused) }
    }

    fn must_be_copy(&self, copy: &Snapshot, original: &Snapshot, name: &str) -> Result<()> {
        self.must_be_backup(copy, name)?;
        let same = copy.copied_from.as_deref() == Some(&original.arn) && tags::is_of_same(&copy.tags, &original.tags);
        if same { Ok(()) } else { Err(self.foreign(copy)) }
    }
}

fn must_be_whole(copy: &Snapshot, original: &Snapshot, copies: &Copies) -> Result<()> {
    if !copy.encrypted && (original.encrypted || copies.to.key.is_some()) {
        return Err(failed(copy, copies, "is not encrypted"));
    }
    let same =
        [("engine", copy.engine == original.engine && copy.version == original.version), ("storage", copy.gibibytes == original.gibibytes)];
    match same.into_iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(failed(copy, copies, &format!("has not the {what} of the original"))),
        None => Ok(()),
    }
}

fn told(copy: &Snapshot) -> String {
    let at = copy.percent.map(|percent| format!(" at {percent} percent")).unwrap_or_default();
    format!("{}{at}", copy.status)
}

fn failed(copy: &Snapshot, copies: &Copies, what: &str) -> Error {
    Error::new(ErrorKind::Failed, "copy the backup", format!("the copy {} in {} {what}", copy.identifier, copies.region))
}
