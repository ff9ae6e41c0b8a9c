//! The process that deploys dies at every point; the next one brings it to the end that it would have had.

use std::{sync::Arc, time::Duration};

use deployment_core::{DeploymentId, Ended, Orchestrator, Plugins, Until, engine::Outcome, testkit::faults::Faults};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    cloud::virtually,
    shop::{Shop, release},
};

/// A process that the faults can kill, with a target of its own.
fn process(shop: &Shop, faults: &Faults) -> Orchestrator {
    let target = faults.target("backend", Arc::new(shop.target()));
    shop.orchestrator_with(faults.journal(Arc::clone(&shop.journal)), Plugins::new().target("backend", target).unwrap())
}

/// How version 2 ends if the first process dies at this point, and the points that were passed.
async fn deploy(behaviour: &Value, crash: Option<usize>) -> (Shop, Outcome, usize) {
    let (shop, faults) = (Shop::open().await, Faults::new());
    shop.behaves("2", behaviour.clone()).await;
    let id = DeploymentId::generate();
    let first = process(&shop, &faults);
    first.start_as(&id, &shop.plan(release("2"), &shop.target())).await.unwrap();
    if let Some(point) = crash {
        faults.crash_at(point);
    }
    let died = tokio::select! {
        ended = first.drive(&id, Until::End) => Some(ended.unwrap()),
        () = faults.crashed() => None,
    };
    let ended = match died {
        Some(ended) => ended,
        None => {
            faults.revive();
            process(&shop, &faults).drive(&id, Until::End).await.unwrap()
        }
    };
    let Ended::Outcome(outcome) = ended else { panic!("{ended:?}") };
    (shop, outcome, faults.points().len())
}

/// Every third point, beginning with this one: the other tests take the rest.
fn dies_everywhere(behaviour: &Value, begin: usize, is_right: impl Fn(&Outcome) -> bool, runs: &str) {
    let (_, _, points) = virtually(deploy(behaviour, None));
    let mut count = 0;
    for point in (begin..points).step_by(3) {
        virtually(async {
            let (shop, outcome, _) = deploy(behaviour, Some(point)).await;
            assert!(is_right(&outcome), "point {point}: {outcome:?}");
            sleep(Duration::from_secs(60)).await;
            assert_eq!(shop.runs().await, [runs, runs], "point {point}");
            assert_eq!((shop.definitions().await.len(), shop.rollouts().await), (2, 2), "point {point}");
        });
        count += 1;
    }
    println!("killed at {count} of {points} points");
    assert!(count > 5);
}

#[test]
fn a_good_deployment_is_done_once_wherever_the_process_dies() {
    dies_everywhere(&json!({}), 0, |outcome| *outcome == Outcome::Succeeded, "shop:2");
}

#[test]
fn a_bad_deployment_is_taken_back_once_wherever_the_process_dies() {
    dies_everywhere(&json!({ "crashes_at_start": true }), 1, |outcome| matches!(outcome, Outcome::RolledBack { .. }), "shop:1");
}
