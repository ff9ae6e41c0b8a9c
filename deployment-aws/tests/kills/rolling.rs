//! A service that ECS itself rolls out.

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_core::{Orchestrator, Plan, Plugins, plan::Capacity, strategy::Rolling, target::Target, testkit::faults::Faults};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    cloud::World,
    ecs::Shop,
    forgetful::Forgetful,
    goods::release,
    scene::{Case, LOOK, Place, Scene},
};

/// How many tasks serve.
const TASKS: u32 = 2;

pub(crate) struct RollingScene {
    shop: Shop,
    place: Place,
}

impl RollingScene {
    pub(crate) async fn open(case: Case) -> Place {
        let shop = Shop::open().await;
        shop.behaves("2", json!({ "crashes_at_start": !case.is_good() })).await;
        Place::of(case, &shop.world, Value::Null).await
    }

    pub(crate) fn of(world: World, place: &Place) -> Self {
        let mut shop = Shop::of(world);
        shop.journal = place.journal(&shop.world);
        Self { shop, place: place.clone() }
    }
}

#[async_trait(?Send)]
impl Scene for RollingScene {
    fn orchestrator(&self, faults: &Faults) -> (Orchestrator, Plan) {
        let target: Arc<dyn Target> = match self.place.case {
            Case::ForgetfulRolling => Arc::new(Forgetful(self.shop.target())),
            _ => Arc::new(self.shop.target()),
        };
        let plugins = Plugins::new().target("backend", faults.target("backend", target)).unwrap();
        let (plugins, plan) = self.place.paused(&self.shop.world, faults, plugins, self.shop.plan_builder(release("2")));
        let plan = plan.deploy("backend", Capacity::of(TASKS), Rolling::new()).build(&plugins).unwrap();
        (self.shop.orchestrator_with(faults.journal(Arc::clone(&self.shop.journal)), plugins), plan)
    }

    async fn watch(&self) -> Infallible {
        loop {
            sleep(LOOK).await;
            let runs = self.shop.runs().await;
            assert!(runs.len() >= TASKS as usize, "only {runs:?} run");
        }
    }

    async fn assert_right(&self, what: &str) {
        // What ECS stops is gone by then.
        sleep(Duration::from_secs(60)).await;
        let version = if self.place.case.is_good() { "shop:2" } else { "shop:1" };
        assert_eq!(self.shop.runs().await, [version; TASKS as usize], "{what}");
        assert_eq!(self.shop.rollouts().await, 2, "{what}: the second one is ours");
        self.place.assert_nothing_left(&self.shop.world, what).await;
    }
}
