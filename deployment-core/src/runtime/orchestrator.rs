//! The way in.

use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::sync::{broadcast, watch};

use super::{Ended, Handle, Options, OrchestratorBuilder, Until, driver::Driver, lease, notices};
use crate::{
    engine::{Record, State},
    error::{Error, ErrorKind, Result},
    id::{Actor, DeploymentId, SignalId},
    journal::Journal,
    notify::Event,
    plan::{Plan, PlanHash},
    plugins::Plugins,
    signal::{Signal, Signalled},
    time::Clock,
};

/// Starts deployments, drives them, and passes on what people say to them. Cheap to clone.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use deployment_core::{
///     Actor, Ended, EnvironmentName, Orchestrator, Plan, Plugins, Release, ServiceName,
///     engine::Outcome, journal::MemoryJournal, memory::MemoryTarget, plan::Capacity, strategy::BlueGreen,
/// };
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> deployment_core::Result<()> {
/// let plugins = Plugins::new().target("backend", MemoryTarget::builder().build())?;
/// let release = Release::new(ServiceName::new("shop")?, "1.0");
/// let plan = Plan::builder(release, EnvironmentName::new("staging")?, Actor::new("ada")?)
///     .deploy("backend", Capacity::of(2), BlueGreen::new().grace(Duration::ZERO))
///     .build(&plugins)?;
/// let orchestrator = Orchestrator::builder(Arc::new(MemoryJournal::new()), plugins).build();
/// assert_eq!(orchestrator.run(&plan).await?, Ended::Outcome(Outcome::Succeeded));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Orchestrator(pub(super) Arc<Shared>);

/// What every part of the runtime needs.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) journal: Arc<dyn Journal>,
    pub(super) plugins: Plugins,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) holder: String,
    pub(super) options: Options,
    pub(super) events: broadcast::Sender<Arc<Event>>,
}

impl Orchestrator {
    /// Puts one together. A journal that is used elsewhere too is given as an `Arc`.
    #[must_use]
    pub fn builder(journal: impl Journal, plugins: Plugins) -> OrchestratorBuilder {
        OrchestratorBuilder::new(journal, plugins)
    }

    /// Journals the start of a deployment. Nothing is done before it is driven.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) if another deployment of the same service is active in the environment,
    /// [`Incompatible`](ErrorKind::Incompatible) if the plan was made for other plugins.
    pub async fn start(&self, plan: &Plan) -> Result<DeploymentId> {
        let id = DeploymentId::generate();
        self.start_as(&id, plan).await?;
        Ok(id)
    }

    /// As [`start`](Orchestrator::start), with an id of the caller's: the same id again is refused.
    ///
    /// # Errors
    /// As [`start`](Orchestrator::start).
    pub async fn start_as(&self, id: &DeploymentId, plan: &Plan) -> Result<()> {
        plan.validate()?;
        plan.check_plugins(&self.0.plugins)?;
        if let Some(holder) = self.active(plan).await? {
            return Err(already_active(plan, &holder));
        }
        let bytes = serde_json::to_string(plan).and_then(RawValue::from_string);
        let bytes = bytes.map_err(|error| Error::new(ErrorKind::InvalidInput, "start", "the plan cannot be stored").because(error))?;
        let hash = PlanHash::of(bytes.get().as_bytes());
        let record = Record::Started { plan: bytes, hash, library: env!("CARGO_PKG_VERSION").to_owned() };
        self.0.journal.create(id, self.0.clock.now(), &record).await
    }

    /// The active deployment of the plan's service and environment, if there is one.
    async fn active(&self, plan: &Plan) -> Result<Option<DeploymentId>> {
        let Some(holder) = self.0.journal.claimant(&plan.service, &plan.environment).await? else { return Ok(None) };
        match self.state(&holder).await {
            Ok(state) if state.outcome().is_some() => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            _ => Ok(Some(holder)),
        }
    }

    /// Drives a deployment: a new one, one that was parked, or one whose driver has died.
    ///
    /// Waits for a dead driver's lease to run out, and for calls that it may have left under way. Dropping the future is like the
    /// death of the process: the deployment stays resumable.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) if another process drives it, [`Fenced`](ErrorKind::Fenced) if one has taken it over,
    /// [`Incompatible`](ErrorKind::Incompatible) if a plugin is missing or is not what the plan was made for, and the journal's own errors.
    pub async fn drive(&self, id: &DeploymentId, until: Until) -> Result<Ended> {
        let (_keep, stop) = watch::channel(false);
        self.drive_until(id, until, stop).await
    }

    pub(super) async fn drive_until(&self, id: &DeploymentId, until: Until, mut stop: watch::Receiver<bool>) -> Result<Ended> {
        let state = self.state(id).await?;
        if let Some(outcome) = state.outcome() {
            self.release_claim(&state).await?;
            notices::deliver(&self.0, &state).await;
            return Ok(Ended::Outcome(outcome.clone()));
        }
        state.plan().check_plugins(&self.0.plugins)?;
        let Some(lease) = lease::take(&self.0, id, &mut stop).await? else { return Ok(Ended::Stopped) };
        Box::pin(Driver::begin(Arc::clone(&self.0), lease).await?.run(until, stop)).await
    }

    pub(super) async fn release_claim(&self, state: &State) -> Result<()> {
        let plan = state.plan();
        self.0.journal.release_claim(&plan.service, &plan.environment, state.deployment()).await
    }

    /// Starts a deployment and drives it to its end.
    ///
    /// # Errors
    /// As [`start`](Orchestrator::start) and [`drive`](Orchestrator::drive).
    pub async fn run(&self, plan: &Plan) -> Result<Ended> {
        let id = self.start(plan).await?;
        self.drive(&id, Until::End).await
    }

    /// Drives a deployment in a task of its own. Dropping the handle requests a stop at a safe point.
    #[must_use]
    pub fn spawn(&self, id: &DeploymentId, until: Until) -> Handle {
        Handle::new(self.clone(), id.clone(), until)
    }

    /// What happens in the deployments that this orchestrator drives, from now on. A slow reader misses events; the journal has all.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Arc<Event>> {
        self.0.events.subscribe()
    }

    /// The state of a deployment, from its journal.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), and the journal's own errors.
    pub async fn state(&self, id: &DeploymentId) -> Result<State> {
        State::replay(id, &self.0.journal.read(id, 0).await?)
    }

    /// Says something to a deployment, whichever process drives it. It counts once it is in the journal.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if it would not count as things stand, with the reason; [`NotFound`](ErrorKind::NotFound).
    pub async fn signal(&self, id: &DeploymentId, actor: Actor, reason: &str, signal: Signal) -> Result<SignalId> {
        let state = self.state(id).await?;
        let signalled = Signalled { id: SignalId::generate(), actor, reason: reason.to_owned(), at: self.0.clock.now(), signal };
        if let Some(refusal) = state.refuses(&signalled) {
            let message = format!("{} does not count now: {refusal}", signalled.signal.word());
            return Err(Error::new(ErrorKind::InvalidInput, "signal", message).with("deployment", id));
        }
        self.0.journal.post(id, &signalled).await?;
        Ok(signalled.id)
    }
}

pub(super) fn already_active(plan: &Plan, holder: &DeploymentId) -> Error {
    let message = format!(
        "{} in {} is being deployed by {holder}; wait for it, abort it, or close it if it is halted",
        plan.service, plan.environment
    );
    Error::new(ErrorKind::Conflict, "start", message)
}
