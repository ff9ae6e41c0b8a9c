//! A deployment that is driven in a task of its own.

use tokio::{sync::watch, task::JoinHandle};

use super::{Ended, Orchestrator, Until};
use crate::{
    error::{Error, ErrorKind, Result},
    id::DeploymentId,
};

/// A deployment that is driven in the background. Dropping it requests a stop at a safe point: the deployment parks, it is not aborted.
///
/// A program that is asked to end does the same, and waits; asked again, it just ends, and the deployment can be driven again once the
/// lease has run out:
///
/// ```no_run
/// # use deployment_core::{DeploymentId, Ended, Orchestrator, Result, Until};
/// # async fn ctrl_c() {}
/// # async fn example(orchestrator: Orchestrator, id: DeploymentId) -> Result<Option<Ended>> {
/// let mut handle = orchestrator.spawn(&id, Until::End);
/// tokio::select! {
///     ended = handle.wait() => return ended.map(Some),
///     () = ctrl_c() => handle.stop(),
/// }
/// tokio::select! {
///     ended = handle.wait() => ended.map(Some),
///     () = ctrl_c() => Ok(None),
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Handle {
    id: DeploymentId,
    stop: watch::Sender<bool>,
    /// `None` once it was told how driving has ended.
    task: Option<JoinHandle<Result<Ended>>>,
}

impl Handle {
    pub(super) fn new(orchestrator: Orchestrator, id: DeploymentId, until: Until) -> Self {
        let (stop, stopped) = watch::channel(false);
        let driven = id.clone();
        let task = tokio::spawn(async move { orchestrator.drive_until(&driven, until, stopped).await });
        Self { id, stop, task: Some(task) }
    }

    /// Which deployment.
    #[must_use]
    pub fn id(&self) -> &DeploymentId {
        &self.id
    }

    /// Requests a stop at the next safe point, after the call that is under way, and on the way back not before all traffic has left the
    /// candidate: the deployment parks and its lease is given up, so that the next driver goes on at once.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until driving has ended. Giving up waiting changes nothing: it can be waited for again, until it was told how driving ended.
    ///
    /// # Errors
    /// As [`Orchestrator::drive`]; [`NotFound`](ErrorKind::NotFound) if it was told already.
    pub async fn wait(&mut self) -> Result<Ended> {
        let Some(task) = &mut self.task else {
            return Err(Error::new(ErrorKind::NotFound, "wait", "how driving ended was told already; drive the deployment again"));
        };
        let ended = task.await;
        self.task = None;
        ended.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Failed, "drive", "the driving task has died; drive the deployment again").because(error))
        })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop();
    }
}
