//! One look at the candidate: targets, metrics and health checks, side by side.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;

use super::orchestrator::Shared;
use crate::{
    context::{DeploymentContext, Subject},
    engine::{Lookout, State},
    error::{Error, ErrorKind, Result},
    health::HealthContext,
    id::{PluginName, RevisionId, StepId, TargetName},
    judge::{Observation, Seen},
    metric::{MetricContext, Reading},
    plan::{Role, Step, TargetPlan, Work},
    release::Release,
    share::Percent,
    target::TargetView,
    time::{Timestamp, Window},
    watch::{Probe, Watch},
};

/// The most buckets of a latency histogram that are kept of one look.
const BUCKETS: usize = 64;

/// What to look at.
#[derive(Debug)]
pub(super) struct Look {
    /// What metrics are measured over. It is empty between two windows of the sources: then they are left out.
    pub(super) window: Window,
    /// What a report of a health check stands for.
    reported: Window,
    context: DeploymentContext,
    targets: Vec<TargetName>,
    watches: Vec<Subjected>,
}

/// One watch of one target.
#[derive(Debug)]
struct Subjected {
    name: PluginName,
    watch: Watch,
    target: TargetName,
    release: Release,
    candidate: Option<RevisionId>,
    stable: Option<RevisionId>,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) window: Window,
    pub(super) views: Vec<(TargetName, Result<TargetView>)>,
    pub(super) observations: Vec<(PluginName, TargetName, Observation)>,
}

impl Look {
    /// What to look at now; `None` if no time has passed.
    pub(super) fn plan(
        shared: &Shared,
        state: &State,
        (step, by): (&StepId, Lookout),
        names: &[PluginName],
        every: Duration,
    ) -> Option<Self> {
        let now = shared.clock.now();
        let (planned, run) = state.find(step)?;
        let watches: Vec<_> = names.iter().filter_map(|name| shared.plugins.watches.get(name).map(|watch| (name, watch))).collect();
        let from = match by {
            Lookout::Step => run.bake.last.or(run.started),
            Lookout::Guards => state.guarded_until().or(run.started),
        };
        let from = from.unwrap_or(now - every);
        let window = match window(&watches, from, now, every) {
            Some(window) => window,
            // What sources are behind with keeps nobody from seeing what is there now.
            None if now > from => Window { from, to: from },
            None => return None,
        };
        let reported = if watches.iter().any(|(_, watch)| measures(watch)) { Window { from: now - every, to: now } } else { window };
        let own = by == Lookout::Step;
        let check = own && matches!(planned.work, Work::Check { .. });
        let asked = watches.into_iter().filter(|(_, watch)| window.from < window.to || !measures(watch));
        let watches = asked.flat_map(|(name, watch)| subjects(state, planned, own, name, watch)).collect();
        let names = state.plan().targets.iter().map(|target| target.name.clone());
        let targets = names.filter(|target| serves(state, target) || (check && planned.target.as_ref() == Some(target))).collect();
        Some(Self { window, reported, context: context(shared, state, step), targets, watches })
    }

    pub(super) async fn take(self, shared: Arc<Shared>) -> Looked {
        let views = join_all(self.targets.into_iter().map(|name| async {
            let view = observe(&shared, &name).await;
            (name, view)
        }))
        .await;
        let Self { window, reported, .. } = self;
        let observations = join_all(self.watches.into_iter().map(|subject| {
            let view = views.iter().find(|(name, _)| *name == subject.target).and_then(|(_, view)| view.as_ref().ok());
            let endpoint = subject.candidate.as_ref().and_then(|id| view?.revision(id)?.preview.clone());
            let context = DeploymentContext { release: subject.release.clone(), ..self.context.clone() };
            async move {
                let window = if measures(&subject.watch) { window } else { reported };
                let seen = subject.see(context, endpoint, window).await;
                (subject.name, subject.target, Observation { window, seen })
            }
        }))
        .await;
        Looked { window, views, observations }
    }
}

/// Whom a watch looks at: the step's own target, if it is the step's own watch; if it guards, every target whose candidate has traffic.
fn subjects(state: &State, step: &Step, own: bool, name: &PluginName, watch: &Watch) -> Vec<Subjected> {
    let own = own && step.work.watches().contains(name);
    let guards = !own || state.plan().guards.contains(name);
    let looks = |target: &TargetName| (own && step.target.as_ref() == Some(target)) || (guards && serves(state, target));
    let subject = |TargetPlan { name: target, release, .. }: &TargetPlan| Subjected {
        name: name.clone(),
        watch: watch.clone(),
        target: target.clone(),
        release: release.clone(),
        candidate: state.revision(target, Role::Candidate).cloned(),
        stable: state.revision(target, Role::Stable).filter(|_| state.candidate_share(target) < Percent::ALL).cloned(),
    };
    state.plan().targets.iter().filter(|target| looks(&target.name)).map(subject).collect()
}

