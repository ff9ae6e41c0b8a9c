//! How one record changes the state.

use super::{
    course::{Course, Intent, Progress, StepRun},
    record::{Accepted, Call, Finding, Lookout, Record, Sample, Survey, TimeUp},
    retry,
    state::{Reversal, State, Track, corrupt},
};
use crate::{
    backup::Backup,
    error::{Failure, Result, Status},
    gate::GateVerdict,
    id::{RevisionId, StepId},
    journal::Entry,
    judge::Verdict,
    plan::{Inconclusive, Role, WayBack, Work},
    share::{Routes, Split},
    time::Timestamp,
};

/// How many looks in a row may find the candidate unwell on its target.
const UNWELL_LIMIT: u32 = 3;

impl State {
    /// Takes one more record.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if it does not follow from the records before it: this library did not write it there.
    pub fn apply(&mut self, entry: &Entry) -> Result<()> {
        if entry.sequence != self.sequence || entry.epoch < self.epoch {
            return Err(corrupt("a record is out of order", entry.sequence).with("expected", self.sequence));
        }
        self.sequence += 1;
        self.now = self.now.max(entry.at);
        let at = self.now;
        match &entry.record {
            Record::Started { .. } => return Err(corrupt("a second start", entry.sequence)),
            Record::Took { .. } => self.take(entry.epoch, at),
            Record::Surveyed { target, survey } => self.survey_found(target, survey, at, entry.sequence)?,
            Record::TimeUp { step: None, what } => self.time_up(*what),
            Record::Signalled { signal, refused } => self.signalled(signal, refused.as_ref(), at),
            Record::ReversalPlanned { steps } => {
                self.reversals += 1;
                self.back = Some(Course::new(steps.clone().into(), at));
            }
            Record::ClosingPlanned { steps } => self.closing = Some(Course::new(steps.clone().into(), at)),
            Record::Halted { reason } => self.halt(reason.clone()),
            Record::Parked { .. } => {}
            Record::Finished { outcome } => self.outcome = Some(outcome.clone()),
            record => self.apply_to_step(record, at, entry.sequence)?,
        }
        Ok(())
    }

    /// The records about the current step.
    fn apply_to_step(&mut self, record: &Record, at: Timestamp, sequence: u64) -> Result<()> {
        let step = step_of(record).ok_or_else(|| corrupt("a record about no step", sequence))?;
        if self.doubted_or_current().is_none_or(|current| current != *step) {
            return Err(corrupt("a record about a step that is not current", sequence).with("step", step));
        }
        match record {
            Record::StepStarted { .. } => self.with_run(|run| run.start(sequence, at)),
            Record::Gated { verdict, .. } => self.gated(verdict, at),
            Record::Intent { token, call, before, .. } => {
                let limit = self.course().current().map_or(at, |(step, run)| self.limit(step, run));
                let intent = Intent { token: token.clone(), call: call.clone(), before: before.clone(), ends: limit.max(at) };
                self.intended(intent, at);
            }
            Record::Returned { result: Ok(accepted), .. } => self.accepted(accepted, at),
            Record::BackedUp { backup, .. } => self.backed_up(backup, at),
            Record::Returned { result: Err(failure), .. } => self.call_failed(failure, at),
            Record::Found { finding, .. } => self.found(finding, at),
            Record::Sampled { sample, .. } => self.sampled(sample, at),
            Record::BakeRestarted { .. } => self.with_run(|run| run.bake = super::BakeProgress::again(sequence, at)),
            Record::Judged { verdict, .. } => self.judged(verdict, at),
            Record::TimeUp { what, .. } => self.step_time_up(*what, at),
            Record::StepDone { .. } | Record::Skipped { .. } => self.course_mut().advance(at),
            _ => return Err(corrupt("a record that is not about a step", sequence)),
        }
        Ok(())
    }

    fn doubted_or_current(&self) -> Option<StepId> {
        self.course().current().map(|(step, _)| step.id.clone())
    }

    fn with_run(&mut self, change: impl FnOnce(&mut StepRun)) {
        if let Some(run) = self.course_mut().current_run() {
            change(run);
        }
    }

