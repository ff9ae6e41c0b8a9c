//! What a metric is called.

use std::{collections::BTreeMap, fmt};

use aws_sdk_cloudwatch::types;
use deployment_core::Percent;

use super::target_group::TargetGroup;

/// A metric: namespace, name and dimensions. CloudWatch knows no part of a metric's dimensions: all that it was published with must be given.
///
/// ```
/// use deployment_aws::cloudwatch::Metric;
///
/// let metric = Metric::ecs_service("production", "shop", "CPUUtilization");
/// assert_eq!(metric.to_string(), "AWS/ECS CPUUtilization {ClusterName=production, ServiceName=shop}");
/// assert_eq!(metric, Metric::new("AWS/ECS", "CPUUtilization").dimension("ServiceName", "shop").dimension("ClusterName", "production"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Metric {
    namespace: String,
    name: String,
    dimensions: BTreeMap<String, String>,
}

impl Metric {
    /// A metric without dimensions.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into(), dimensions: BTreeMap::new() }
    }

    /// The same with one more dimension.
    #[must_use]
    pub fn dimension(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.dimensions.insert(name.into(), value.into());
        self
    }

    /// A metric of a service of ECS: `CPUUtilization` and `MemoryUtilization` in percent of what the tasks reserve.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html>.
    #[must_use]
    pub fn ecs_service(cluster: &str, service: &str, name: &str) -> Self {
        Self::new("AWS/ECS", name).dimension("ClusterName", cluster).dimension("ServiceName", service)
    }

    /// A metric of a database instance: `CPUUtilization` in percent, `DatabaseConnections`, `FreeableMemory` in bytes, `ReadLatency` in seconds.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>.
    #[must_use]
    pub fn rds_instance(instance: &str, name: &str) -> Self {
        Self::new("AWS/RDS", name).dimension("DBInstanceIdentifier", instance)
    }

    /// A metric of a load balancer as a whole, by `app/NAME/ID`: `HTTPCode_ELB_5XX_Count`, which it has for no target group.
    ///
    /// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>.
    #[must_use]
    pub fn load_balancer(load_balancer: &str, name: &str) -> Self {
        Self::new("AWS/ApplicationELB", name).dimension("LoadBalancer", load_balancer)
    }

    /// A metric of one target group behind one load balancer.
    #[must_use]
    pub fn target_group(group: &TargetGroup, name: &str) -> Self {
        Self::load_balancer(group.load_balancer(), name).dimension("TargetGroup", group.target_group())
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn wire(&self) -> types::Metric {
        let dimension = |(name, value): (&String, &String)| types::Dimension::builder().name(name).value(value).build();
        types::Metric::builder()
            .namespace(&self.namespace)
            .metric_name(&self.name)
            .set_dimensions(Some(self.dimensions.iter().map(dimension).collect()))
            .build()
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dimensions: Vec<_> = self.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, "{} {} {{{}}}", self.namespace, self.name, dimensions.join(", "))
    }
}

/// What is told of a period's samples.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Statistic {
    /// How many samples there were.
    SampleCount,
    /// All samples added up.
    Sum,
    /// `Sum` by `SampleCount`.
    Average,
    /// The lowest sample.
    Minimum,
    /// The highest sample.
    Maximum,
    /// The value that this share of the samples is below: `p95`. CloudWatch knows it only of metrics that were published sample by sample.
    Percentile(Percent),
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SampleCount => f.write_str("SampleCount"),
            Self::Sum => f.write_str("Sum"),
            Self::Average => f.write_str("Average"),
            Self::Minimum => f.write_str("Minimum"),
            Self::Maximum => f.write_str("Maximum"),
            Self::Percentile(share) => write!(f, "p{}", f64::from(share.basis_points()) / 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_named_as_cloudwatch_names_them() {
        let named = |percent| Statistic::Percentile(Percent::new(percent).unwrap()).to_string();
        assert_eq!([50.0, 95.0, 99.0, 99.9, 99.99].map(named), ["p50", "p95", "p99", "p99.9", "p99.99"]);
    }
}
