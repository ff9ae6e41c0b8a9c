//! What is deployed, where, and what goes wrong besides crashes.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    error::Result,
    id::{Actor, EnvironmentName},
    judge::Threshold,
    memory::{Behaviour, MemoryMetrics, MemoryTarget},
    metric::{MetricContext, MetricSource, Query, Reading},
    plan::{Capacity, Plan, Step},
    plugins::Plugins,
    share::Percent,
    strategy::{BlueGreen, Canary, Rolling, Strategy},
    testkit::{fake::FakeAction, faults::Faults, sample},
    watch::Watch,
};

/// How long every bake takes.
const BAKE: Duration = Duration::from_secs(30);
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
}

/// A deployment to sweep.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub(super) strategy: &'static str,
    pub(super) targets: usize,
    /// What it meets.
    pub situation: Situation,
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
    /// Every strategy in every situation, on one target and on two.
    #[must_use]
    pub fn all() -> Vec<Self> {
        use Situation::{Bad, Drift, First, FirstBad, Good, NeverHealthy, Unchanged, Unclean};
        let mut all = Vec::new();
        for strategy in ["canary", "blue/green", "rolling"] {
            for targets in [1, 2] {
                for situation in [Good, Bad, NeverHealthy, First, FirstBad, Unchanged, Unclean, Drift] {
                    all.push(Self { strategy, targets, situation });
                }
            }
        }
        all
    }

    fn strategy(&self) -> Result<Arc<dyn Strategy>> {
        Ok(match self.strategy {
            "canary" => Arc::new(Canary::steps([25.0, 100.0])?.bake(BAKE).watch("errors")?),
            "blue/green" => Arc::new(BlueGreen::new().grace(BAKE).watch("errors")?),
            _ => Arc::new(Rolling::new().surge(2).bake(BAKE).watch("errors")?),
        })
    }

    fn target(&self, name: &str) -> Result<MemoryTarget> {
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
        Ok(match self.situation {
            Situation::Bad | Situation::FirstBad if last => builder.behaviour("2", bad),
            Situation::NeverHealthy if last => builder.behaviour("2", Behaviour::never_healthy()),
            _ => builder,
        }
        .build())
    }

    pub(super) fn world(&self) -> Result<World> {
        let mut targets = Vec::new();
        for name in NAMES.into_iter().take(self.targets) {
            targets.push((name, self.target(name)?));
        }
        let action = FakeAction::named("announce");
        let plugins = plugins(&targets, &action, &Faults::new())?;
        let mut builder = Plan::builder(sample::release("2"), EnvironmentName::made("production"), Actor::made("ada"));
        builder = builder.before(Step::action("announce", "announce")?);
        for (name, _) in &targets {
            builder = builder.deploy_with(name, Capacity::of(4), self.strategy()?);
        }
        Ok(World { plan: builder.build(&plugins)?, targets, action })
    }
}

/// The plugins of one process, each behind its faults.
pub(super) fn plugins(targets: &[(&'static str, MemoryTarget)], action: &FakeAction, faults: &Faults) -> Result<Plugins> {
    let metrics = ByTarget(targets.iter().map(|(name, target)| (*name, target.metrics())).collect());
    let source = faults.metrics("metrics", Arc::new(metrics));
    let rule = Threshold::error_rate(5.0)?.min_samples(20);
    let mut plugins = Plugins::new().watch("errors", Watch::metrics(source, Query::default(), rule))?;
    plugins = plugins.action("announce", faults.action("announce", Arc::new(action.clone())))?;
    for (name, target) in targets {
        plugins = plugins.shared_target(name, faults.target(name, Arc::new(target.clone())))?;
    }
    Ok(plugins)
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
