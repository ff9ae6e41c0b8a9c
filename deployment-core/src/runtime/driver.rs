//! The loop: what is next, append it or do it, and wait.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tracing::{Instrument, field::display};

use super::{
    Ended, Until,
    answer::Key,
    judges::Judges,
    lease::Keeper,
    look::{self, Look},
    notices::Notices,
    orchestrator::{Shared, already_active},
    work::{self, Answer, EffectTask},
};
use crate::{
    engine::{Call, Command, Finding, GATE_VALIDITY, Next, Outcome, Progress, Record, State, Waiting, gates_hold},
    error::{Error, ErrorKind, Result},
    gate::{GateContext, GateVerdict},
    id::{DeploymentId, StepId},
    journal::{Durability, Entry, Lease},
    judge::Verdict,
    notify::Event,
    time::Timestamp,
};

/// Drives one deployment under one lease. Dropping it is like the death of the process.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) shared: Arc<Shared>,
    pub(super) state: State,
    pub(super) judges: Judges,
    lease: Lease,
    keeper: Keeper,
    notices: Notices,
    tasks: JoinSet<(Key, Answer)>,
    running: HashSet<Key>,
    /// When something that was looked for may be looked for again.
    rest: HashMap<Key, Instant>,
    next_inbox: Instant,
    /// What an action saw that its gates must pass once more for.
    prepared: Option<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    step: StepId,
    before: Value,
    at: Instant,
}

impl Driver {
    pub(super) async fn begin(shared: Arc<Shared>, lease: Lease) -> Result<Self> {
        let entries = shared.journal.read(&lease.deployment, 0).await?;
        let state = State::replay(&lease.deployment, &entries)?;
        if state.epoch() > lease.epoch {
            return Err(taken_over(&lease.deployment));
        }
        let (judges, differs) = Judges::rebuild(&shared.plugins, &state, &entries);
        drop(entries);
        let mut driver = Self {
            keeper: Keeper::new(Arc::clone(&shared), lease.clone()),
            notices: Notices::new(&shared, &state),
            state,
            judges,
            lease,
            shared,
            tasks: JoinSet::new(),
            running: HashSet::new(),
            rest: HashMap::new(),
            next_inbox: Instant::now(),
            prepared: None,
        };
        driver.append(Record::Took { holder: driver.shared.holder.clone() }).await?;
        if let (Some(reason), Some((step, _))) = (differs, driver.state.course().current()) {
            let step = step.id.clone();
            driver.append(Record::BakeRestarted { step, reason }).await?;
        }
        Ok(driver)
    }

    #[tracing::instrument(name = "deployment", skip_all, fields(deployment = %self.lease.deployment, epoch = self.lease.epoch))]
    pub(super) async fn run(mut self, until: Until, mut stop: watch::Receiver<bool>) -> Result<Ended> {
        if let Some(ended) = self.claim().await? {
            return Ok(ended);
        }
        loop {
            self.read_inbox().await?;
            match self.state.next(self.shared.clock.now()) {
                Next::Append(record) => self.append(*record).await?,
                Next::Finished(outcome) => return self.finish(outcome).await,
                // Nobody takes the deployment up while a call of this driver is under way.
                Next::Halted { .. } if self.has_open_call() => self.wait(&Waiting::default(), &mut stop).await?,
                Next::Halted { reason } => return self.leave(Ended::Outcome(Outcome::Halted { reason })).await,
                Next::Wait(waiting) => {
                    let busy = self.has_open_call();
                    if *stop.borrow() && !busy && !self.state.owes_traffic() {
                        self.append(Record::Parked { reason: "asked to stop".into() }).await?;
                        return self.leave(Ended::Stopped).await;
                    }
                    if let (Until::Waiting, Some(reason), false) = (until, self.may_park(&waiting), busy) {
                        self.append(Record::Parked { reason: reason.clone() }).await?;
                        return self.leave(Ended::Parked { reason }).await;
                    }
                    if !self.start_all(&waiting.commands).await? {
                        self.wait(&waiting, &mut stop).await?;
                    }
                }
            }
        }
    }

    fn has_open_call(&self) -> bool {
        self.state.course().current().is_some_and(|(_, run)| run.progress == Progress::Asked)
    }

    /// A bake is left alone only if what it watches can still be asked for the time in between, and after one look: a driver that comes by
    /// now and then must get somewhere.
    fn may_park(&self, waiting: &Waiting) -> Option<String> {
        let blind = waiting.commands.iter().any(|command| match command {
            Command::Tick { step, by, watches, .. } => {
                let key = Key::Tick(step.clone(), *by);
                let looked = self.rest.contains_key(&key) && !self.running.contains(&key);
                !looked || watches.iter().any(|name| self.shared.plugins.watches.get(name).is_none_or(|watch| !watch.can_backfill()))
            }
            _ => false,
        });
        waiting.parkable.clone().filter(|_| !blind)
    }