    fn take(&mut self, epoch: u64, at: Timestamp) {
        self.epoch = epoch;
        self.survey_again(at);
        self.leave_call(at);
        self.course_mut().restart_clock(at);
    }

    /// Every target must be looked at again before anything else is done.
    pub(super) fn survey_again(&mut self, at: Timestamp) {
        self.surveying_since = at;
        for target in &mut self.targets {
            target.surveyed = None;
        }
    }

    fn survey_found(&mut self, name: &crate::id::TargetName, survey: &Survey, at: Timestamp, sequence: u64) -> Result<()> {
        let planned = self.plan.target(name).map(|target| target.release.clone());
        let skip = self.plan.policy.redeploy == crate::plan::Redeploy::Skip;
        let target = self.target_mut(Some(name)).ok_or_else(|| corrupt("a record about an unknown target", sequence))?;
        target.surveyed = Some(at);
        match survey {
            Survey::Baseline { stable, routes } => {
                let runs = stable.as_ref().and_then(|stable| stable.release.as_deref());
                target.unchanged = skip && runs.zip(planned.as_ref()).is_some_and(|(runs, planned)| runs.runs_the_same_as(planned));
                target.stable.clone_from(stable);
                target.stable_now.clone_from(stable);
                target.routes.clone_from(routes);
            }
            Survey::AsExpected { stable, candidate, fallback, rollout, .. } => {
                target.stable_now.clone_from(stable);
                target.rollout = *rollout;
                if let Some(candidate) = candidate {
                    target.candidate = Some(candidate.id.clone());
                }
                if let Some(fallback) = fallback {
                    target.fallback = Some(fallback.id.clone());
                }
            }
            // On the way out nothing depends on it any more: no target was changed.
            Survey::Unclean { reason } if self.reversal.is_none() => self.fail(format!("{name}: {reason}"), at),
            Survey::Unclean { .. } => {}
            // Closed as it is, whatever that is.
            Survey::Drifted { .. } if self.closed.is_some() => {}
            Survey::Drifted { reason } => self.halt(format!("{name} has drifted: {reason}")),
        }
        Ok(())
    }

    fn gated(&mut self, verdict: &GateVerdict, at: Timestamp) {
        self.with_run(|run| run.gate = Some((verdict.clone(), at)));
        if let GateVerdict::Reject { reason } = verdict {
            self.fail(format!("a gate rejects: {reason}"), at);
        }
    }

    fn intended(&mut self, intent: Intent, at: Timestamp) {
        let name = self.current_target();
        if self.course().current().is_some_and(|(step, _)| step.gives_traffic()) {
            self.guarded = self.guarded.or(Some(at));
        }
        if let Some(target) = self.target_mut(name.as_ref()).filter(|_| !is_action(&intent.call)) {
            target.changed = Some(at);
            match &intent.call {
                Call::Route { routes } => target.routing = Some(routes.clone()),
                Call::Launch { role: Role::Candidate, .. } => target.token = Some(intent.token.clone()),
                Call::Launch { role: Role::Fallback, .. } => target.fallback_token = Some(intent.token.clone()),
                Call::Retire { revision } if target.stable.as_ref().is_some_and(|stable| stable.id == *revision) => {
                    target.stable_removed = true;
                }
                Call::Replace { role, .. } => {
                    (target.replacing, target.stable_removed) = (true, true);
                    if *role == Role::Candidate {
                        target.token = Some(intent.token.clone());
                    }
                }
                _ => {}
            }
        }
        self.with_run(|run| {
            run.attempts += 1;
            run.progress = Progress::Asked;
            run.failure = None;
            run.intent = Some(Box::new(intent));
        });
    }

    fn current_target(&self) -> Option<crate::id::TargetName> {
        self.course().current().and_then(|(step, _)| step.target.clone())
    }

    fn current_call(&self) -> Option<Call> {
        self.course().current().and_then(|(_, run)| run.intent.as_deref()).map(|intent| intent.call.clone())
    }

