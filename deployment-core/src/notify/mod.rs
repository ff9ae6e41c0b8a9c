//! Telling people and programs: [`Event`]s and the [`Notifier`] trait.

mod event;

pub use event::{Event, Severity};

use std::{fmt, future::Future};

use async_trait::async_trait;

use crate::error::Result;

/// Gets the events of deployments.
///
/// # Contract
/// - **Who implements:** whoever knows a channel. **Who calls:** the runtime, off the critical path; nothing that a notifier does or fails
///   to do changes a decision.
/// - **At least once:** an event is delivered again after a crash or an error, with the same [`Event::key`]. Use the key to send it once.
///   The suite in `testkit::conformance::notifier` delivers again.
/// - **In order:** the events of one deployment come in order, one at a time.
/// - An event that fails too often is given up, kept as a dead letter and counted; the next one follows. The orchestrator's
///   [`undelivered`](crate::Orchestrator::undelivered) lists them.
///
/// ```
/// use deployment_core::notify::{self, Notifier, Severity};
///
/// let pager = notify::from_fn("print what is urgent", |event| async move {
///     if event.severity >= Severity::Warning { println!("{}: {}", event.key, event.text) }
///     Ok(())
/// });
/// assert_eq!(pager.describe(), "print what is urgent");
/// ```
#[async_trait]
pub trait Notifier: fmt::Debug + Send + Sync + 'static {
    /// Where it sends events, without secrets.
    fn describe(&self) -> String;

    /// Sends one event.
    ///
    /// # Errors
    /// If it could not be sent: it is tried again.
    async fn notify(&self, event: &Event) -> Result<()>;
}

/// A notifier from an async closure.
pub fn from_fn<F, R>(description: impl Into<String>, notify: F) -> impl Notifier
where
    F: Fn(Event) -> R + Send + Sync + 'static,
    R: Future<Output = Result<()>> + Send + 'static,
{
    FromFn { description: description.into(), notify }
}

struct FromFn<F> {
    description: String,
    notify: F,
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Notifier").field(&self.description).finish()
    }
}

#[async_trait]
impl<F, R> Notifier for FromFn<F>
where
    F: Fn(Event) -> R + Send + Sync + 'static,
    R: Future<Output = Result<()>> + Send + 'static,
{
    fn describe(&self) -> String {
        self.description.clone()
    }

    async fn notify(&self, event: &Event) -> Result<()> {
        (self.notify)(event.clone()).await
    }
}
