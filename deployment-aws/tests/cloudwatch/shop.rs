//! A service in virtual time whose load balancer publishes what its revisions do into CloudWatch, by the minute.

use std::{sync::Arc, time::Duration};

use deployment_aws::cloudwatch::{CloudWatch, CloudWatchSource};
use deployment_core::{
    Actor, Ended, EnvironmentName, Orchestrator, Plan, Plugins,
    engine::Outcome,
    journal::{Journal, MemoryJournal},
    memory::{Behaviour, MemoryTarget},
    metric::{Measurement, MetricSource as _, Query},
    plan::{Capacity, PlanBuilder},
    strategy::Canary,
    testkit::{TokioClock, sample},
    time::{Clock as _, Window},
};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    cloud::{BEGINNING, MINUTE, World},
    support::{Published, source},
};

/// When in the account's time the load balancer does not do as it should.
pub(crate) type During = std::ops::Range<Duration>;

#[derive(Debug, Clone)]
pub(crate) struct Shop {
    pub(crate) world: Arc<World>,
    pub(crate) target: MemoryTarget,
    journal: Arc<dyn Journal>,
    clock: TokioClock,
    /// How long after a minute its data is there.
    late: Duration,
    silent: During,
}

impl Shop {
    /// Version 1 serves; version 2 behaves like this.
    pub(crate) async fn new(candidate: Behaviour) -> Self {
        let world = Arc::new(World::new().await);
        let clock = world.dates();
        let target = MemoryTarget::builder().serving(sample::release("1"), 4).behaviour("2", candidate).traffic(50).build();
        let journal = Arc::new(MemoryJournal::new());
        Self { world, target, journal, clock, late: MINUTE, silent: Duration::ZERO..Duration::ZERO }
    }

    /// Data comes this long after its minute.
    pub(crate) fn late(mut self, late: Duration) -> Self {
        self.late = late;
        self
    }

    /// Nothing is published meanwhile.
    pub(crate) fn silent(mut self, silent: During) -> Self {
        self.silent = silent;
        self
    }

    pub(crate) fn cloudwatch(&self) -> CloudWatch {
        CloudWatch::new(&self.world.virtual_config())
    }

    pub(crate) fn source(&self) -> CloudWatchSource {
        source(&self.cloudwatch())
    }

    pub(crate) fn plugins(&self) -> Plugins {
        Plugins::new().target("backend", self.target.clone()).unwrap()
    }

    /// 10 % for five minutes, then all.
    pub(crate) fn canary() -> Canary {
        Canary::steps([10.0, 100.0]).unwrap().bake(5 * MINUTE)
    }

    /// Version 2 to the backend.
    pub(crate) fn plan(strategy: Canary) -> PlanBuilder {
        let plan = Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap());
        plan.deploy("backend", Capacity::of(4), strategy)
    }

    /// The version that has all traffic.
    pub(crate) fn serves(&self) -> String {
        let snapshot = self.target.snapshot();
        let serving = snapshot.revisions.iter().find(|revision| snapshot.routes.split.share(&revision.id) == deployment_core::Percent::ALL);
        serving.and_then(|revision| Some(revision.release.as_ref()?.version.clone())).unwrap_or_default()
    }

    /// How it ends, and after how long. Data of ten minutes is there before.
    pub(crate) async fn deploy(&self, plan: PlanBuilder, plugins: &Plugins) -> (Outcome, Duration) {
        let plan = plan.build(plugins).unwrap();
        let orchestrator = Orchestrator::builder(Arc::clone(&self.journal), plugins.clone()).clock(Arc::new(self.clock)).build();
        let run = async {
            sleep(10 * MINUTE).await;
            let began = Instant::now();
            let ended = orchestrator.run(&plan).await.unwrap();
            (ended, began.elapsed())
        };
        tokio::select! {
            (ended, took) = run => match ended {
                Ended::Outcome(outcome) => (outcome, took),
                other => panic!("{other:?}"),
            },
            () = self.publish() => unreachable!(),
        }
    }

    /// Publishes every minute what was done in the last one.
    async fn publish(&self) {
        let began = Instant::now();
        for minute in 0_u32.. {
            sleep_until(began + MINUTE * (minute + 1)).await;
            let begin = u64::from(minute) * 60;
            if self.silent.contains(&Duration::from_secs(begin)) {
                continue;
            }
            let mut data = Vec::new();
            for revision in self.target.snapshot().revisions {
                let window = Window { from: BEGINNING + MINUTE * minute, to: BEGINNING + MINUTE * (minute + 1) };
                let context = sample::metric(self.clock.now(), &revision.id, window);
                let reading = self.target.metrics().observe(&Query::default(), &context).await.unwrap();
                let Some(measured) = reading.measured() else { continue };
                data.extend(published(measured).of(&revision.id, begin));
            }
            for datum in &mut data {
                datum["appears"] = json!(begin + 60 + self.late.as_secs());
            }
            self.world.tell("metrics", &json!({"data": data})).await;
        }
    }
}

fn published(measured: &Measurement) -> Published {
    Published {
        requests: measured.requests,
        target_5xx: measured.errors,
        times: measured.latency.buckets().iter().map(|(micros, count)| (*micros as f64 / 1e6, *count)).collect(),
        healthy: Some(1),
        ..Published::default()
    }
}

pub(crate) fn is_rolled_back(outcome: &Outcome, words: &str) {
    assert!(matches!(outcome, Outcome::RolledBack { cause, .. } if cause.contains(words)), "{outcome:?}");
}
