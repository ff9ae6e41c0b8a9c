//! What a measurement is made of.

use std::time::Duration;

use deployment_aws::cloudwatch::{CloudWatch, CloudWatchSource, Counts, LatencyUnit, Metric, Period};
use deployment_core::{
    ErrorKind, Percent,
    metric::{MetricSource as _, Query},
    testkit::{assert_none, conformance},
};
use serde_json::json;

use crate::{
    cloud::World,
    support::{Published, asked, at, group, measured, observed, publish, reason, revision, source},
};

/// 100 requests, of which 2 failed: 60 took 0.1 s, 37 took 0.4 s, 3 took 2 s.
fn busy() -> Published {
    Published { requests: 100, target_5xx: 2, times: vec![(0.1, 60), (0.4, 37), (2.0, 3)], healthy: Some(2), ..Published::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_of_sources() {
    let (world, one) = (World::new().await, revision("one"));
    for minute in 0..4 {
        publish(&world, &one, minute * 60, &busy()).await;
    }
    let source = source(&CloudWatch::new(&world.config()));
    assert_none(&conformance::metric::check(&source, &Query::default(), &asked(&one, 0, 240)).await);
    assert!(source.can_backfill());
    assert_eq!((source.lag(), source.resolution()), (Duration::from_secs(180), Duration::from_secs(60)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_minute_has_its_counts_and_its_quantiles_exactly_by_one_call() {
    let (world, one) = (World::new().await, revision("one"));
    publish(&world, &one, 60, &busy()).await;
    let reading = observed(&source(&CloudWatch::new(&world.config())), &asked(&one, 60, 120)).await;
    let told = measured(&reading);
    assert_eq!((told.requests, told.errors, told.latency.count()), (100, 2, 100));
    // 0.6 × … lies between neighbours where they differ: the 95th of 100 does not.
    let quantiles = [0.5, 0.95, 1.0].map(|q| told.latency.quantile(q).unwrap());
    assert_eq!(quantiles, [100, 400, 2_000].map(Duration::from_millis));
    assert_eq!(world.proxy().count("GetMetricData"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_up_over_minutes_is_every_minute_once() {
    let (world, one) = (World::new().await, revision("one"));
    publish(&world, &one, 60, &busy()).await;
    publish(&world, &one, 120, &Published { target_5xx: 0, ..busy() }).await;
    publish(&world, &one, 180, &busy()).await;
    let source = source(&CloudWatch::new(&world.config()));
    // The ends are moved back to whole minutes.
    let parts = [(61, 110), (110, 179), (179, 240)];
    let mut counts = (0, 0);
    for (from, to) in parts {
        let reading = observed(&source, &asked(&one, from, to)).await;
        let Some(told) = reading.measured() else {
            assert!(reason(&reading).contains("no period of 60 s ends in the window"), "{reading:?}");
            continue;
        };
        counts = (counts.0 + told.requests, counts.1 + told.errors);
    }
    assert_eq!(counts, (300, 4));
    let whole = observed(&source, &asked(&one, 60, 240)).await;
    assert_eq!(measured(&whole).requests, 300);
    assert!(measured(&whole).latency.quantile(0.95).unwrap() >= Duration::from_millis(400));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_without_a_datapoint_are_none_only_if_the_target_group_is_known_to_have_been_there() {
    let (world, one, other) = (World::new().await, revision("one"), revision("other"));
    publish(&world, &one, 60, &Published { healthy: Some(2), ..Published::default() }).await;
    publish(&world, &other, 0, &busy()).await;
    let source = source(&CloudWatch::new(&world.config()));
    let reading = observed(&source, &asked(&one, 60, 120)).await;
    assert_eq!((measured(&reading).requests, measured(&reading).errors), (0, 0));
    for (whose, from, to) in [(&one, 0, 60), (&one, 60, 180), (&other, 60, 120), (&revision("nobody"), 60, 120)] {
        let reading = observed(&source, &asked(whose, from, to)).await;
        assert!(reason(&reading).contains("RequestCount") && reason(&reading).contains("no datapoint"), "{reading:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_data_is_no_data_until_it_is_there() {
    let (world, one) = (World::new().await, revision("one"));
    let mut late = busy().of(&one, 60);
    for datum in &mut late {
        datum["appears"] = json!(600);
    }
    world.tell("metrics", &json!({"data": late})).await;
    let source = source(&CloudWatch::new(&world.config()));
    let context = asked(&one, 60, 120);
    assert!(reason(&observed(&source, &context).await).contains("no datapoint"));
    world.advance(Duration::from_secs(601));
    assert_eq!(measured(&observed(&source, &context).await).requests, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_complete_yet_is_not_asked_for() {
    let (world, one) = (World::new().await, revision("one"));
    publish(&world, &one, 60, &busy()).await;
    let source = source(&CloudWatch::new(&world.config()));
    let mut context = asked(&one, 60, 120);
    context.deployment.now = at(299);
    assert!(reason(&observed(&source, &context).await).contains("not complete before"));
    assert_eq!(world.proxy().count("GetMetricData"), 0);
    context.deployment.now = at(300);
    assert_eq!(measured(&observed(&source, &context).await).requests, 100);
    let hasty = source.delay(Duration::ZERO);
    context.deployment.now = at(120);
    assert_eq!(measured(&observed(&hasty, &context).await).requests, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_without_response_times_are_no_data_unless_they_failed() {
    let (world, one) = (World::new().await, revision("one"));
    publish(&world, &one, 60, &Published { requests: 10, ..Published::default() }).await;
    publish(&world, &one, 120, &Published { requests: 10, failed_connections: 10, ..Published::default() }).await;
    let cloudwatch = CloudWatch::new(&world.config());
    let told = observed(&source(&cloudwatch), &asked(&one, 60, 120)).await;
    assert!(reason(&told).contains("TargetResponseTime") && reason(&told).contains("10 requests"), "{told:?}");
    let told = observed(&source(&cloudwatch), &asked(&one, 120, 180)).await;
    assert_eq!((measured(&told).requests, measured(&told).errors), (10, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_a_target_never_answered_count_as_errors_if_told_so() {
    let (world, one) = (World::new().await, revision("one"));
    let crashing = Published { requests: 100, target_5xx: 5, failed_connections: 10, times: vec![(0.1, 70)], ..Published::default() };
    publish(&world, &one, 60, &crashing).await;
    let cloudwatch = CloudWatch::new(&world.config());
    let strict =
        CloudWatchSource::new(&cloudwatch, "strictly", |context| Some(Counts::target_group(&group(&context.revision)).unanswered_fail()));
    let context = asked(&one, 60, 120);
    assert_eq!(measured(&observed(&source(&cloudwatch), &context).await).errors, 15);
    assert_eq!(measured(&observed(&strict, &context).await).errors, 35);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_is_ahead_of_the_requests_loses_nothing() {
    let (world, one) = (World::new().await, revision("one"));
    let ahead = Published { requests: 3, target_5xx: 5, times: vec![(0.1, 4)], ..Published::default() };
    publish(&world, &one, 60, &ahead).await;
    let told = observed(&source(&CloudWatch::new(&world.config())), &asked(&one, 60, 120)).await;
    assert_eq!((measured(&told).requests, measured(&told).errors, measured(&told).latency.count()), (5, 5, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_quantiles_and_longer_periods_can_be_asked_for() {
    let (world, one) = (World::new().await, revision("one"));
    for minute in 0..5 {
        let times = (0..1_000).map(|rank| (f64::from(rank) / 1_000.0, 1)).collect();
        publish(&world, &one, minute * 60, &Published { requests: 1_000, times, ..Published::default() }).await;
    }
    let source = CloudWatchSource::new(&CloudWatch::new(&world.config()), "p99.9", |context| {
        Counts::target_group(&group(&context.revision)).quantiles([Percent::new(99.9).unwrap()]).ok()
    });
    let source = source.period(Period::new(Duration::from_secs(300)).unwrap());
    let told = observed(&source, &asked(&one, 0, 300)).await;
    let told = measured(&told);
    assert_eq!((told.requests, told.latency.count()), (5_000, 5_000));
    // All five minutes together, by CloudWatch.
    let high = told.latency.quantile(0.999).unwrap();
    assert!(Duration::from_millis(998) <= high && high <= Duration::from_millis(999), "{high:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_followed_to_the_end() {
    let (world, one) = (World::new().await, revision("one"));
    for minute in 0..10 {
        publish(&world, &one, minute * 60, &busy()).await;
    }
    world.tell("metric-pages", &json!({"points": 7})).await;
    let told = observed(&source(&CloudWatch::new(&world.config())), &asked(&one, 0, 600)).await;
    assert_eq!((measured(&told).requests, measured(&told).errors, measured(&told).latency.count()), (1_000, 20, 1_000));
    // Ten points of each of eight statistics that there are.
    assert_eq!(world.proxy().count("GetMetricData"), 80_usize.div_ceil(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_complete_is_an_error_and_no_measurement() {
    let (world, one) = (World::new().await, revision("one"));
    publish(&world, &one, 60, &busy()).await;
    let source = source(&CloudWatch::new(&world.config()));
    let cases = [
        ("PartialData", ErrorKind::Unreachable, "in part only"),
        ("InternalError", ErrorKind::Unreachable, "inside CloudWatch"),
        ("Forbidden", ErrorKind::Unauthorized, "may not be read"),
    ];
    for (status, kind, words) in cases {
        world.tell("metric-trouble", &json!({"name": "TargetResponseTime", "status": status})).await;
        let error = source.observe(&Query::default(), &asked(&one, 60, 120)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        let said = error.to_string();
        assert!(said.contains(words) && said.contains("TargetResponseTime") && said.contains("cloudwatch:GetMetricData"), "{said}");
    }
    assert_eq!(measured(&observed(&source, &asked(&one, 60, 120)).await).requests, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_said() {
    let world = World::new().await;
    let cloudwatch = CloudWatch::new(&world.config());
    let nobody = CloudWatchSource::new(&cloudwatch, "nobody", |_| None);
    let context = asked(&revision("one"), 60, 120);
    assert_eq!(reason(&observed(&nobody, &context).await), "no metrics are named for one");
    let error = nobody.observe(&Query("checkout".into()), &context).await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("checkout"), "{error}");
    assert_eq!(nobody.describe(), "nobody, of CloudWatch in eu-central-1, by 60 s");
    let odd = Counts::new(Metric::new("Shop", "Temperature")).latency(Metric::new("Shop", "Duration"), LatencyUnit::Milliseconds);
    let odd = CloudWatchSource::new(&cloudwatch, "odd", move |_| Some(odd.clone()));
    world
        .tell(
            "metrics",
            &json!({"data": [{"namespace": "Shop", "name": "Temperature", "dimensions": {}, "at": 60, "values": [[-3.5, 1]]}]}),
        )
        .await;
    let error = odd.observe(&Query::default(), &context).await.unwrap_err();
    assert!(error.to_string().contains("Sum of Shop Temperature {} is -3.5: no count; is it the right metric?"), "{error}");
}
