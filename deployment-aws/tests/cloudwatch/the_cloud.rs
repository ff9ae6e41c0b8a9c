//! The CloudWatch that is played: it refuses what AWS refuses, and counts as AWS counts.

use aws_sdk_cloudwatch::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::get_metric_data::builders::GetMetricDataFluentBuilder,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat, ScanBy, StandardUnit, StateValue, StatisticSet, StatusCode},
};

use crate::{
    cloud::World,
    put::{client, exists},
    support::at,
};

fn time(seconds: u64) -> DateTime {
    DateTime::from_millis(at(seconds).as_millis() as i64)
}

fn query(id: &str, period: i32, stat: &str) -> MetricDataQuery {
    let metric = Metric::builder().namespace("Shop").metric_name("Duration").dimensions(dimension()).build();
    let stat = MetricStat::builder().metric(metric).period(period).stat(stat).build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

fn dimension() -> Dimension {
    Dimension::builder().name("Revision").value("7").build()
}

fn asked(client: &Client, queries: Vec<MetricDataQuery>) -> GetMetricDataFluentBuilder {
    client.get_metric_data().set_metric_data_queries(Some(queries)).start_time(time(0)).end_time(time(300))
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> &str {
    error.code().unwrap()
}

async fn put(client: &Client, datum: MetricDatum) {
    client.put_metric_data().namespace("Shop").metric_data(datum).send().await.unwrap();
}

fn datum(seconds: u64) -> aws_sdk_cloudwatch::types::builders::MetricDatumBuilder {
    MetricDatum::builder().metric_name("Duration").dimensions(dimension()).timestamp(time(seconds)).unit(StandardUnit::Seconds)
}

/// The values of one statistic, oldest first.
async fn values(client: &Client, period: i32, stat: &str) -> Vec<f64> {
    let answer = asked(client, vec![query("q", period, stat)]).scan_by(ScanBy::TimestampAscending).send().await.unwrap();
    let result = answer.metric_data_results()[0].clone();
    assert_eq!(result.status_code(), Some(&StatusCode::Complete));
    result.values.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_is_told_in_statistics() {
    let world = World::new().await;
    world.advance(std::time::Duration::from_secs(600));
    let client = client(&world);
    for (seconds, value) in [(10, 0.2), (30, 0.4), (70, 3.0)] {
        put(&client, datum(seconds).value(value).build()).await;
    }
    put(&client, datum(20).set_values(Some(vec![0.1, 0.3])).set_counts(Some(vec![2.0, 1.0])).build()).await;
    assert_eq!(values(&client, 60, "SampleCount").await, [5.0, 1.0]);
    let sum = values(&client, 60, "Sum").await;
    assert!((sum[0] - 1.1).abs() < 1e-9 && sum.len() == 2, "{sum:?}");
    assert_eq!(values(&client, 60, "Maximum").await, [0.4, 3.0]);
    assert_eq!(values(&client, 60, "Minimum").await, [0.1, 3.0]);
    assert_eq!(values(&client, 60, "p50").await, [0.2, 3.0]);
    assert_eq!(values(&client, 300, "Maximum").await, [3.0]);
    let set = StatisticSet::builder().sample_count(5.0).sum(9.0).minimum(1.0).maximum(4.0).build();
    put(&client, datum(130).statistic_values(set).build()).await;
    assert_eq!(values(&client, 60, "Average").await.last(), Some(&1.8));
    assert_eq!(values(&client, 60, "p99").await.len(), 2, "a statistic set has no percentiles");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aws_refuses_is_refused() {
    let world = World::new().await;
    let client = client(&world);
    let many = (0..501).map(|number| query(&format!("q{number}"), 60, "Sum")).collect();
    let wrong = [
        many,
        vec![],
        vec![query("q", 90, "Sum")],
        vec![query("q", 60, "p101")],
        vec![query("Q", 60, "Sum")],
        vec![query("q", 60, "Sum"), query("q", 60, "Sum")],
    ];
    for queries in wrong {
        let error = asked(&client, queries).send().await.unwrap_err();
        assert_eq!(code(&error), "InvalidParameterValue", "{error:?}");
    }
    let error = asked(&client, vec![query("q", 60, "Sum")]).end_time(time(0)).send().await.unwrap_err();
    assert_eq!(code(&error), "InvalidParameterValue");
    let error = asked(&client, vec![query("q", 60, "Sum")]).next_token("0-9").send().await.unwrap_err();
    assert_eq!(code(&error), "InvalidNextToken");
    let error = client.put_metric_data().namespace("AWS/ECS").metric_data(datum(0).value(1.0).build()).send().await.unwrap_err();
    assert_eq!(code(&error), "InvalidParameterValue");
    let names = Some((0..101).map(|number| number.to_string()).collect());
    assert_eq!(code(&client.describe_alarms().set_alarm_names(names).send().await.unwrap_err()), "InvalidParameterValue");
    let unknown = client.set_alarm_state().alarm_name("nobody").state_value(StateValue::Ok).state_reason("so").send().await.unwrap_err();
    assert_eq!(code(&unknown), "ResourceNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn metric_alarms_alone_are_told_unless_asked_otherwise_fifty_at_a_time() {
    let world = World::new().await;
    let client = client(&world);
    client.put_composite_alarm().alarm_name("all").alarm_rule("ALARM(a-00)").send().await.unwrap();
    for number in 0..60 {
        exists(&world, &format!("a-{number:02}")).await;
    }
    let page = client.describe_alarms().send().await.unwrap();
    assert_eq!((page.metric_alarms().len(), page.composite_alarms().len(), page.next_token()), (50, 0, Some("a-49")));
    let rest = client.describe_alarms().next_token("a-49").send().await.unwrap();
    assert_eq!((rest.metric_alarms().len(), rest.next_token()), (10, None));
    assert_eq!(rest.metric_alarms()[0].state_value(), Some(&StateValue::InsufficientData));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_data_is_kept_by_longer_periods_only() {
    let world = World::new().await;
    let client = client(&world);
    world.advance(std::time::Duration::from_secs(300));
    put(&client, datum(10).value(1.0).storage_resolution(1).build()).await;
    assert_eq!(values(&client, 10, "Sum").await, [1.0]);
    world.advance(std::time::Duration::from_secs(4 * 3_600));
    assert!(values(&client, 10, "Sum").await.is_empty());
    assert_eq!(values(&client, 60, "Sum").await, [1.0]);
    world.advance(std::time::Duration::from_secs(16 * 86_400));
    assert!(values(&client, 60, "Sum").await.is_empty());
    assert_eq!(values(&client, 300, "Sum").await, [1.0]);
}
