//! Every call that changes something, with its answer lost, throttled or reset: the deployment ends as it would have, and nothing is done twice.

use std::time::Duration;

use deployment_core::{
    engine::Outcome,
    strategy::{BlueGreen, Canary},
    testkit::fake::FakeMetrics,
};

use crate::{
    cloud::{Fault, virtually},
    shop::{CHANGES, Shop, header},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Canary,
    BlueGreen,
    Back,
}

impl Way {
    async fn run(self, shop: &Shop) -> Outcome {
        let bake = Duration::from_secs(2);
        let canary = Canary::steps([50.0, 100.0]).unwrap().bake(bake).watch("errors").unwrap();
        let plan = match self {
            Self::Canary => shop.plan("2", canary),
            Self::BlueGreen => shop.plan("2", BlueGreen::new().test_route(header()).grace(bake)),
            Self::Back => {
                shop.metrics.set(FakeMetrics::measured(100, 50));
                shop.plan("2", canary)
            }
        };
        tokio::select! {
            outcome = shop.deploy(&plan) => outcome,
            never = shop.watch_capacity(Duration::from_secs(2)) => match never {},
        }
    }

    async fn assert_ended(self, shop: &Shop, outcome: &Outcome, what: &str) {
        if self == Self::Back {
            assert!(matches!(outcome, Outcome::RolledBack { .. }), "{what}: {outcome:?}");
            shop.assert_rolled_back(what).await;
        } else {
            assert_eq!(*outcome, Outcome::Succeeded, "{what}");
            shop.assert_deployed(what).await;
        }
        assert_eq!(shop.definitions().await, 2, "{what}: a second task definition was registered");
    }
}

/// How often each call is made if nothing happens.
async fn undisturbed(way: Way) -> Vec<(&'static str, usize)> {
    let shop = Shop::open().await;
    let outcome = way.run(&shop).await;
    way.assert_ended(&shop, &outcome, "undisturbed").await;
    CHANGES.map(|call| (call, shop.world.proxy().count(call))).into()
}

async fn every_call(way: Way, faults: &[Fault]) {
    let mut tried = 0;
    for (call, times) in undisturbed(way).await {
        for (nth, fault) in (0..times).flat_map(|nth| faults.iter().map(move |fault| (nth, fault))) {
            let shop = Shop::open().await;
            shop.world.proxy().once(call, nth, fault);
            let outcome = way.run(&shop).await;
            way.assert_ended(&shop, &outcome, &format!("{way:?}, {call} {nth}, {fault:?}")).await;
            tried += 1;
        }
    }
    assert!(tried > 0);
    println!("{way:?}: {tried} deployments, each with one call disturbed: {faults:?}");
}

const DOUBTS: [Fault; 2] = [Fault::LostAnswer, Fault::Reset];

#[test]
fn a_canary_ends_as_it_would_have() {
    virtually(every_call(Way::Canary, &DOUBTS));
}

#[test]
fn blue_green_ends_as_it_would_have() {
    virtually(every_call(Way::BlueGreen, &DOUBTS));
}

#[test]
fn a_way_back_ends_as_it_would_have() {
    virtually(every_call(Way::Back, &[Fault::LostAnswer, Fault::FailedAfter]));
}
