//! A quota of the account, and what of it is used.

use aws_sdk_servicequotas::{Client, types::ServiceQuota};
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use deployment_core::{Error, ErrorKind, Result};

use crate::{
    cloudwatch::{Metric, Statistic},
    error::{Call, Effect},
};

const OPERATION: &str = "look at the quota";
const GET: Call = Call { operation: OPERATION, action: "servicequotas:GetServiceQuota", effect: Effect::Reads };
const GET_DEFAULT: Call = Call { operation: OPERATION, action: "servicequotas:GetAWSDefaultServiceQuota", effect: Effect::Reads };

/// A quota.
#[derive(Debug)]
pub(super) struct Quota {
    pub(super) value: f64,
    /// What tells how much of it is used, if it says so.
    pub(super) usage: Option<(Metric, Statistic)>,
}

/// The quota that applies to the account, or AWS's default where none was ever applied.
///
/// Source: <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html>.
pub(super) async fn get(client: &Client, service: &str, code: &str) -> Result<Quota> {
    let here = |error: Error| error.with("quota", code);
    let found = match client.get_service_quota().service_code(service).quota_code(code).send().await {
        Ok(answer) => answer.quota,
        Err(error) if error.code() == Some("NoSuchResourceException") => {
            let default = client.get_aws_default_service_quota().service_code(service).quota_code(code).send().await;
            default.map_err(|error| here(GET_DEFAULT.failed(error)))?.quota
        }
        Err(error) => return Err(here(GET.failed(error))),
    };
    let value = found.as_ref().and_then(ServiceQuota::value);
    let told = found.as_ref().and_then(|quota| quota.error_reason()?.error_message());
    let why = || format!("Service Quotas tells no number: {}; look there by hand", told.unwrap_or("no reason was given"));
    let value = value.ok_or_else(|| here(Error::new(ErrorKind::Failed, OPERATION, why())))?;
    Ok(Quota { value, usage: found.as_ref().and_then(usage) })
}

/// Source: <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_MetricInfo.html>.
fn usage(quota: &ServiceQuota) -> Option<(Metric, Statistic)> {
    let told = quota.usage_metric()?;
    let dimensions = told.metric_dimensions().into_iter().flatten();
    let metric = Metric::new(told.metric_namespace()?, told.metric_name()?);
    let statistic = match told.metric_statistic_recommendation() {
        Some("Sum") => Statistic::Sum,
        Some("Average") => Statistic::Average,
        Some("Minimum") => Statistic::Minimum,
        Some("SampleCount") => Statistic::SampleCount,
        _ => Statistic::Maximum,
    };
    Some((dimensions.fold(metric, |metric, (name, value)| metric.dimension(name, value)), statistic))
}
