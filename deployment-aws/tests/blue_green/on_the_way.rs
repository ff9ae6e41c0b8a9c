//! A bad way to the cloud, and readings that are old.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deployment_core::{ErrorKind, Status, engine::Outcome, strategy::Canary, target::Target as _, testkit::sample};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    cloud::{Fault, virtually},
    shop::{Shop, canary, release},
};

#[test]
fn a_minute_of_throttling_of_any_call_is_waited_out() {
    virtually(async {
        let calls = [
            "DescribeServices",
            "DescribeTaskDefinition",
            "DescribeRules",
            "DescribeTargetHealth",
            "ListTaskDefinitions",
            "RegisterTaskDefinition",
            "UpdateService",
            "ModifyRule",
        ];
        for call in calls {
            let shop = Shop::open().await;
            let (world, met) = (Arc::clone(&shop.world), Arc::new(AtomicUsize::new(0)));
            let (mut began, counter) = (None, Arc::clone(&met));
            shop.world.proxy().rule(move |name, _, _| {
                if name != call {
                    return None;
                }
                counter.fetch_add(1, Ordering::SeqCst);
                let now = world.proxy().clock().time();
                let since = *began.get_or_insert(now);
                (now < since + Duration::from_secs(60)).then_some(Fault::Refused(400, "ThrottlingException", "Rate exceeded"))
            });
            let canary = Canary::steps([50.0, 100.0]).unwrap().bake(Duration::from_secs(2));
            assert_eq!(shop.deploy(&shop.plan("2", canary)).await, Outcome::Succeeded, "{call}");
            assert!(met.load(Ordering::SeqCst) > 1, "{call} was not throttled");
            shop.world.proxy().clear();
            shop.assert_deployed(call).await;
            assert_eq!(shop.definitions().await, 2, "{call}");
        }
    });
}

#[test]
fn readings_of_ecs_and_of_the_rules_that_are_ten_seconds_old_change_nothing() {
    virtually(async {
        let shop = Shop::open().await;
        shop.world.tell("ecs/stale", &json!({"seconds": 10})).await;
        shop.world.tell("listener-lag", &json!({"seconds": 10})).await;
        assert_eq!(shop.deploy(&shop.plan("2", canary().test_route(crate::shop::header()))).await, Outcome::Succeeded);
        tokio::time::sleep(Duration::from_secs(20)).await;
        shop.assert_deployed("").await;
        assert_eq!(shop.definitions().await, 2);
    });
}

#[test]
fn a_revision_whose_launch_does_not_show_yet_is_not_taken_for_gone() {
    virtually(async {
        let shop = Shop::open().await;
        shop.world.tell("ecs/stale", &json!({"seconds": 10})).await;
        let target = shop.target();
        let made = target.launch(&sample::effect("token", 1), &release("2"), 2).await.unwrap();
        for told in [target.observe().await.unwrap_err(), target.retire(&sample::effect("retire", 1), &made).await.unwrap_err()] {
            assert_eq!(told.status(), Status::Temporary, "{told:?}");
            assert!(told.to_string().contains("still shows shop:1, it was given shop:2"), "{told}");
        }
        tokio::time::sleep(Duration::from_secs(11)).await;
        assert!(target.observe().await.unwrap().revision(&made).is_some());
        target.retire(&sample::effect("retire", 1), &made).await.unwrap();
    });
}

#[test]
fn what_was_registered_is_not_registered_again_though_lists_do_not_show_it_yet() {
    virtually(async {
        let shop = Shop::open().await;
        shop.world.tell("ecs/stale", &json!({"seconds": 10})).await;
        shop.world.proxy().once("UpdateService", 0, &Fault::Refused(400, "ThrottlingException", "Rate exceeded"));
        let (target, token) = (shop.target(), sample::effect("token", 1));
        let told = target.launch(&token, &release("2"), 2).await.unwrap_err();
        assert_eq!((told.kind(), told.status()), (ErrorKind::RateLimited, Status::Temporary));
        let made = target.launch(&token, &release("2"), 2).await.unwrap();
        assert_eq!(made.as_str(), "green/shop:2");
        assert_eq!(shop.world.proxy().count("RegisterTaskDefinition"), 1);
    });
}

#[test]
fn every_tenth_connection_reset_changes_nothing_of_the_end() {
    virtually(async {
        let shop = Shop::open().await;
        shop.world.proxy().rule(|_, _, number| (number % 10 == 9).then_some(Fault::Reset));
        assert_eq!(shop.deploy(&shop.plan("2", canary())).await, Outcome::Succeeded);
        shop.world.proxy().clear();
        shop.assert_deployed("").await;
        assert_eq!(shop.definitions().await, 2);
    });
}

#[test]
fn an_aws_that_denies_says_what_to_allow_and_changes_nothing() {
    virtually(async {
        for (call, action) in [("UpdateService", "ecs:UpdateService"), ("RegisterTaskDefinition", "ecs:RegisterTaskDefinition")] {
            let shop = Shop::open().await;
            shop.world.proxy().rule(move |name, _, _| (name == call).then_some(Fault::Refused(400, "AccessDeniedException", "no")));
            let told = shop.target().launch(&sample::effect("token", 1), &release("2"), 2).await.unwrap_err();
            assert_eq!((told.kind(), told.status()), (ErrorKind::Unauthorized, Status::Permanent), "{told:?}");
            assert!(told.to_string().contains(action), "{told}");
        }
        let shop = Shop::open().await;
        let began = Instant::now();
        shop.world.proxy().rule(|_, _, _| Some(Fault::Refused(400, "AccessDeniedException", "no")));
        assert!(matches!(shop.target().observe().await.unwrap_err().kind(), ErrorKind::Unauthorized));
        assert!(began.elapsed() < Duration::from_secs(1));
    });
}