    fn accepted(&mut self, accepted: &Accepted, at: Timestamp) {
        let Some(call) = self.current_call() else { return };
        self.launched(&call, accepted.revision.as_ref(), at);
        self.with_run(|run| run.progress = Progress::Accepted);
        // An action's `apply` and `undo` return when the effect is there.
        if is_action(&call) {
            self.course_mut().advance(at);
        }
    }

    /// A provider's clock that is ahead makes a backup no younger than its record.
    fn backed_up(&mut self, backup: &Backup, at: Timestamp) {
        let backup = Backup { taken_at: backup.taken_at.min(at), ..backup.clone() };
        self.with_run(|run| run.backup = Some(Box::new(backup)));
        self.course_mut().advance(at);
    }

    /// A launch has named its revision.
    fn launched(&mut self, call: &Call, revision: Option<&RevisionId>, at: Timestamp) {
        let name = self.current_target();
        let Some(target) = self.target_mut(name.as_ref()) else { return };
        if !is_action(call) {
            target.changed = Some(at);
        }
        let (Call::Launch { role, .. } | Call::Replace { role, .. }, Some(revision)) = (call, revision) else { return };
        match role {
            Role::Candidate => target.candidate = Some(revision.clone()),
            Role::Fallback => target.fallback = Some(revision.clone()),
            Role::Stable => {}
        }
    }

    fn call_failed(&mut self, failure: &Failure, at: Timestamp) {
        let token = self.course().current().map(|(step, _)| self.token(&step.id));
        let again = failure.status == Status::Temporary || failure.kind.is_access();
        self.with_run(|run| {
            run.failure = Some(failure.clone());
            run.progress = match (failure.status, token) {
                (Status::InDoubt, _) => Progress::InDoubt { since: at },
                (_, Some(token)) if again => Progress::Backoff { until: at + retry::backoff(&token, run.attempts) },
                _ => Progress::Idle,
            };
        });
        if failure.status != Status::InDoubt && !again {
            self.fail(failure.message.clone(), at);
        }
    }

    fn found(&mut self, finding: &Finding, at: Timestamp) {
        self.with_run(|run| run.finding = Some(finding.clone()));
        match finding {
            Finding::Pending { .. } | Finding::Unreadable { .. } => {}
            Finding::Happened { revision } => {
                if let Some(call) = self.current_call() {
                    self.launched(&call, revision.as_ref(), at);
                }
                self.with_run(|run| run.progress = Progress::Accepted);
            }
            Finding::Absent => self.absent(),
            Finding::Partial => self.with_run(|run| (run.progress, run.partial) = (Progress::Idle, true)),
            Finding::Confirmed { revision } => self.confirmed(revision.as_ref(), at),
            Finding::Failed { reason } => self.fail(reason.clone(), at),
            Finding::Drifted { reason } => self.halt(format!("drifted: {reason}")),
            Finding::Undecidable { reason } => self.halt(format!("uncertain: {reason}; resolve it as done or not done")),
        }
    }

    /// It is not there: it is asked for again, or for the first time if it was taken for a revision that an earlier way back had left.
    fn absent(&mut self) {
        if self.course().current().is_some_and(|(step, _)| matches!(step.work, Work::Launch { role: Role::Fallback, .. })) {
            let name = self.current_target();
            if let Some(target) = self.target_mut(name.as_ref()) {
                target.fallback = None;
            }
        }
        self.with_run(|run| run.progress = Progress::Idle);
    }

