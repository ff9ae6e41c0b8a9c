//! What goes into a journal, with its place among the events of targets.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    error::Result,
    id::DeploymentId,
    journal::{Durability, Entry, Journal},
    memory::next_order,
    testkit::through::{Front, Through},
};

/// One entry of a chain, as it was appended.
#[derive(Debug, Clone)]
pub struct Taped {
    /// Its place among everything that [`next_order`] gave a place.
    pub order: u64,
    /// Whose chain it is.
    pub deployment: DeploymentId,
    /// The entry.
    pub entry: Entry,
    /// How soon it had to be safe.
    pub durability: Durability,
}

/// Keeps what goes into a journal, in the order in which it was safe.
///
/// Put it between the journal and the faults: `faults.journal(tape.journal())`. Clones share what they keep.
#[derive(Debug, Clone)]
pub struct Tape {
    journal: Arc<dyn Journal>,
    entries: Arc<Mutex<Vec<Taped>>>,
}

impl Tape {
    /// Keeps what goes into `journal`.
    #[must_use]
    pub fn of(journal: Arc<dyn Journal>) -> Self {
        Self { journal, entries: Arc::default() }
    }

    /// The journal, with the tape running.
    #[must_use]
    pub fn journal(&self) -> Arc<dyn Journal> {
        Arc::new(Through(self.clone()))
    }

    /// Everything that was appended so far, to whatever chain.
    #[must_use]
    pub fn entries(&self) -> Vec<Taped> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Front for Tape {
    fn behind(&self) -> &Arc<dyn Journal> {
        &self.journal
    }

    async fn pass<R: Send>(
        &self,
        _: &'static str,
        entry: Option<(&DeploymentId, Entry, Durability)>,
        call: impl Future<Output = Result<R>> + Send,
    ) -> Result<R> {
        let answer = call.await?;
        if let Some((deployment, entry, durability)) = entry {
            let taped = Taped { order: next_order(), deployment: deployment.clone(), entry, durability };
            self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(taped);
        }
        Ok(answer)
    }
}
