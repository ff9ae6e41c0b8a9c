//! A validation beside the other watches of a bake.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use deployment_core::{
    DeploymentId, Error, ErrorKind, Result, Status, StepId, Subject,
    health::{HealthCheck, HealthContext, HealthReport},
};
use futures::FutureExt;
use tokio::{task::JoinHandle, time::Instant};

use super::Validation;

/// Runs a validation again and again beside everything else; a look hands over the report of the last run that has ended.
///
/// The watches of a bake look together, guards too, so that a slow one holds up the others. This one answers at once.
///
/// # Contract
/// - Until the first run of a step has ended, a look is an error, *could not look*: that time of a bake does not count.
/// - Then every look has the last run's report, and how old it is. Join it with `Tolerance::none()`: looks count, not runs.
/// - A report is handed over for as long as the pause and the validation's budget together; an older one is no news, and an error.
/// - A run belongs to one step of one deployment, and one subject; a look for another one stops it. Dropping this stops it too.
/// - It must be asked within a tokio runtime.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::suite::{Background, Suite, Test, Validation};
/// use deployment_core::{health::HealthReport, judge::Tolerance, watch::Watch};
///
/// let orders = Test::from_fn("orders", |_| async { Ok(HealthReport::healthy("3 orders")) });
/// let validation = Validation::builder("shop").suite(Suite::api().test(orders)).build()?;
/// let watch = Watch::health(Background::new(validation).pause(Duration::from_secs(30)), Tolerance::none());
/// # let _ = watch;
/// # Ok::<(), deployment_core::Error>(())
/// ```
pub struct Background {
    validation: Validation,
    pause: Duration,
    runs: Mutex<Option<Runs>>,
}

/// What a run belongs to.
type Of = (DeploymentId, StepId, Subject);

struct Runs {
    of: Of,
    task: Option<JoinHandle<Result<HealthReport>>>,
    /// When the last run ended, and what it said.
    last: Option<(Instant, Result<HealthReport, String>)>,
}

impl Drop for Runs {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Background {
    /// Runs this validation.
    #[must_use]
    pub fn new(validation: Validation) -> Self {
        Self { validation, pause: Duration::from_secs(60), runs: Mutex::new(None) }
    }

    /// From the end of a run to the beginning of the next: 60 s, unless told otherwise.
    #[must_use]
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// How old the last report is, and what it says, if it is not too old.
    fn look(&self, context: &HealthContext) -> Option<(Duration, Result<HealthReport, String>)> {
        let deployment = &context.deployment;
        let of = (deployment.deployment.clone(), deployment.step.clone(), context.subject.clone());
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.as_ref().is_none_or(|runs| runs.of != of) {
            *runs = Some(Runs { of, task: None, last: None });
        }
        let runs = runs.as_mut()?;
        if let Some(ended) = runs.task.as_mut().and_then(FutureExt::now_or_never) {
            let said = ended.map_err(|_| "the run has panicked".to_owned()).and_then(|said| said.map_err(|error| error.to_string()));
            (runs.task, runs.last) = (None, Some((Instant::now(), said)));
        }
        if runs.task.is_none() && runs.last.as_ref().is_none_or(|(at, _)| at.elapsed() >= self.pause) {
            let (validation, context) = (self.validation.clone(), context.clone());
            runs.task = Some(tokio::spawn(async move { validation.check(&context).await }));
        }
        let fresh = self.pause.saturating_add(self.validation.budget());
        runs.last.as_ref().map(|(at, said)| (at.elapsed(), said.clone())).filter(|(age, _)| *age <= fresh)
    }
}

#[async_trait]
impl HealthCheck for Background {
    fn describe(&self) -> String {
        format!("every {} s, {}", self.pause.as_secs_f64(), self.validation.describe())
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let unknown = |why: String| Error::new(ErrorKind::Failed, "validate in the background", why).with_status(Status::Temporary);
        match self.look(context) {
            Some((age, Ok(report))) => {
                let evidence = format!("{} s ago: {}", age.as_secs(), report.evidence);
                Ok(HealthReport { evidence, ..report })
            }
            Some((_, Err(why))) => Err(unknown(why)),
            None => Err(unknown("no run has ended yet".into())),
        }
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Background").field(&self.validation).finish()
    }
}