    fn confirmed(&mut self, revision: Option<&RevisionId>, at: Timestamp) {
        if let Some(call) = self.current_call() {
            self.launched(&call, revision, at);
            let name = self.current_target();
            if let Some(target) = self.target_mut(name.as_ref()) {
                match &call {
                    Call::Route { routes } => {
                        target.routes = routes.clone();
                        target.routing = None;
                    }
                    Call::Replace { role, .. } => {
                        target.replacing = false;
                        if let Some(revision) = revision {
                            target.routes = Routes { split: Split::all(revision), tests: Vec::new() };
                            if *role == Role::Stable
                                && let Some(stable) = &mut target.stable
                            {
                                stable.id = revision.clone();
                            }
                        }
                    }
                    Call::Retire { revision } if target.fallback.as_ref() == Some(revision) => {
                        (target.fallback, target.fallback_token) = (None, None);
                    }
                    Call::Scale { revision, count } => {
                        if let Some(stable) = target.stable_now.as_mut().filter(|stable| stable.id == *revision) {
                            stable.desired = *count;
                        }
                    }
                    _ => {}
                }
            }
        }
        self.course_mut().advance(at);
    }

    fn sampled(&mut self, sample: &Sample, at: Timestamp) {
        let unwell = sample.targets.iter().find_map(|(name, finding)| match finding {
            Finding::Failed { reason } => Some(format!("{name}: {reason}")),
            _ => None,
        });
        let drifted = sample.targets.iter().find_map(|(name, finding)| match finding {
            Finding::Drifted { reason } => Some(format!("{name} has drifted: {reason}")),
            _ => None,
        });
        let unread = sample.targets.iter().any(|(_, finding)| matches!(finding, Finding::Unreadable { .. }));
        let covered = !unread && sample.window.from < sample.window.to && sample.watches.iter().all(|watch| watch.observation.has_data());
        let checks = self.course().current().is_some_and(|(step, _)| matches!(step.work, Work::Check { .. }));
        if sample.by == Lookout::Guards || !checks {
            self.guarded = self.guarded.max(Some(sample.window.to));
        }
        self.with_run(|run| {
            run.bake.unwell = if unwell.is_some() { run.bake.unwell + 1 } else { 0 };
            if sample.by == Lookout::Guards {
                return;
            }
            // A look that was planned before the bake began, or began again, may also show what was before.
            let covered = covered && run.started.is_some() && run.bake.last.is_none_or(|last| sample.window.from >= last);
            run.bake.last = run.bake.last.max(Some(sample.window.to));
            if covered {
                run.bake.covered += sample.window.length();
                run.bake.samples += 1;
            }
        });
        let failed = sample.watches.iter().find_map(|watch| match &watch.verdict {
            Verdict::Fail { reason } => Some(format!("{}: {reason}", watch.watch)),
            _ => None,
        });
        let limit = self.course().current().is_some_and(|(_, run)| run.bake.unwell >= UNWELL_LIMIT);
        match (drifted, failed, unwell) {
            (Some(drift), _, _) => self.halt(drift),
            (None, Some(reason), _) => self.fail(reason, at),
            (None, None, Some(reason)) if limit => self.fail(reason, at),
            _ => {}
        }
    }

    fn judged(&mut self, verdict: &Verdict, at: Timestamp) {
        let check = self.course().current().is_some_and(|(step, _)| matches!(step.work, Work::Check { .. }));
        match verdict {
            Verdict::Continue => self.course_mut().advance(at),
            Verdict::Fail { reason } => self.fail(reason.clone(), at),
            // A check looks again until it knows, or its deadline passes.
            Verdict::Inconclusive { reason } if check => self.with_run(|run| {
                run.bake.judged_at = run.bake.samples;
                run.finding = Some(Finding::Pending { reason: reason.clone() });
            }),
            Verdict::Inconclusive { reason } => self.inconclusive(reason, at),
        }
    }

    fn inconclusive(&mut self, reason: &str, at: Timestamp) {
        match self.plan.policy.on_inconclusive {
            Inconclusive::RollBack => self.fail(format!("inconclusive: {reason}"), at),
            Inconclusive::Halt => self.halt(format!("inconclusive: {reason}")),
            Inconclusive::Ask => self.with_run(|run| {
                run.bake.asks = true;
                run.clock_from = at;
            }),
        }
    }

    fn time_up(&mut self, what: TimeUp) {
        match what {
            TimeUp::ExpectedDuration => self.overran = true,
            _ => self.halt("not every target could be observed in time; nothing was changed since".into()),
        }
    }