    /// Makes this the active deployment of its service, or says why it cannot be.
    async fn claim(&mut self) -> Result<Option<Ended>> {
        let plan = Arc::clone(self.state.plan());
        let id = self.state.deployment().clone();
        let journal = Arc::clone(&self.shared.journal);
        loop {
            match journal.claim(&plan.service, &plan.environment, &id).await {
                Ok(()) => return Ok(None),
                Err(error) if error.kind() != ErrorKind::Conflict => return Err(error),
                Err(_) => {}
            }
            let Some(holder) = journal.claimant(&plan.service, &plan.environment).await? else { continue };
            let ended = match journal.read(&holder, 0).await {
                Ok(entries) => State::replay(&holder, &entries)?.outcome().is_some(),
                Err(error) if error.kind() == ErrorKind::NotFound => true,
                Err(error) => return Err(error),
            };
            if ended {
                journal.release_claim(&plan.service, &plan.environment, &holder).await?;
                continue;
            }
            if self.state.touched() {
                return Err(already_active(&plan, &holder));
            }
            let reason = already_active(&plan, &holder).to_string();
            self.append(Record::Finished { outcome: Outcome::Rejected { reason: reason.clone() } }).await?;
            return self.leave(Ended::Outcome(Outcome::Rejected { reason })).await.map(Some);
        }
    }

    async fn finish(mut self, outcome: Outcome) -> Result<Ended> {
        let plan = Arc::clone(self.state.plan());
        self.shared.journal.release_claim(&plan.service, &plan.environment, self.state.deployment()).await?;
        self.leave(Ended::Outcome(outcome)).await
    }

    async fn leave(&mut self, ended: Ended) -> Result<Ended> {
        self.notices.flush(self.state.sequence(), self.shared.options.notice_grace).await;
        self.shared.journal.release(&self.lease).await?;
        Ok(ended)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now().max(self.state.last_record())
    }

    /// Appends a record. The state takes it first: a record that does not fit is not written.
    pub(super) async fn append(&mut self, record: Record) -> Result<()> {
        let entry = Entry { sequence: self.state.sequence(), epoch: self.lease.epoch, at: self.now(), record };
        self.state.apply(&entry)?;
        let durability = durability(&entry.record);
        self.shared.journal.append(&self.lease, entry.sequence, entry.at, &entry.record, durability).await?;
        let current = self.state.course().current().map(|(step, _)| &step.id);
        self.rest.retain(|key, _| key.step().is_some_and(|step| Some(step) == current));
        self.judges.forget_ended(&self.state);
        let event = Arc::new(Event::of(self.state.deployment(), &entry));
        tracing::debug!(deployment = %event.deployment, sequence = entry.sequence, "{}", event.text);
        // Nobody may be listening.
        let _ = self.shared.events.send(event);
        if durability == Durability::Synced {
            self.notices.tell(self.state.sequence());
        }
        Ok(())
    }

    /// Copies what people said into the chain. Only then does it count.
    async fn read_inbox(&mut self) -> Result<()> {
        if Instant::now() < self.next_inbox {
            return Ok(());
        }
        self.next_inbox = Instant::now() + self.shared.options.inbox_poll;
        let id = self.state.deployment().clone();
        for signal in self.shared.journal.inbox(&id).await? {
            let name = signal.id.clone();
            if !self.state.has_signal(&name) {
                let refused = self.state.refuses(&signal);
                self.append(Record::Signalled { signal, refused }).await?;
                self.rest.clear();
            }
            self.shared.journal.acknowledge(&id, &name).await?;
        }
        Ok(())
    }

    /// Starts what is not running and not resting. Says whether the state has changed.
    async fn start_all(&mut self, commands: &[Command]) -> Result<bool> {
        for command in commands {
            match command {
                Command::Judge { step } => {
                    self.judge(step.clone()).await?;
                    return Ok(true);
                }
                Command::Effect { step, token: _, call } => {
                    self.effect(step.clone(), call.clone(), self.seen_before(step)).await?;
                    return Ok(true);
                }
                _ => self.start(command),
            }
        }
        Ok(false)
    }