fn serves(state: &State, target: &TargetName) -> bool {
    state.candidate_share(target) > Percent::ZERO
}

fn measures(watch: &Watch) -> bool {
    matches!(watch.probe, Probe::Metrics { .. })
}

/// The time since the last look, as far as every source has its data, in whole steps of the coarsest source.
fn window(watches: &[(&PluginName, &Watch)], from: Timestamp, now: Timestamp, every: Duration) -> Option<Window> {
    let sources = || {
        watches.iter().filter_map(|(_, watch)| match &watch.probe {
            Probe::Metrics { source, .. } => Some(source),
            Probe::Health(_) => None,
        })
    };
    let lag = sources().map(|source| source.lag()).max();
    let resolution = sources().map(|source| source.resolution()).max().unwrap_or_default();
    let step = u64::try_from(resolution.as_millis()).unwrap_or(u64::MAX).max(1);
    let whole = |at: Timestamp| Timestamp::from_millis(at.as_millis() / step * step);
    let next = |at: Timestamp| whole(at + Duration::from_millis(step - 1));
    let (mut from, to) = match lag {
        Some(lag) => (next(from), whole(now - lag)),
        None => (from, now),
    };
    if !watches.iter().all(|(_, watch)| watch.can_backfill()) {
        from = from.max(next(to - (every * 3 / 2).max(resolution)));
    }
    (to > from).then_some(Window { from, to })
}

impl Subjected {
    async fn see(&self, deployment: DeploymentContext, endpoint: Option<crate::context::Endpoint>, window: Window) -> Seen {
        let timeout = self.watch.timeout;
        match &self.watch.probe {
            Probe::Health(check) => {
                let subject = Subject { target: self.target.clone(), endpoint };
                let context = HealthContext { deployment, subject };
                match tokio::time::timeout(timeout, check.check(&context)).await {
                    Ok(Ok(report)) => Seen::Health(report),
                    Ok(Err(error)) => Seen::Nothing { reason: error.to_string() },
                    Err(_) => Seen::Nothing { reason: format!("no report within {} s", timeout.as_secs_f64()) },
                }
            }
            Probe::Metrics { .. } => {
                let candidate = match &self.candidate {
                    Some(revision) => self.measure(&deployment, revision, window).await,
                    None => Reading::NoData { reason: "there is no candidate".into() },
                };
                let stable = match &self.stable {
                    Some(revision) => Some(self.measure(&deployment, revision, window).await),
                    None => None,
                };
                Seen::Metrics { candidate, stable }
            }
        }
    }

    async fn measure(&self, deployment: &DeploymentContext, revision: &RevisionId, window: Window) -> Reading {
        let Probe::Metrics { source, query } = &self.watch.probe else {
            return Reading::NoData { reason: "not a metric".into() };
        };
        let context = MetricContext { deployment: deployment.clone(), target: self.target.clone(), revision: revision.clone(), window };
        match tokio::time::timeout(self.watch.timeout, source.observe(query, &context)).await {
            Ok(Ok(Reading::Measured(mut measurement))) => {
                measurement.latency = measurement.latency.compacted(BUCKETS);
                Reading::Measured(measurement)
            }
            Ok(Ok(no_data)) => no_data,
            Ok(Err(error)) => Reading::NoData { reason: error.to_string() },
            Err(_) => Reading::NoData { reason: format!("no answer within {} s", self.watch.timeout.as_secs_f64()) },
        }
    }
}

/// Observes a target, within the time that a call may take.
pub(super) async fn observe(shared: &Shared, name: &TargetName) -> Result<TargetView> {
    let missing = || Error::new(ErrorKind::Incompatible, "observe", "the target is not registered").with("target", name);
    let target = shared.plugins.targets.get(name).ok_or_else(missing)?;
    let limit = shared.options.call_timeout;
    match tokio::time::timeout(limit, target.observe()).await {
        Ok(view) => view,
        Err(_) => {
            let message = format!("no answer within {} s", limit.as_secs_f64());
            Err(Error::new(ErrorKind::Unreachable, "observe", message).with("target", name))
        }
    }
}

/// What is told to who is asked about a step. A step of one target is about what that target gets.
pub(super) fn context(shared: &Shared, state: &State, step: &StepId) -> DeploymentContext {
    let plan = state.plan();
    let target = state.find(step).and_then(|(step, _)| plan.target(step.target.as_ref()?));
    DeploymentContext {
        deployment: state.deployment().clone(),
        service: plan.service.clone(),
        environment: plan.environment.clone(),
        release: target.map_or(&plan.release, |target| &target.release).clone(),
        plan: state.hash().clone(),
        author: plan.author.clone(),
        step: step.clone(),
        now: shared.clock.now(),
    }
}
