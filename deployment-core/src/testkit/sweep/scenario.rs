//! What is deployed, where, and what goes wrong besides crashes.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::Defect;
use crate::{
    error::Result,
    gate::{Gate, GateContext, GateVerdict},
    id::{Actor, EnvironmentName},
    judge::Threshold,
    memory::{BadRollout, Behaviour, MemoryMetrics, MemoryTarget},
    metric::{MetricContext, MetricSource, Query, Reading},
    plan::{Capacity, Plan, PlanBuilder, Policy, SickStable, Step, WayBack},
    plugins::Plugins,
    share::Percent,
    strategy::{BlueGreen, Canary, Rolling, Strategy},
    testkit::{fake::FakeAction, faults::Faults, sample},
    time::Timestamp,
    watch::Watch,
};

/// How long every bake takes.
const BAKE: Duration = Duration::from_secs(30);
/// How long a step may take at most: what never gets healthy is looked at every second until then.
const DEADLINE: Duration = Duration::from_secs(150);
/// The names of targets.
const NAMES: [&str; 2] = ["backend", "frontend"];

/// What a deployment meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    /// The release is good.
    Good,
    /// The release returns errors.
    Bad,
    /// The release never becomes healthy.
    NeverHealthy,
    /// Nothing served before.
    First,
    /// Nothing served before, and the release returns errors.
    FirstBad,
    /// The release is already stable.
    Unchanged,
    /// Traffic is split before it begins.
    Unclean,
    /// Somebody else routes traffic while it is under way.
    Drift,
    /// Routes apply long after they were accepted.
    LateRoutes,
    /// Routes are accepted, and do not apply while the deployment lasts.
    LostRoutes,
    /// Instances of the release do not get healthy, and the platform's own rollout fails.
    PlatformFails,
    /// Instances of the release do not get healthy, and the platform goes back by itself.
    PlatformGoesBack,
    /// The release is good. A gate waits before it gets traffic, it is held at its first share until a person promotes it, and guards look on.
    Attended,
    /// The same with a release that returns errors, which the guards find while it is held; traffic goes back by falling shares.
    AttendedBad,
    /// The release returns errors on the last target, before which all was committed.
    Committed,
    /// The release falls ill under traffic, and what served before does too: the last known good one takes over.
    BothSick,
}

/// A deployment to sweep.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub(super) strategy: &'static str,
    pub(super) targets: usize,
    /// What it meets.
    pub situation: Situation,
}

impl Scenario {
    /// How it must end, in a word.
    #[must_use]
    pub fn must_end(&self) -> &'static str {
        use Situation::{
            Attended, AttendedBad, Bad, BothSick, Committed, Drift, First, FirstBad, Good, LateRoutes, LostRoutes, NeverHealthy,
            PlatformFails, PlatformGoesBack, Unchanged, Unclean,
        };
        match self.situation {
            Good | First | LateRoutes | Attended => "succeeded",
            Bad | NeverHealthy | FirstBad | LostRoutes | PlatformFails | PlatformGoesBack | AttendedBad | Committed | BothSick => {
                "rolled back"
            }
            Unchanged => "unchanged",
            Unclean => "rejected",
            Drift => "halted",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} targets, {:?}", self.strategy, self.targets, self.situation)
    }
}

/// What lives through the death of a process.
#[derive(Debug)]
pub(super) struct World {
    pub(super) targets: Vec<(&'static str, MemoryTarget)>,
    pub(super) action: FakeAction,
    pub(super) plan: Plan,
}

impl Scenario {
    /// Every strategy in every situation that it can meet, on one target and on two.
    #[must_use]
    pub fn all() -> Vec<Self> {
        use Situation::{
            Attended, AttendedBad, Bad, BothSick, Committed, Drift, First, FirstBad, Good, LateRoutes, LostRoutes, NeverHealthy,
            PlatformFails, PlatformGoesBack, Unchanged, Unclean,
        };
        let any = [Good, Bad, NeverHealthy, First, FirstBad, Unchanged, Unclean];
        let mut all = Vec::new();
        for strategy in ["canary", "blue/green", "rolling", "platform-run"] {
            // A platform's rollout sets routes itself, whatever somebody else does meanwhile.
            let own = if strategy == "platform-run" { vec![PlatformFails, PlatformGoesBack] } else { vec![Drift, LateRoutes, LostRoutes] };
            for targets in [1, 2] {
                all.extend(any.iter().chain(&own).map(|situation| Self { strategy, targets, situation: *situation }));
            }
        }
        let with_terms = [("canary", 1, Attended), ("canary", 2, Attended), ("canary", 1, AttendedBad), ("canary", 2, AttendedBad)];
        let ways_back = ["canary", "blue/green"].into_iter().flat_map(|strategy| [(strategy, 2, Committed), (strategy, 1, BothSick)]);
        all.extend(with_terms.into_iter().chain(ways_back).map(|(strategy, targets, situation)| Self { strategy, targets, situation }));
        all
    }

    fn is_attended(&self) -> bool {
        matches!(self.situation, Situation::Attended | Situation::AttendedBad)
    }

    /// What the situation's plan has beside its strategy.
    fn terms(&self, builder: PlanBuilder) -> Result<PlanBuilder> {
        let builder = if self.is_attended() { builder.gate_traffic("gate").guard("guard") } else { builder };
        let policy = match self.situation {
            Situation::AttendedBad => {
                Policy { way_back: WayBack::Ramped { shares: vec![Percent::new(10.0)?], pause: BAKE / 3 }, ..Policy::default() }
            }
            Situation::BothSick => {
                Policy { on_sick_stable: SickStable::Deploy { release: Box::new(sample::release("0")) }, ..Policy::default() }
            }
            _ => Policy::default(),
        };
        Ok(builder.policy(policy))
    }

