//! Putting a plan together.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    Capacity, Fault, PLAN_FORMAT, Plan, PlanFaults, Policy, Step, TargetPlan, Work,
    terms::{Digest, GateAt, Terms},
};
use crate::{
    error::{Error, Result},
    id::{Actor, EnvironmentName, PluginName, StepId, TargetName},
    migration::Phase,
    notify::Severity,
    plugins::Plugins,
    release::Release,
    strategy::{PlanContext, Strategy, StrategyPlan},
    target::Capabilities,
};

/// Collects what a deployment is made of; [`build`](PlanBuilder::build) checks all of it and tells every fault at once.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use deployment_core::{Actor, EnvironmentName, Plan, Plugins, Release, ServiceName, memory::MemoryTarget, plan::Capacity, strategy::Canary};
///
/// let plugins = Plugins::new().target("backend", MemoryTarget::builder().build())?;
/// let release = Release::new(ServiceName::new("shop")?, "2.0");
/// let plan = Plan::builder(release, EnvironmentName::new("production")?, Actor::new("ada")?)
///     .deploy("backend", Capacity::of(4), Canary::steps([10.0, 100.0])?.bake(Duration::from_secs(60)))
///     .build(&plugins)?;
/// println!("{plan}");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug)]
pub struct PlanBuilder {
    release: Release,
    environment: EnvironmentName,
    author: Actor,
    waves: Vec<Vec<Deploy>>,
    extras: Vec<Extra>,
    terms: Terms,
}

#[derive(Debug)]
struct Deploy {
    target: String,
    capacity: Capacity,
    release: Option<Release>,
    strategy: Arc<dyn Strategy>,
}

/// What is done besides deploying to targets, in the order in which it was asked for.
#[derive(Debug)]
enum Extra {
    Before(Step),
    After(Step),
    Backup(String),
    Refresh(String),
    Migrate(String),
}

impl PlanBuilder {
    pub(super) fn new(release: Release, environment: EnvironmentName, author: Actor) -> Self {
        Self { release, environment, author, waves: vec![Vec::new()], extras: Vec::new(), terms: Terms::default() }
    }

    /// Deploys the release on a target.
    #[must_use]
    pub fn deploy(self, target: &str, capacity: Capacity, strategy: impl Strategy) -> Self {
        self.add(target, capacity, None, Arc::new(strategy))
    }

    /// Deploys a release of its own on a target, for instance the frontend's beside the backend's.
    #[must_use]
    pub fn deploy_release(self, target: &str, release: Release, capacity: Capacity, strategy: impl Strategy) -> Self {
        self.add(target, capacity, Some(release), Arc::new(strategy))
    }

    /// As [`deploy`](PlanBuilder::deploy), with a strategy that is known only at run time.
    #[must_use]
    pub fn deploy_with(self, target: &str, capacity: Capacity, strategy: Arc<dyn Strategy>) -> Self {
        self.add(target, capacity, None, strategy)
    }

    pub(crate) fn add(mut self, target: &str, capacity: Capacity, release: Option<Release>, strategy: Arc<dyn Strategy>) -> Self {
        let deploy = Deploy { target: target.to_owned(), capacity, release, strategy };
        if let Some(wave) = self.waves.last_mut() {
            wave.push(deploy);
        }
        self
    }

    /// Ends a wave: what comes before is carried out whole, and is not rolled back any more if a later wave fails.
    #[must_use]
    pub fn commit(mut self) -> Self {
        self.waves.push(Vec::new());
        self
    }

    /// A step before any target is touched.
    #[must_use]
    pub fn before(self, step: Step) -> Self {
        self.extra(Extra::Before(step))
    }

    /// A step after everything has been verified.
    #[must_use]
    pub fn after(self, step: Step) -> Self {
        self.extra(Extra::After(step))
    }

    /// A backup before any target is touched, verified at the level that the policy's [`BackupRule`](super::BackupRule) names: the step
    /// `backup-NAME`. It comes where it is asked for among what is done before. For another place or level: [`Step::backup`].
    #[must_use]
    pub fn backup(self, provider: &str) -> Self {
        self.extra(Extra::Backup(provider.to_owned()))
    }

    /// The same backup once more, right before the first step that cannot be undone after the deployment, or before it where there is none
    /// after: the step `refresh-NAME`. For plans that may take longer than the policy lets a backup age, see [`Plan::warnings`].
    #[must_use]
    pub fn refresh_backup(self, provider: &str) -> Self {
        self.extra(Extra::Refresh(provider.to_owned()))
    }

    /// A migration, when its [`Phase`] says: what expands or moves data before any target is touched, what contracts after
    /// everything has been verified and the old version is gone. The step is `migrate-NAME`; it is taken back on the way back, or a point
    /// of no return. For another place: [`Step::migration`].
    #[must_use]
    pub fn migrate(self, migration: &str) -> Self {
        self.extra(Extra::Migrate(migration.to_owned()))
    }

