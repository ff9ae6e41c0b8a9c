//! Deployments that are judged by CloudWatch, in virtual time.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Percent, Plugins,
    engine::Outcome,
    judge::{Judge, RatioToBaseline, Threshold},
    memory::Behaviour,
    metric::Query,
    watch::Watch,
};

use crate::{
    cloud::{Fault, MINUTE, virtually},
    shop::{Shop, is_rolled_back},
};

fn bad() -> Behaviour {
    Behaviour::healthy().error_rate(Percent::new(20.0).unwrap())
}

fn errors() -> Threshold {
    Threshold::error_rate(5.0).unwrap().min_samples(100)
}

fn judged(shop: &Shop, judge: impl Judge) -> Plugins {
    shop.plugins().watch("errors", Watch::metrics(Arc::new(shop.source()), Query::default(), judge)).unwrap()
}

async fn deploy(shop: &Shop, judge: impl Judge) -> (Outcome, Duration) {
    shop.deploy(Shop::plan(Shop::canary().watch("errors").unwrap()), &judged(shop, judge)).await
}

#[test]
fn a_good_candidate_goes_through_in_time() {
    virtually(async {
        let shop = Shop::new(Behaviour::healthy()).await;
        let (outcome, took) = deploy(&shop, errors()).await;
        assert_eq!((outcome, shop.serves().as_str()), (Outcome::Succeeded, "2"));
        // Each of two bakes: five minutes, three that the data is behind, and what is left of a minute.
        assert!(took < 20 * MINUTE, "{took:?}");
        let calls = shop.world.proxy().count("GetMetricData");
        // Two revisions in the first bake and one in the second, once a minute.
        assert!((15..=19).contains(&calls), "{calls} calls");
    });
}

#[test]
fn a_candidate_that_fails_is_rolled_back_with_the_numbers() {
    virtually(async {
        let shop = Shop::new(bad()).await;
        let (outcome, took) = deploy(&shop, errors()).await;
        // 10 % of 50 requests per second, for a minute.
        is_rolled_back(&outcome, "errors: error rate > 5 %: 60 errors of 300 requests (20.00 %)");
        assert_eq!(shop.serves(), "1");
        assert!(took < 7 * MINUTE, "{took:?}");
    });
}

#[test]
fn a_slow_candidate_is_rolled_back_by_its_p95_against_the_stable_one() {
    virtually(async {
        let shop = Shop::new(Behaviour::healthy().latency([(20_000, 90), (900_000, 10)])).await;
        let judge = RatioToBaseline::latency(0.95, 1.25).unwrap().min_samples(100);
        let (outcome, _) = deploy(&shop, judge).await;
        is_rolled_back(&outcome, "p95 is 900 ms against 25 ms (limit 1.25×)");
        assert_eq!(shop.serves(), "1");
    });
}

#[test]
fn a_candidate_that_is_as_fast_is_not() {
    virtually(async {
        let shop = Shop::new(Behaviour::healthy()).await;
        let judge = RatioToBaseline::latency(0.95, 1.25).unwrap().min_samples(100);
        assert_eq!(deploy(&shop, judge).await.0, Outcome::Succeeded);
    });
}

#[test]
fn data_that_is_later_than_declared_advances_nothing() {
    virtually(async {
        let shop = Shop::new(bad()).await.late(10 * MINUTE);
        let (outcome, _) = deploy(&shop, errors()).await;
        is_rolled_back(&outcome, "not covered by observations");
        assert_eq!(shop.serves(), "1");
        // Declared, it is waited for.
        let shop = Shop::new(bad()).await.late(4 * MINUTE);
        let source = shop.source().delay(5 * MINUTE);
        let watch = Watch::metrics(Arc::new(source), Query::default(), errors());
        let plugins = shop.plugins().watch("errors", watch).unwrap();
        let (outcome, _) = shop.deploy(Shop::plan(Shop::canary().watch("errors").unwrap()), &plugins).await;
        is_rolled_back(&outcome, "60 errors of 300 requests");
    });
}

#[test]
fn without_any_data_a_candidate_does_not_get_further() {
    virtually(async {
        let shop = Shop::new(Behaviour::healthy()).await.silent(Duration::ZERO..600 * MINUTE);
        let (outcome, _) = deploy(&shop, errors()).await;
        is_rolled_back(&outcome, "not covered by observations");
        assert_eq!(shop.serves(), "1");
    });
}

#[test]
fn a_gap_in_the_data_takes_as_long_as_it_lasts() {
    virtually(async {
        let shop = Shop::new(Behaviour::healthy()).await.silent(12 * MINUTE..15 * MINUTE);
        let (outcome, took) = deploy(&shop, errors()).await;
        assert_eq!(outcome, Outcome::Succeeded);
        assert!(took >= 19 * MINUTE, "{took:?}");
    });
}

#[test]
fn answers_in_part_are_waited_out() {
    virtually(async {
        let shop = Shop::new(Behaviour::healthy()).await;
        let trouble = serde_json::json!({"name": "RequestCount", "status": "PartialData", "times": 4});
        shop.world.tell("metric-trouble", &trouble).await;
        let (outcome, took) = deploy(&shop, errors()).await;
        assert_eq!(outcome, Outcome::Succeeded);
        assert!(took >= 18 * MINUTE, "{took:?}");
    });
}

/// Every call meets this during these minutes of the account's time; the rest is as always.
async fn through(fault: Fault, minutes: std::ops::Range<u32>) -> (Shop, Outcome) {
    let shop = Shop::new(Behaviour::healthy()).await;
    let (world, began) = (Arc::clone(&shop.world), tokio::time::Instant::now());
    let weather = async {
        tokio::time::sleep_until(began + MINUTE * minutes.start).await;
        world.proxy().rule(move |_, _, _| Some(fault.clone()));
        tokio::time::sleep_until(began + MINUTE * minutes.end).await;
        assert!(world.proxy().count("GetMetricData") > 0, "nobody asked meanwhile");
        world.proxy().clear();
        std::future::pending::<()>().await;
    };
    let outcome = tokio::select! {
        (outcome, _) = deploy(&shop, errors()) => outcome,
        () = weather => unreachable!(),
    };
    (shop, outcome)
}

#[test]
fn throttling_and_resets_for_minutes_are_waited_out() {
    for fault in [Fault::Refused(400, "ThrottlingException", "Rate exceeded"), Fault::Reset] {
        virtually(async {
            let (shop, outcome) = through(fault, 14..16).await;
            assert_eq!((outcome, shop.serves().as_str()), (Outcome::Succeeded, "2"));
        });
    }
}

#[test]
fn credentials_that_expire_in_the_middle_are_waited_for_and_blamed_on_nobody() {
    virtually(async {
        let expired = Fault::Refused(403, "ExpiredToken", "The security token included in the request is expired");
        let (shop, outcome) = through(expired, 13..17).await;
        assert_eq!((outcome, shop.serves().as_str()), (Outcome::Succeeded, "2"));
    });
}
