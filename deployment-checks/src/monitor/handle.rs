//! The monitor as its user has it.

use std::{fmt, sync::Arc};

use deployment_core::{
    Actor, DeploymentContext, DeploymentId, EnvironmentName, Error, ErrorKind, Release, Result, ServiceName, StepId, Subject, TargetName,
    health::HealthContext,
    plan::PlanHash,
    time::{Clock, SystemClock},
};
use tokio::{runtime::Handle, task::AbortHandle, time::Instant};

use super::{Change, CheckState, Feed, Monitored, Observed, Snapshot, run::run, shared::Shared};

/// Runs many checks, each on its own interval, until it is dropped.
///
/// - A check's first look comes within one interval, at a time of its own: looks are spread evenly from the start.
/// - A check never looks twice at once. One that hangs is cut off at its timeout, one that panics could not look; neither holds up others, as
///   long as there are places (see [`HealthMonitorBuilder::concurrency`]).
/// - Nothing that a user does makes a check wait: feeds merge what was not fetched.
/// - Dropping it ends every look and every feed.
pub struct HealthMonitor {
    shared: Arc<Shared>,
    task: AbortHandle,
}

impl HealthMonitor {
    /// A monitor of this service in this environment. Checks are asked in a context that names them, and no deployment.
    #[must_use]
    pub fn builder(service: ServiceName, environment: EnvironmentName) -> HealthMonitorBuilder {
        HealthMonitorBuilder { service, environment, context: None, concurrency: 1_024, clock: Arc::new(SystemClock) }
    }

    /// One more check, from now on.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if the interval is not from 10 ms to 7 days, the timeout is zero, or timeout and jitter together are not
    /// below the interval; [`ErrorKind::Conflict`] if there is a check of this name.
    pub fn add(&self, check: Monitored) -> Result<()> {
        check.validate()?;
        let at = self.shared.clock.now();
        self.shared.table().add(check, Instant::now(), at)?;
        self.shared.added.notify_one();
        Ok(())
    }

    /// One check less, from now on: its look under way is ended, and what no feed has told yet is forgotten. Returns how it stood.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no check of this name.
    pub fn remove(&self, name: &str) -> Result<CheckState> {
        let gone = self.shared.table().remove(name);
        gone.ok_or_else(|| Error::new(ErrorKind::NotFound, "remove", format!("no check named {name:?} is monitored")))
    }

    /// How one check stands; `None` if there is no such check.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<CheckState> {
        self.shared.table().state(name)
    }

    /// How every check stands.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let at = self.shared.clock.now();
        self.shared.table().snapshot(Instant::now(), at)
    }

    /// Changes of state from now on.
    #[must_use]
    pub fn changes(&self) -> Feed<Change> {
        self.shared.table().changes.open()
    }

    /// Every look from now on.
    #[must_use]
    pub fn results(&self) -> Feed<Observed> {
        self.shared.table().results.open()
    }
}

impl Drop for HealthMonitor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for HealthMonitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthMonitor").field("concurrency", &self.shared.concurrency).finish_non_exhaustive()
    }
}

/// Puts a [`HealthMonitor`] together.
#[derive(Debug)]
pub struct HealthMonitorBuilder {
    service: ServiceName,
    environment: EnvironmentName,
    context: Option<HealthContext>,
    concurrency: usize,
    clock: Arc<dyn Clock>,
}

impl HealthMonitorBuilder {
    /// What checks are asked about, instead of service and environment alone. Its time is set anew for each look.
    #[must_use]
    pub fn context(mut self, context: HealthContext) -> Self {
        self.context = Some(context);
        self
    }

    /// How many looks may run at once: 1 024 unless told otherwise, so that 6 000 checks with the default interval and timeout are still on time
    /// when all of them hang. Looks that are due beyond it wait, the longest waiting first; [`Snapshot::waiting`] counts them.
    #[must_use]
    pub fn concurrency(mut self, looks: usize) -> Self {
        self.concurrency = looks;
        self
    }

    /// What tells the time of changes and looks: the wall clock unless told otherwise. Intervals follow tokio's time.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Starts it, without checks, on the current tokio runtime, which must have its timers enabled.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if the concurrency is zero; [`ErrorKind::Unsupported`] if there is no tokio runtime.
    pub fn start(self) -> Result<HealthMonitor> {
        if self.concurrency == 0 {
            return Err(Error::invalid("concurrency", "it is zero, so no check could ever look; make it at least 1"));
        }
        let runtime = Handle::try_current().map_err(|error| {
            Error::new(ErrorKind::Unsupported, "start", "a health monitor needs a tokio runtime to run on").because(error)
        })?;
        let context = match self.context {
            Some(context) => context,
            None => outside(self.service, self.environment, self.clock.as_ref())?,
        };
        let shared = Arc::new(Shared::new(context, self.concurrency, self.clock));
        let task = runtime.spawn(run(Arc::clone(&shared))).abort_handle();
        Ok(HealthMonitor { shared, task })
    }
}

/// The context of a check that no deployment asks for.
fn outside(service: ServiceName, environment: EnvironmentName, clock: &dyn Clock) -> Result<HealthContext> {
    const NAME: &str = "health-monitor";
    let deployment = DeploymentContext {
        deployment: DeploymentId::new(NAME)?,
        release: Release::new(service.clone(), "as it runs"),
        service,
        environment,
        plan: PlanHash::of(b""),
        author: Actor::new(NAME)?,
        step: StepId::new(NAME)?,
        now: clock.now(),
    };
    Ok(HealthContext { deployment, subject: Subject { target: TargetName::new(NAME)?, endpoint: None } })
}
