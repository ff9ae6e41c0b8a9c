//! Two services behind a load balancer.

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_aws::alb::TargetGroup;
use deployment_core::{
    Orchestrator, Plan,
    plan::Capacity,
    strategy::Canary,
    testkit::{fake::FakeMetrics, faults::Faults},
};
use serde_json::json;

use crate::{
    blue_green::{Shop, TASKS},
    cloud::World,
    scene::{Case, LOOK, Place, Scene},
};

pub(crate) struct CanaryScene {
    shop: Shop,
    place: Place,
}

impl CanaryScene {
    pub(crate) async fn open(case: Case) -> Place {
        let shop = Shop::open().await;
        let [blue, green, other] = shop.groups.each_ref().map(TargetGroup::arn);
        let balancer = json!({ "rule": shop.rule, "groups": { "blue": blue, "green": green, "other": other } });
        Place::of(case, &shop.world, balancer).await
    }

    pub(crate) fn of(world: World, place: &Place) -> Self {
        let mut shop = Shop::of(world, &place.balancer);
        shop.id = place.deployment.clone();
        shop.journal = place.journal(&shop.world);
        if !place.case.is_good() {
            shop.metrics.set(FakeMetrics::measured(100, 50));
        }
        Self { shop, place: place.clone() }
    }
}

#[async_trait(?Send)]
impl Scene for CanaryScene {
    fn orchestrator(&self, faults: &Faults) -> (Orchestrator, Plan) {
        let canary = Canary::steps([50.0, 100.0]).unwrap().bake(Duration::from_secs(2)).watch("errors").unwrap();
        let plugins = self.shop.plugins_of(faults.target("backend", Arc::new(self.shop.target())));
        let (plugins, plan) = self.place.paused(&self.shop.world, faults, plugins, self.shop.plan_builder("2"));
        let plan = plan.deploy("backend", Capacity::of(TASKS), canary).build(&plugins).unwrap();
        (self.shop.orchestrator_with(faults.journal(Arc::clone(&self.shop.journal)), plugins), plan)
    }

    async fn watch(&self) -> Infallible {
        self.shop.watch_capacity(LOOK).await
    }

    async fn assert_right(&self, what: &str) {
        match self.place.case.is_good() {
            true => self.shop.assert_deployed(what).await,
            false => self.shop.assert_rolled_back(what).await,
        }
        self.place.assert_nothing_left(&self.shop.world, what).await;
    }
}
