//! The stage's own way from one revision to the next: instance by instance, one more than needed at a time.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    super::wire::{Happening, Refusal, RefusalKind, Replace, RolloutState, RolloutView, Routes, WHOLE},
    orders::{refuse_behaviour, refuse_size},
    state::{Service, State},
};

/// A new revision whose processes ended unasked so often is given up at once.
const CRASHES: u32 = 3;
/// How long the old revision may take to be whole again on the way back.
const WAY_BACK: Duration = Duration::from_secs(60);

/// A rollout that the stage runs or ran.
pub(crate) struct Rollout {
    pub(super) view: RolloutView,
    stop_asked: bool,
}

/// What one rollout has to do.
struct Plan {
    token: String,
    /// The revision that serves, and its size.
    from: Option<(String, u32)>,
    to: String,
    instances: u32,
    healthy_within: Duration,
}

impl Service {
    /// Begins a rollout and returns the new revision's id.
    pub(crate) fn replace(self: &Arc<Self>, order: &Replace) -> Result<String, Refusal> {
        refuse_size(order.instances)?;
        refuse_behaviour(&order.release)?;
        let plan = self.with(|state| {
            state.refuse_during_rollout()?;
            let from = state.serving()?;
            let to = self.found(state, &order.effect, &order.release, 1);
            let view = RolloutView {
                token: order.effect.token.clone(),
                from: from.as_ref().map(|(id, _)| id.clone()),
                to: to.clone(),
                state: RolloutState::InProgress,
                rolling_back: false,
                reason: None,
            };
            state.rollouts.push(Rollout { view, stop_asked: false });
            let healthy_within = Duration::from_millis(order.healthy_within_ms);
            Ok(Plan { token: order.effect.token.clone(), from, to, instances: order.instances, healthy_within })
        })?;
        let to = plan.to.clone();
        tokio::spawn(Arc::clone(self).run(plan));
        Ok(to)
    }

    /// Asks a rollout to go back. One that has ended stays as it is.
    pub(crate) fn stop(&self, token: &str) -> Result<(), Refusal> {
        self.with(|state| {
            let rollout = state.rollout(token).ok_or_else(|| Refusal::unknown("rollout", token))?;
            rollout.stop_asked = true;
            Ok(())
        })
    }

    async fn run(self: Arc<Self>, plan: Plan) {
        let (state, message) = match self.forward(&plan).await {
            Ok(()) => (RolloutState::Completed, "the new revision serves".to_owned()),
            Err(reason) => {
                self.note(&plan, RolloutState::InProgress, Some(&reason), &format!("going back: {reason}"));
                match self.back(&plan).await {
                    Ok(()) => (RolloutState::RolledBack, format!("rolled back: {reason}")),
                    Err(second) => (RolloutState::Failed, format!("{reason}; and on the way back: {second}")),
                }
            }
        };
        self.note(&plan, state, None, &message);
    }

    async fn forward(self: &Arc<Self>, plan: &Plan) -> Result<(), String> {
        for number in 1..=plan.instances {
            self.with(|state| self.staff(state, &plan.to, number));
            self.healthy(plan, number).await?;
            if let Some((old, size)) = &plan.from {
                let share = WHOLE * number / plan.instances;
                self.shift(Routes::split([(plan.to.as_str(), share), (old.as_str(), WHOLE - share)]));
                let rest = size - size * number / plan.instances;
                self.with(|state| self.staff(state, old, rest));
            }
            self.note(plan, RolloutState::InProgress, None, &format!("{number} of {} instances are healthy", plan.instances));
        }
        self.shift(Routes::all_to(&plan.to));
        if let Some((old, _)) = &plan.from {
            self.send_away(old);
        }
        Ok(())
    }

    /// The old revision is made whole before the traffic returns to it, and the new one goes last.
    async fn back(self: &Arc<Self>, plan: &Plan) -> Result<(), String> {
        if let Some((old, size)) = &plan.from {
            self.with(|state| self.staff(state, old, *size));
            let whole = |state: &State| (state.get(old)?.healthy() >= *size as usize).then_some(());
            let found = self.wait(Instant::now() + WAY_BACK, whole).await;
            found.ok_or_else(|| format!("revision {old:?} did not become whole again"))?;
            self.shift(Routes::all_to(old));
        } else {
            self.shift(Routes::default());
        }
        self.send_away(&plan.to);
        Ok(())
    }

    /// Waits until `number` instances of the new revision are healthy.
    async fn healthy(&self, plan: &Plan, number: u32) -> Result<(), String> {
        let answer = |state: &State| {
            let stop_asked = state.rollouts.iter().any(|rollout| rollout.view.token == plan.token && rollout.stop_asked);
            let Some(revision) = state.get(&plan.to) else {
                return Some(Err("the new revision is gone".to_owned()));
            };
            if stop_asked {
                return Some(Err("it was asked to stop".to_owned()));
            }
            if revision.crashes >= CRASHES {
                return Some(Err(format!("the new revision crashed {} times", revision.crashes)));
            }
            (revision.healthy() >= number as usize).then_some(Ok(()))
        };
        let found = self.wait(Instant::now() + plan.healthy_within, answer).await;
        found.unwrap_or_else(|| Err(format!("instance {number} was not healthy within {:?}", plan.healthy_within)))
    }

    /// Sets the split and leaves test rules as they are.
    fn shift(&self, split: Routes) {
        let routes = self.with(|state| {
            let tests = std::mem::take(&mut state.routes.tests);
            state.set_routes(Routes { tests, ..split });
            state.routes.clone()
        });
        self.happened(Happening::Routed { routes });
    }

    fn send_away(&self, revision: &str) {
        self.happened(Happening::Retiring { revision: revision.to_owned() });
        let gone = self.with(|state| {
            state.routes.tests.retain(|rule| rule.revision != revision);
            state.dismiss(revision)
        });
        self.retired(gone);
    }

    fn note(&self, plan: &Plan, state: RolloutState, turned: Option<&str>, message: &str) {
        self.with(|all| {
            let Some(rollout) = all.rollout(&plan.token) else {
                return;
            };
            rollout.view.state = state;
            rollout.view.rolling_back |= turned.is_some();
            if turned.is_some() || state == RolloutState::Failed {
                rollout.view.reason = Some(turned.unwrap_or(message).to_owned());
            }
        });
        self.happened(Happening::Rollout { revision: plan.to.clone(), state, message: message.to_owned() });
    }
}

impl State {
    /// While the stage itself moves a service nobody else may.
    pub(super) fn refuse_during_rollout(&self) -> Result<(), Refusal> {
        match self.rollouts.last() {
            Some(rollout) if rollout.view.state == RolloutState::InProgress => {
                let message = format!("rollout {:?} is in progress: stop it first", rollout.view.token);
                Err(Refusal::new(RefusalKind::RolloutInProgress, message))
            }
            _ => Ok(()),
        }
    }

    fn rollout(&mut self, token: &str) -> Option<&mut Rollout> {
        self.rollouts.iter_mut().find(|rollout| rollout.view.token == token)
    }

    /// The one revision that serves, and its size; `None` before the first deployment.
    fn serving(&self) -> Result<Option<(String, u32)>, Refusal> {
        let mut weighted = self.routes.split.iter().filter(|(_, share)| **share > 0);
        let Some((revision, _)) = weighted.next() else {
            return Ok(None);
        };
        if weighted.next().is_some() {
            return Err(Refusal::invalid("the traffic is split between revisions: there is not one to replace"));
        }
        let size = u32::try_from(self.living(revision)?.instances.len()).unwrap_or(u32::MAX);
        Ok(Some((revision.clone(), size)))
    }
}
