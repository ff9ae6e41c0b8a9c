//! A journal with faults.

use std::sync::Arc;

use super::points::{Faults, Wrapped};
use crate::{
    error::Result,
    id::DeploymentId,
    journal::{Durability, Entry, Journal},
    testkit::through::{Front, Through},
};

impl Faults {
    /// Wraps a journal; its calls are named `journal.append`, `journal.read`, ….
    #[must_use]
    pub fn journal(&self, journal: Arc<dyn Journal>) -> Arc<dyn Journal> {
        Arc::new(Through(self.wrap("journal", journal)))
    }
}

impl Front for Wrapped<dyn Journal> {
    fn behind(&self) -> &Arc<dyn Journal> {
        &self.inner
    }

    async fn pass<R: Send>(
        &self,
        method: &'static str,
        _: Option<(&DeploymentId, Entry, Durability)>,
        call: impl Future<Output = Result<R>> + Send,
    ) -> Result<R> {
        self.call(method, call).await
    }
}
