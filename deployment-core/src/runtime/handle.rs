//! A deployment that is driven in a task of its own.

use tokio::{sync::watch, task::JoinHandle};

use super::{Ended, Orchestrator, Until};
use crate::{
    error::{Error, ErrorKind, Result},
    id::DeploymentId,
};

/// A deployment that is driven in the background. Dropping it requests a stop at a safe point: the deployment parks, it is not aborted.
#[derive(Debug)]
pub struct Handle {
    id: DeploymentId,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<Ended>>,
}

impl Handle {
    pub(super) fn new(orchestrator: Orchestrator, id: DeploymentId, until: Until) -> Self {
        let (stop, stopped) = watch::channel(false);
        let driven = id.clone();
        let task = tokio::spawn(async move { orchestrator.drive_until(&driven, until, stopped).await });
        Self { id, stop, task }
    }

    /// Which deployment.
    #[must_use]
    pub fn id(&self) -> &DeploymentId {
        &self.id
    }

    /// Requests a stop at the next safe point: after the call that is under way.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until driving has ended.
    ///
    /// # Errors
    /// As [`Orchestrator::drive`].
    pub async fn wait(mut self) -> Result<Ended> {
        match (&mut self.task).await {
            Ok(ended) => ended,
            Err(error) => {
                Err(Error::new(ErrorKind::Failed, "drive", "the driving task has died; drive the deployment again").because(error))
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop();
    }
}
