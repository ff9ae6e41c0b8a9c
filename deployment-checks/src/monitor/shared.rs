//! What the handle and the task share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deployment_core::{DeploymentContext, Subject, health::HealthContext, time::Clock};
use tokio::sync::Notify;

use super::{Monitored, table::Table};

#[derive(Debug)]
pub(super) struct Shared {
    table: Mutex<Table>,
    /// Told when a check was added: it may be due before all others.
    pub(super) added: Notify,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) concurrency: usize,
    context: HealthContext,
}

impl Shared {
    pub(super) fn new(context: HealthContext, concurrency: usize, clock: Arc<dyn Clock>) -> Self {
        Self { table: Mutex::new(Table::new()), added: Notify::new(), clock, concurrency, context }
    }

    /// The table, held for a moment: never across an await, never while a check runs.
    pub(super) fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a check is asked.
    pub(super) fn context(&self, monitored: &Monitored) -> HealthContext {
        let deployment = DeploymentContext { now: self.clock.now(), ..self.context.deployment.clone() };
        let subject: &Subject = monitored.subject.as_ref().unwrap_or(&self.context.subject);
        HealthContext { deployment, subject: subject.clone() }
    }
}