    fn start(&mut self, command: &Command) {
        let Some(key) = key(command) else { return };
        let resting = self.rest.get(&key).is_some_and(|until| Instant::now() < *until);
        if resting || self.running.contains(&key) {
            return;
        }
        let pace = self.pace(command);
        let shared = Arc::clone(&self.shared);
        let task = key.clone();
        match command {
            Command::Survey { target } => self.spawn(task, work::view(shared, target.clone())),
            Command::Gates { step } => {
                let Some((planned, _)) = self.state.find(step) else { return };
                let context =
                    GateContext { deployment: look::context(&shared, &self.state, step), approvals: self.state.approvals().to_vec() };
                self.spawn(task, work::gates(shared, planned.gates.clone(), context));
            }
            Command::Prepare { step } => {
                let Some(action) = self.state.find(step).and_then(|(planned, _)| planned.work.action().cloned()) else { return };
                // What was seen while the gates passed again is as fresh as they are.
                let fresh = |seen: &Prepared| seen.step == *step && seen.at.elapsed() <= GATE_VALIDITY;
                match self.prepared.take().filter(fresh) {
                    Some(seen) => self.spawn(task, std::future::ready(Answer::Prepared(Ok(seen.before)))),
                    None => {
                        let context = look::context(&shared, &self.state, step);
                        self.spawn(task, work::prepare(shared, action, context));
                    }
                }
            }
            Command::Confirm { step } => self.confirm(task, step),
            Command::Tick { step, by, watches, every } => {
                if let Some(look) = Look::plan(&shared, &self.state, (step, *by), watches, *every) {
                    self.spawn(task, work::look(shared, look));
                }
            }
            Command::Effect { .. } | Command::Judge { .. } => {}
        }
        self.rest.insert(key, Instant::now() + pace);
    }

    fn pace(&self, command: &Command) -> Duration {
        match command {
            Command::Tick { every, .. } => *every,
            Command::Gates { step } => match self.state.find(step).and_then(|(_, run)| run.gate.as_ref()) {
                Some((GateVerdict::Wait { until: Some(until), .. }, _)) => until.since(self.now()).max(self.shared.options.poll),
                _ => self.shared.options.gate_poll,
            },
            Command::Confirm { step }
                if self.state.find(step).is_some_and(|(step, _)| self.state.waits_for_call(step, self.now()).is_some()) =>
            {
                self.shared.options.gate_poll
            }
            _ => self.shared.options.poll,
        }
    }

    /// A task of its own, in a span below the deployment's. A survey is of no step.
    fn spawn(&mut self, key: Key, task: impl Future<Output = Answer> + Send + 'static) {
        let (deployment, epoch, step) = (self.state.deployment(), self.lease.epoch, key.step().map(display));
        let span = tracing::info_span!("step", %deployment, step, epoch, work = key.work());
        self.running.insert(key.clone());
        self.tasks.spawn(async move { (key, task.await) }.instrument(span));
    }

    fn confirm(&mut self, key: Key, step: &StepId) {
        let shared = Arc::clone(&self.shared);
        let Some((planned, run)) = self.state.find(step) else { return };
        #[cfg(feature = "testkit")]
        if let Some(finding) = self.shared.options.defect.and_then(|defect| defect.claims(&planned.work, run.progress)) {
            return self.spawn(key, std::future::ready(Answer::Status(finding)));
        }
        match run.intent.as_deref() {
            Some(intent) if planned.work.action().is_some() => {
                let limit = self.shared.options.call_timeout;
                let context = work::effect_context(&shared, &self.state, step, intent.token.clone(), limit);
                let (call, before) = (intent.call.clone(), intent.before.clone());
                // As it is when it is asked: until the answer comes, the call may have ended.
                let waits = self.state.waits_for_call(planned, self.now());
                self.spawn(key, work::status(shared, call, context, before, waits));
            }
            _ => {
                let Some(target) = planned.target.clone() else { return };
                self.spawn(key, work::view(shared, target));
            }
        }
    }

    /// An action was prepared: what it saw becomes part of its intent.
    pub(super) async fn intend(&mut self, step: StepId, before: Value) -> Result<()> {
        let Some((planned, run)) = self.state.find(&step) else { return Ok(()) };
        let Some(action) = planned.work.action().cloned() else { return Ok(()) };
        // Looking may have taken its time.
        if !gates_hold(planned, run, self.now()) {
            self.prepared = Some(Prepared { step, before, at: Instant::now() });
            return Ok(());
        }
        if let Some(reason) = self.state.unprotected(planned, run, self.now()) {
            return self.append(Record::Found { step, finding: Finding::Failed { reason } }).await;
        }
        self.effect(step, Call::Apply { action }, before).await
    }

    /// What an action saw before its first try.
    fn seen_before(&self, step: &StepId) -> Value {
        let intent = self.state.find(step).and_then(|(_, run)| run.intent.as_deref());
        intent.map(|intent| intent.before.clone()).unwrap_or_default()
    }