    fn extra(mut self, extra: Extra) -> Self {
        self.extras.push(extra);
        self
    }

    /// A gate before the first step.
    #[must_use]
    pub fn gate(self, gate: &str) -> Self {
        self.add_gate(GateAt::Start, gate)
    }

    /// A gate before the first production traffic.
    #[must_use]
    pub fn gate_traffic(self, gate: &str) -> Self {
        self.add_gate(GateAt::Traffic, gate)
    }

    /// A gate before the step with this id.
    #[must_use]
    pub fn gate_step(self, step: &str, gate: &str) -> Self {
        self.add_gate(GateAt::Step(step.to_owned()), gate)
    }

    fn add_gate(mut self, at: GateAt, gate: &str) -> Self {
        self.terms.gate(at, gate);
        self
    }

    /// A watch that runs through every wait from the first to the last traffic step.
    #[must_use]
    pub fn guard(mut self, watch: &str) -> Self {
        self.terms.guard(watch);
        self
    }

    /// Tells a notifier the events of this severity and above. A plan that names none tells every notifier everything.
    #[must_use]
    pub fn notify(mut self, notifier: &str, from: Severity) -> Self {
        self.terms.notify(notifier, from);
        self
    }

    /// What is done when things go otherwise.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.terms.policy = policy;
        self
    }

    /// Refuses a release without a digest.
    #[must_use]
    pub fn require_digest(mut self) -> Self {
        self.terms.require_digest();
        self
    }

    /// The same on an environment's terms.
    pub(crate) fn on(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// Checks everything and makes the plan.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with every fault found ([`PlanFaults`] is the error's source).
    pub fn build(self, plugins: &Plugins) -> Result<Plan> {
        let mut faults = Vec::new();
        let (targets, mut steps) = self.compose(plugins, &mut faults);
        self.place_gates(&mut steps, &mut faults);
        let guards = self.terms.guards.iter().filter_map(|name| named(name, &mut faults)).collect();
        let notices = self.terms.routing(&mut faults);
        let strategy = self.strategies();
        let mut plan = Plan {
            format: PLAN_FORMAT,
            service: self.release.service.clone(),
            environment: self.environment,
            author: self.author,
            release: self.release,
            strategy,
            targets,
            plugins: BTreeMap::new(),
            guards,
            notices,
            steps,
            policy: self.terms.policy,
        };
        for name in plan.named_plugins() {
            if let Some(description) = plugins.describe(&name) {
                plan.plugins.insert(name, description);
            }
        }
        faults.extend(plan.faults());
        faults.extend(plan.faults_with(plugins));
        if self.terms.digest == Digest::Required {
            faults.extend(
                plan.targets
                    .iter()
                    .filter_map(|target| target.release.require_digest().err())
                    .map(|error| Fault::new("release.artifact", error)),
            );
        }
        if faults.is_empty() { Ok(plan) } else { Err(PlanFaults::new(faults).into()) }
    }

    fn strategies(&self) -> String {
        let mut all: Vec<_> = self.waves.iter().flatten().map(|deploy| deploy.strategy.describe()).collect();
        all.dedup();
        all.join("; ")
    }

    fn compose(&self, plugins: &Plugins, faults: &mut Vec<Fault>) -> (Vec<TargetPlan>, Vec<Step>) {
        let (mut steps, after) = self.place_extras(plugins, faults);
        let mut targets = Vec::new();
        for (number, wave) in self.waves.iter().enumerate().filter(|(_, wave)| !wave.is_empty()) {
            if number > 0 && !targets.is_empty() {
                steps.push(Step::new(StepId::made(format!("commit-{number}")), Work::Commit));
            }
            let mut parts = Vec::new();
            for deploy in wave {
                if let Some((target, part)) = self.plan_target(deploy, plugins, faults) {
                    parts.push((target.name.clone(), part));
                    targets.push(target);
                }
            }
            let verify = |name: &TargetName| Step::new(StepId::made(format!("{name}/verify")), Work::Verify).on(name.clone());
            steps.extend(parts.iter().flat_map(|(_, part)| part.prepare.clone()));
            steps.extend(parts.iter().flat_map(|(_, part)| part.shift.clone()));
            steps.extend(parts.iter().flat_map(|(_, part)| part.finish.clone()));
            steps.extend(parts.iter().map(|(name, _)| verify(name)));
        }
        steps.extend(after);
        (targets, steps)
    }

    /// What is done before any target is touched, and after everything has been verified.
    fn place_extras(&self, plugins: &Plugins, faults: &mut Vec<Fault>) -> (Vec<Step>, Vec<Step>) {
        let (mut before, mut after, mut refreshed) = (Vec::new(), Vec::new(), Vec::new());
        let level = self.terms.policy.backup.level();
        for extra in &self.extras {
            let placed = match extra {
                Extra::Before(step) => Ok((&mut before, step.clone())),
                Extra::After(step) => Ok((&mut after, step.clone())),
                Extra::Backup(name) => Step::backup(&format!("backup-{name}"), name, level).map(|step| (&mut before, step)),
                Extra::Refresh(name) => Step::backup(&format!("refresh-{name}"), name, level).map(|step| (&mut refreshed, step)),
                Extra::Migrate(name) => {
                    migration(name, plugins).map(|(phase, step)| (if phase == Phase::Contract { &mut after } else { &mut before }, step))
                }
            };
            match placed {
                Ok((steps, step)) => steps.push(step),
                Err(error) => faults.push(Fault::new("plugin", error)),
            }
        }
        let place = [&mut after, &mut before].into_iter().find_map(|steps| Some((steps.iter().position(Step::is_irreversible)?, steps)));
        match place {
            Some((at, steps)) => steps.splice(at..at, refreshed).for_each(drop),
            None => faults.extend(refreshed.iter().map(|step| {
                let message = format!("{} has no place: there is no migration or action that cannot be undone; leave it out", step.id);
                Fault::new("policy.backup", message)
            })),
        }
        (before, after)
    }

    fn plan_target(&self, deploy: &Deploy, plugins: &Plugins, faults: &mut Vec<Fault>) -> Option<(TargetPlan, StrategyPlan)> {
        let name = TargetName::new(&deploy.target).map_err(|error| faults.push(Fault::new("target", error))).ok()?;
        let Some(target) = plugins.targets.get(&name) else {
            faults.push(Fault::new("target", format!("{name} is deployed to but not registered; add it with Plugins::target")));
            return None;
        };
        let can = target.capabilities();
        let needing_baseline = plugins.watches.iter().filter(|(_, watch)| watch.needs_baseline()).map(|(name, _)| name.clone()).collect();
        let context = PlanContext { target: name.clone(), capacity: deploy.capacity, can, needing_baseline };
        let part = deploy.strategy.plan(&context).map_err(|error| faults.push(Fault::new("strategy", error))).ok();
        // A strategy of somebody's own may have forgotten what its test rules need.
        let tests = part.iter().flat_map(StrategyPlan::steps).flat_map(|step| step.work.test_needs());
        let needs = deploy.strategy.needs(&context.can).and(tests);
        for missing in context.can.missing(&needs) {
            let message = format!("{name} cannot {missing}, which \"{}\" needs; choose another strategy", deploy.strategy.describe());
            faults.push(Fault::new("target", message));
        }
        let mut part = part?;
        part.prepare.iter_mut().chain(&mut part.shift).chain(&mut part.finish).for_each(|step| make_room(step, plugins));
        Some((self.target_plan(deploy, name, needs, target.as_ref()), part))
    }

    fn target_plan(&self, deploy: &Deploy, name: TargetName, needs: Capabilities, target: &dyn crate::target::Target) -> TargetPlan {
        TargetPlan {
            name,
            description: target.describe(),
            release: deploy.release.clone().unwrap_or_else(|| self.release.clone()),
            capacity: deploy.capacity,
            needs,
            read_lag: target.read_lag(),
        }
    }

    fn place_gates(&self, steps: &mut [Step], faults: &mut Vec<Fault>) {
        for (at, gate) in &self.terms.gates {
            let Some(gate) = named(gate, faults) else { continue };
            let step = match at {
                GateAt::Start => steps.first_mut(),
                GateAt::Traffic => steps.iter_mut().find(|step| step.gives_traffic()),
                GateAt::Step(id) => steps.iter_mut().find(|step| step.id.as_str() == id),
            };
            match step {
                Some(step) => step.gates.push(gate),
                None => faults.push(Fault::new("gate", format!("{gate} is for a step that the plan does not have: {at:?}"))),
            }
        }
    }
}

/// A strategy does not know how long its checks look, a validation suite for instance: one whole look must fit.
fn make_room(step: &mut Step, plugins: &Plugins) {
    if let Work::Check { watches } = &step.work {
        let longest = watches.iter().filter_map(|name| plugins.watches.get(name)).map(|watch| watch.timeout).max();
        step.deadline = step.deadline.max(longest.unwrap_or_default().saturating_add(Duration::from_secs(60)));
    }
}

/// The step of a migration, and its phase.
fn migration(name: &str, plugins: &Plugins) -> Result<(Phase, Step)> {
    let known = PluginName::new(name)?;
    let known = plugins
        .migrations
        .get(&known)
        .ok_or_else(|| Error::invalid("migration", format!("there is none named {name}; register it with Plugins::migration")))?;
    Ok((known.phase(), Step::migration(&format!("migrate-{name}"), name, known.as_ref())?))
}

pub(super) fn named(name: &str, faults: &mut Vec<Fault>) -> Option<PluginName> {
    PluginName::new(name).map_err(|error| faults.push(Fault::new("plugin", error))).ok()
}