    fn step_time_up(&mut self, what: TimeUp, at: Timestamp) {
        let Some((step, run)) = self.course().current() else { return };
        let (id, deadline, bakes) =
            (step.id.clone(), step.deadline.as_secs_f64(), matches!(step.work, Work::Bake { .. }) && !run.bake.asks);
        let unreachable = match (&run.finding, &run.failure) {
            (Some(Finding::Unreadable { failure }), _) | (None, Some(failure)) if failure.kind.is_access() => Some(failure.message.clone()),
            _ => None,
        };
        let missing = match &run.finding {
            Some(Finding::Pending { reason }) => format!(": {reason}"),
            _ => run.failure.as_ref().map(|failure| format!(": {}", failure.message)).unwrap_or_default(),
        };
        match what {
            TimeUp::Pause => self.course_mut().advance(at),
            TimeUp::GateDeadline => self.fail(format!("the gates of {id} did not pass in time"), at),
            // A backup that may be there harms nobody, and is asked for again by its name.
            _ if matches!(step.work, Work::Backup { .. }) => self.fail(format!("{id} was not done within {deadline} s{missing}"), at),
            _ if self.in_doubt() => {
                self.halt(format!("uncertain: nobody can tell within {deadline} s whether {id} happened; resolve it as done or not done"));
            }
            _ => match unreachable {
                Some(message) => self.halt(format!("{id} could not be carried out or confirmed within {deadline} s: {message}")),
                None if bakes => self.inconclusive(&format!("{id} was not covered by observations within {deadline} s"), at),
                None => self.fail(format!("{id} was not done within {deadline} s{missing}"), at),
            },
        }
    }

    pub(super) fn halt(&mut self, reason: String) {
        self.halt = Some(reason);
    }

    /// Something went wrong on the way: go back, or halt where there is no way back.
    pub(super) fn fail(&mut self, reason: String, at: Timestamp) {
        match self.track() {
            Track::Forward if self.reversal.is_some() => {}
            Track::Forward if self.past_return() => {
                self.halt(format!("{reason}; there is no way back from here"));
            }
            Track::Forward => self.reverse(reason, self.plan.policy.way_back.clone(), at),
            Track::Back if self.cut_ramp(at) => {}
            Track::Back | Track::Closing => {
                // The way back is never rolled back; a step without effect is asked for again after a retry.
                let id = self.course().current().map(|(step, _)| step.id.to_string()).unwrap_or_default();
                self.halt(format!("{id}: {reason}"));
            }
        }
    }

    /// Begins the way back.
    pub(super) fn reverse(&mut self, cause: String, way: WayBack, at: Timestamp) {
        self.reversal = Some(Reversal { cause, way, at });
        self.survey_again(at);
        self.with_run(|run| run.clock_from = at);
    }

    /// While traffic goes back by falling shares and the candidate fails, it goes back at once: the rest of the ramp is left out.
    fn cut_ramp(&mut self, at: Timestamp) -> bool {
        let mut cut = false;
        while self.course().current().is_some_and(|(step, _)| is_ramp(&step.work)) {
            self.course_mut().advance(at);
            cut = true;
        }
        cut
    }
}

/// Whether a step of the way back belongs to its ramp.
fn is_ramp(work: &Work) -> bool {
    matches!(work, Work::Pause { .. } | Work::Route { to: Role::Candidate, .. })
}

fn is_action(call: &Call) -> bool {
    matches!(call, Call::Backup { .. } | Call::Apply { .. } | Call::Undo { .. })
}

fn step_of(record: &Record) -> Option<&StepId> {
    match record {
        Record::StepStarted { step }
        | Record::Gated { step, .. }
        | Record::Intent { step, .. }
        | Record::Returned { step, .. }
        | Record::BackedUp { step, .. }
        | Record::Found { step, .. }
        | Record::Sampled { step, .. }
        | Record::BakeRestarted { step, .. }
        | Record::Judged { step, .. }
        | Record::TimeUp { step: Some(step), .. }
        | Record::StepDone { step }
        | Record::Skipped { step, .. } => Some(step),
        _ => None,
    }
}