    fn strategy(&self) -> Result<Arc<dyn Strategy>> {
        Ok(match self.strategy {
            "canary" if self.is_attended() => Arc::new(Canary::steps([25.0, 100.0])?.bake(Duration::ZERO).promote_by_hand_at(25.0)?),
            "canary" => Arc::new(Canary::steps([25.0, 100.0])?.bake(BAKE).watch("errors")?),
            "blue/green" => Arc::new(BlueGreen::new().grace(BAKE).watch("errors")?),
            "platform-run" => Arc::new(Rolling::new().platform_run().bake(BAKE).watch("errors")?),
            _ => Arc::new(Rolling::new().surge(2).bake(BAKE).watch("errors")?),
        })
    }

    fn target(&self, name: &str, defect: Option<Defect>) -> Result<MemoryTarget> {
        let (old, new) = (sample::release("1"), sample::release("2"));
        let bad = Behaviour::healthy().error_rate(Percent::new(30.0)?);
        // The last target is the bad one: what was done on the others must be undone too.
        let last = name == NAMES[self.targets - 1];
        let builder = MemoryTarget::builder()
            .name(name)
            .record_history()
            .forgets_tokens()
            .read_lag(Duration::from_secs(2))
            .drain(Duration::from_secs(45));
        let builder = match self.situation {
            Situation::First | Situation::FirstBad => builder,
            Situation::Unchanged => builder.serving(new, 4),
            Situation::Unclean => builder.serving(old, 4).also_serving(sample::release("0"), 4, Percent::new(50.0)?),
            _ => builder.serving(old, 4),
        };
        let builder = if defect == Some(Defect::NoFence) { builder.unfenced() } else { builder };
        let never = || builder.clone().behaviour("2", Behaviour::never_healthy());
        Ok(match self.situation {
            Situation::Bad | Situation::FirstBad | Situation::AttendedBad | Situation::Committed if last => builder.behaviour("2", bad),
            Situation::BothSick => builder.behaviour("2", Behaviour::healthy().sick_under_traffic(BAKE / 3)),
            Situation::NeverHealthy if last => never(),
            Situation::PlatformFails if last => never().bad_rollout(BAKE, BadRollout::Fails),
            Situation::PlatformGoesBack if last => never().bad_rollout(BAKE, BadRollout::RollsBack),
            Situation::LateRoutes => builder.route_delay(BAKE + BAKE / 3),
            Situation::LostRoutes if last => builder.route_delay(Duration::from_secs(86_400)),
            _ => builder,
        }
        .build())
    }

    pub(super) fn world(&self, defect: Option<Defect>) -> Result<World> {
        let mut targets = Vec::new();
        for name in NAMES.into_iter().take(self.targets) {
            targets.push((name, self.target(name, defect)?));
        }
        let action = FakeAction::named("announce");
        let plugins = plugins(&targets, &action, &Faults::new())?;
        let mut builder = Plan::builder(sample::release("2"), EnvironmentName::made("production"), Actor::made("ada"));
        builder = builder.before(Step::action("announce", "announce")?);
        for (index, (name, _)) in targets.iter().enumerate() {
            if index > 0 && self.situation == Situation::Committed {
                builder = builder.commit();
            }
            builder = builder.deploy_with(name, Capacity::of(4), self.strategy()?);
        }
        let mut plan = self.terms(builder)?.build(&plugins)?;
        for step in &mut plan.steps {
            step.deadline = step.deadline.min(DEADLINE);
        }
        Ok(World { plan, targets, action })
    }
}

/// The plugins of one process, each behind its faults.
pub(super) fn plugins(targets: &[(&'static str, MemoryTarget)], action: &FakeAction, faults: &Faults) -> Result<Plugins> {
    let metrics = ByTarget(targets.iter().map(|(name, target)| (*name, target.metrics())).collect());
    let source: Arc<dyn MetricSource> = faults.metrics("metrics", Arc::new(metrics));
    let watch = || -> Result<Watch> {
        let rule = Threshold::error_rate(5.0)?.min_samples(20);
        Ok(Watch::metrics(Arc::clone(&source), Query::default(), rule))
    };
    let mut plugins = Plugins::new().watch("errors", watch()?)?.watch("guard", watch()?)?;
    plugins = plugins.gate("gate", faults.gate("gate", Arc::new(OpensAt(sample::NOON + BAKE * 3))))?;
    plugins = plugins.action("announce", faults.action("announce", Arc::new(action.clone())))?;
    for (name, target) in targets {
        plugins = plugins.target(name, faults.target(name, Arc::new(target.clone())))?;
    }
    Ok(plugins)
}

/// A gate that waits until then.
#[derive(Debug)]
struct OpensAt(Timestamp);

#[async_trait]
impl Gate for OpensAt {
    fn describe(&self) -> String {
        format!("opens at {}", self.0)
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        let open = context.deployment.now >= self.0;
        Ok(if open { GateVerdict::Pass } else { GateVerdict::wait(format!("it is closed until {}", self.0)) })
    }
}

/// The metrics of several targets.
#[derive(Debug)]
struct ByTarget(BTreeMap<&'static str, MemoryMetrics>);

#[async_trait]
impl MetricSource for ByTarget {
    fn describe(&self) -> String {
        "the targets' own metrics".into()
    }

    async fn observe(&self, query: &Query, context: &MetricContext) -> Result<Reading> {
        match self.0.get(context.target.as_str()) {
            Some(metrics) => metrics.observe(query, context).await,
            None => Ok(Reading::NoData { reason: "no such target".into() }),
        }
    }

    fn can_backfill(&self) -> bool {
        true
    }
}
