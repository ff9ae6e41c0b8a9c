//! What the tests work with: an account whose data is put by hand.

use std::time::Duration;

use deployment_aws::cloudwatch::{CloudWatch, CloudWatchSource, Counts, TargetGroup};
use deployment_core::{
    RevisionId, Timestamp,
    metric::{Measurement, MetricContext, MetricSource as _, Query, Reading},
    testkit::sample,
    time::Window,
};
use serde_json::{Value, json};

use crate::cloud::{BEGINNING, World};

pub(crate) const BALANCER: &str = "app/web/50dc6c495c0c9188";

pub(crate) fn at(seconds: u64) -> Timestamp {
    BEGINNING + Duration::from_secs(seconds)
}

pub(crate) fn revision(name: &str) -> RevisionId {
    RevisionId::new(name).unwrap()
}

/// Every revision has a target group of its name.
pub(crate) fn group(revision: &RevisionId) -> TargetGroup {
    TargetGroup::new(BALANCER, &format!("targetgroup/{revision}/73e2d6bc24d8a067")).unwrap()
}

pub(crate) fn source(cloudwatch: &CloudWatch) -> CloudWatchSource {
    CloudWatchSource::new(cloudwatch, "requests by target group", |context| Some(Counts::target_group(&group(&context.revision))))
}

/// A question that is asked at the 20th minute, about these seconds.
pub(crate) fn asked(revision: &RevisionId, from: u64, to: u64) -> MetricContext {
    sample::metric(at(1_200), revision, Window { from: at(from), to: at(to) })
}

pub(crate) async fn observed(source: &CloudWatchSource, context: &MetricContext) -> Reading {
    source.observe(&Query::default(), context).await.unwrap()
}

pub(crate) fn measured(reading: &Reading) -> &Measurement {
    reading.measured().unwrap_or_else(|| panic!("{reading:?}"))
}

pub(crate) fn reason(reading: &Reading) -> &str {
    match reading {
        Reading::NoData { reason } => reason,
        Reading::Measured(measurement) => panic!("{measurement:?}"),
    }
}

/// What a load balancer publishes of one target group for one minute. What is zero it does not publish, but for the healthy targets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Published {
    pub(crate) requests: u64,
    pub(crate) target_5xx: u64,
    pub(crate) failed_connections: u64,
    /// Seconds, and how many requests took that long.
    pub(crate) times: Vec<(f64, u64)>,
    pub(crate) healthy: Option<u64>,
}

impl Published {
    /// The data for the minute that begins at this second, in the words of the cloud.
    pub(crate) fn of(&self, revision: &RevisionId, begin: u64) -> Vec<Value> {
        let ones = |count: u64| if count > 0 { vec![(1.0, count)] } else { Vec::new() };
        let all = [
            ("RequestCount", ones(self.requests)),
            ("HTTPCode_Target_5XX_Count", ones(self.target_5xx)),
            ("TargetConnectionErrorCount", ones(self.failed_connections)),
            ("TargetResponseTime", self.times.clone()),
            ("HealthyHostCount", self.healthy.map(|hosts| (hosts as f64, 1)).into_iter().collect()),
        ];
        let group = group(revision);
        let dimensions = json!({"LoadBalancer": group.load_balancer(), "TargetGroup": group.target_group()});
        let datum = |(name, values): (&str, Vec<(f64, u64)>)| {
            let namespace = "AWS/ApplicationELB";
            json!({"namespace": namespace, "name": name, "dimensions": dimensions, "at": begin, "values": values})
        };
        all.into_iter().filter(|(_, values)| !values.is_empty()).map(datum).collect()
    }
}

/// It is there at once.
pub(crate) async fn publish(world: &World, revision: &RevisionId, begin: u64, published: &Published) {
    world.tell("metrics", &json!({"data": published.of(revision, begin)})).await;
}

/// One number of one minute.
pub(crate) async fn number(world: &World, namespace: &str, name: &str, dimensions: Value, begin: u64, value: f64) {
    let datum = json!({"namespace": namespace, "name": name, "dimensions": dimensions, "at": begin, "values": [[value, 1]]});
    world.tell("metrics", &json!({"data": [datum]})).await;
}
