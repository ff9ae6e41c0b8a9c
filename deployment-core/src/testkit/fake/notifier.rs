//! A notifier that keeps what it is told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{
    error::{Error, ErrorKind, Result},
    notify::{Event, Notifier},
};

/// A notifier that records every delivery, and fails as often as it is told to.
///
/// ```
/// use deployment_core::testkit::fake::FakeNotifier;
///
/// let notifier = FakeNotifier::new();
/// notifier.fail_next(2);
/// assert!(notifier.events().is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct FakeNotifier(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    events: Vec<Event>,
    tries: usize,
    failures: usize,
}

impl FakeNotifier {
    /// One that takes everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails the next so many deliveries.
    pub fn fail_next(&self, deliveries: usize) {
        self.state().failures = deliveries;
    }

    /// What was delivered, in order, with what was delivered again.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    /// How often a delivery was tried.
    #[must_use]
    pub fn tries(&self) -> usize {
        self.state().tries
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for FakeNotifier {
    fn describe(&self) -> String {
        "fake notifier".into()
    }

    async fn notify(&self, event: &Event) -> Result<()> {
        let mut state = self.state();
        state.tries += 1;
        if state.failures > 0 {
            state.failures -= 1;
            return Err(Error::new(ErrorKind::Unreachable, "notify", "the fake was told to fail"));
        }
        state.events.push(event.clone());
        Ok(())
    }
}