    /// Journals the intent, then calls.
    async fn effect(&mut self, step: StepId, call: Call, before: Value) -> Result<()> {
        let token = self.state.token(&step);
        let image = match &call {
            Call::Undo { .. } => self.undo_image(&step),
            _ => before.clone(),
        };
        let intent = Record::Intent { step: step.clone(), token: token.clone(), call: call.clone(), before };
        self.append(intent).await?;
        // No call starts with less lease left than it may take; a renewal that takes longer than the lease lives may be an old one.
        let renewed = tokio::time::timeout(self.lease.time_to_live, self.shared.journal.renew(&self.lease)).await;
        renewed.map_err(|_| taken_over(self.state.deployment()))??;
        let Some((planned, run)) = self.state.find(&step) else { return Ok(()) };
        let limit = match run.intent.as_deref().filter(|_| planned.work.action().is_some()) {
            // Who takes over waits until then.
            Some(intent) => intent.ends.since(self.now()),
            None => self.shared.options.call_timeout,
        };
        let context = work::effect_context(&self.shared, &self.state, &step, token, limit);
        let until = Instant::now() + limit;
        let task = EffectTask { target: planned.target.clone(), context, call, before: image, until };
        let shared = Arc::clone(&self.shared);
        self.spawn(Key::Effect(step), task.run(shared));
        Ok(())
    }

    fn undo_image(&self, step: &StepId) -> Value {
        let of = self.state.find(step).and_then(|(planned, _)| match &planned.work {
            crate::plan::Work::Undo { of, .. } => Some(of.clone()),
            _ => None,
        });
        of.and_then(|of| self.state.before_image(&of).cloned()).unwrap_or_default()
    }

    /// Waits for an answer, a time, a word, or the loss of the lease.
    async fn wait(&mut self, waiting: &Waiting, stop: &mut watch::Receiver<bool>) -> Result<()> {
        let now = Instant::now();
        let wake = waiting.wake.map(|wake| now + wake.since(self.shared.clock.now()));
        let rests = waiting.commands.iter().filter_map(key).filter(|key| !self.running.contains(key));
        let rested = rests.filter_map(|key| self.rest.get(&key).copied()).min();
        let times = [wake, rested, Some(self.next_inbox)];
        let until = times.into_iter().flatten().min().unwrap_or(now).max(now + Duration::from_millis(1));
        tokio::select! {
            biased;
            () = self.keeper.lost() => Err(taken_over(self.state.deployment())),
            Some(joined) = self.tasks.join_next(), if !self.tasks.is_empty() => match joined {
                Ok((key, answer)) => {
                    self.running.remove(&key);
                    self.answered(key, answer).await
                }
                Err(error) => {
                    let message = "a plugin has panicked; the deployment is resumable, mend the plugin and drive it again";
                    Err(Error::new(ErrorKind::Failed, "drive", message).because(error))
                }
            },
            () = stop_requested(stop) => Ok(()),
            () = sleep_until(until) => Ok(()),
        }
    }
}

fn taken_over(deployment: &DeploymentId) -> Error {
    Error::new(ErrorKind::Fenced, "drive", "the lease was lost; another process may drive the deployment now")
        .with("deployment", deployment)
}

/// Ends when a stop is requested for the first time; a request that was seen is not waited for again.
async fn stop_requested(stop: &mut watch::Receiver<bool>) {
    if stop.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What must survive a power cut before anything follows from it.
fn durability(record: &Record) -> Durability {
    let lazy = match record {
        Record::Sampled { sample, .. } => sample.watches.iter().all(|watch| !matches!(watch.verdict, Verdict::Fail { .. })),
        Record::Found { finding, .. } => matches!(finding, Finding::Pending { .. } | Finding::Unreadable { .. }),
        Record::Gated { verdict, .. } => matches!(verdict, GateVerdict::Wait { .. }),
        Record::StepStarted { .. } | Record::Skipped { .. } => true,
        _ => false,
    };
    if lazy { Durability::Lazy } else { Durability::Synced }
}

fn key(command: &Command) -> Option<Key> {
    match command {
        Command::Survey { target } => Some(Key::Survey(target.clone())),
        Command::Gates { step } => Some(Key::Gates(step.clone())),
        Command::Prepare { step } => Some(Key::Prepare(step.clone())),
        Command::Confirm { step } => Some(Key::Confirm(step.clone())),
        Command::Tick { step, by, .. } => Some(Key::Tick(step.clone(), *by)),
        Command::Effect { .. } | Command::Judge { .. } => None,
    }
}
