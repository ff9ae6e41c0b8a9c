//! Backups of a store that is a text.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::Instant;

use crate::{
    backup::{Backup, BackupProvider, BackupState, Retention, VerifyLevel},
    context::EffectContext,
    error::{Error, ErrorKind, Result},
    time::Clock,
};

/// A backup provider whose store is a text that a test sets and reads.
///
/// ```
/// use deployment_core::{backup::BackupProvider, testkit::{TokioClock, fake::FakeBackup, sample}};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> deployment_core::Result<()> {
/// let backups = FakeBackup::new(TokioClock::default());
/// backups.write("old");
/// backups.create(&sample::effect("token", 1), "nightly").await?;
/// backups.write("new");
/// backups.restore(&sample::effect("token", 1), "nightly").await?;
/// assert_eq!(backups.read(), "old");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct FakeBackup {
    clock: Arc<dyn Clock>,
    takes: Duration,
    verifies: VerifyLevel,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    store: String,
    /// Oldest first.
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    backup: Backup,
    complete_at: Instant,
    content: String,
}

impl FakeBackup {
    /// An empty store without backups; they are complete at once and can be verified at every level.
    #[must_use]
    pub fn new(clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), takes: Duration::ZERO, verifies: VerifyLevel::Queried, state: Arc::default() }
    }

    /// How long a backup takes.
    #[must_use]
    pub fn takes(mut self, duration: Duration) -> Self {
        self.takes = duration;
        self
    }

    /// The highest level at which backups can be verified.
    #[must_use]
    pub fn verifies_up_to(mut self, level: VerifyLevel) -> Self {
        self.verifies = level;
        self
    }

    /// Sets the store.
    pub fn write(&self, content: impl Into<String>) {
        self.state().store = content.into();
    }

    /// What is in the store.
    #[must_use]
    pub fn read(&self) -> String {
        self.state().store.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn complete(&mut self, operation: &'static str, name: &str) -> Result<&mut Kept> {
        let kept = self.kept.iter_mut().find(|kept| kept.backup.name == name && kept.complete_at <= Instant::now());
        kept.ok_or_else(|| Error::new(ErrorKind::NotFound, operation, format!("there is no complete backup {name}")))
    }
}

#[async_trait]
impl BackupProvider for FakeBackup {
    fn describe(&self) -> String {
        "fake backups".into()
    }

    async fn create(&self, _context: &EffectContext, name: &str) -> Result<()> {
        let taken_at = self.clock.now();
        let mut state = self.state();
        if state.kept.iter().any(|kept| kept.backup.name == name) {
            return Ok(());
        }
        let content = state.store.clone();
        let backup = Backup { name: name.to_owned(), taken_at, verified: None, bytes: u64::try_from(content.len()).ok() };
        state.kept.push(Kept { backup, complete_at: Instant::now() + self.takes, content });
        Ok(())
    }

    async fn status(&self, name: &str) -> Result<BackupState> {
        Ok(match self.state().kept.iter().find(|kept| kept.backup.name == name) {
            None => BackupState::Absent,
            Some(kept) if kept.complete_at > Instant::now() => BackupState::InProgress,
            Some(_) => BackupState::Complete,
        })
    }

    async fn verify(&self, _context: &EffectContext, name: &str, level: VerifyLevel) -> Result<VerifyLevel> {
        let mut state = self.state();
        let kept = state.complete("verify", name)?;
        if level > self.verifies {
            return Err(Error::new(ErrorKind::Unsupported, "verify", format!("{level:?} cannot be verified here")));
        }
        kept.backup.verified = kept.backup.verified.max(Some(level));
        Ok(level)
    }

    async fn restore(&self, _context: &EffectContext, name: &str) -> Result<()> {
        let mut state = self.state();
        let content = state.complete("restore", name)?.content.clone();
        state.store = content;
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Backup>> {
        Ok(self.state().kept.iter().map(|kept| kept.backup.clone()).collect())
    }

    async fn prune(&self, _context: &EffectContext, retention: &Retention) -> Result<Vec<Backup>> {
        let mut state = self.state();
        let backups: Vec<_> = state.kept.iter().map(|kept| kept.backup.clone()).collect();
        let removed = retention.removes(&backups);
        state.kept.retain(|kept| !removed.contains(&kept.backup));
        Ok(removed)
    }
}
