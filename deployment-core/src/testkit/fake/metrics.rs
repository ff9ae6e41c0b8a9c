//! A metric source with a script.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::script::Script;
use crate::{
    error::{ErrorKind, Result},
    id::RevisionId,
    metric::{Measurement, MetricContext, MetricSource, Query, Reading},
};

/// A metric source that reads what it is told to read. For metrics that follow traffic, see [`MemoryMetrics`](crate::memory::MemoryMetrics).
///
/// ```
/// use deployment_core::{RevisionId, testkit::fake::FakeMetrics};
///
/// let metrics = FakeMetrics::requests(100, 1);
/// metrics.of(&RevisionId::new("r2")?, FakeMetrics::measured(100, 50));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FakeMetrics {
    usual: Script<Reading>,
    particular: Arc<Mutex<BTreeMap<RevisionId, Reading>>>,
}

impl FakeMetrics {
    /// Reads these, one after the other; the last one stays.
    #[must_use]
    pub fn reads(readings: impl IntoIterator<Item = Reading>) -> Self {
        Self { usual: Script::new(readings), particular: Arc::default() }
    }

    /// Reads so many requests and errors in every window.
    #[must_use]
    pub fn requests(requests: u64, errors: u64) -> Self {
        Self::reads([Self::measured(requests, errors)])
    }

    /// Never has data.
    #[must_use]
    pub fn silent() -> Self {
        Self::reads([Reading::NoData { reason: "the fake has none".into() }])
    }

    /// A reading of so many requests and errors, without latencies.
    #[must_use]
    pub fn measured(requests: u64, errors: u64) -> Reading {
        Reading::Measured(Measurement { requests, errors, ..Measurement::default() })
    }

    /// Reads this for a revision from now on, whatever the script says.
    pub fn of(&self, revision: &RevisionId, reading: Reading) {
        self.particular.lock().unwrap_or_else(PoisonError::into_inner).insert(revision.clone(), reading);
    }

    /// Reads this from now on.
    pub fn set(&self, reading: Reading) {
        self.usual.set(Ok(reading));
    }

    /// Cannot be asked from now on.
    pub fn fail(&self, kind: ErrorKind) {
        self.usual.set(Err(kind));
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.usual.asked()
    }
}

#[async_trait]
impl MetricSource for FakeMetrics {
    fn describe(&self) -> String {
        "fake metrics".into()
    }

    async fn observe(&self, _query: &Query, context: &MetricContext) -> Result<Reading> {
        let usual = self.usual.next("observe");
        let particular = self.particular.lock().unwrap_or_else(PoisonError::into_inner).get(&context.revision).cloned();
        particular.map_or(usual, Ok)
    }

    fn can_backfill(&self) -> bool {
        true
    }
}
