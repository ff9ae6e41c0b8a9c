//! What the calls for instances and clusters share.

use aws_sdk_rds::{Client, types::Filter};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use deployment_core::{ErrorKind, Result};

use super::{
    plane::Asked,
    tags::{self, Tags},
};
use crate::error::{Call, Effect};

pub(super) fn reads(operation: &'static str, action: &'static str) -> Call {
    Call { operation, action, effect: Effect::Reads }
}

pub(super) fn changes(operation: &'static str, action: &'static str) -> Call {
    Call { operation, action, effect: Effect::Changes }
}

/// The answer; `None` if what was asked for is not there.
pub(super) fn if_there<T, E>(call: Call, answer: Result<T, SdkError<E, HttpResponse>>) -> Result<Option<T>>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match answer.map_err(|error| call.failed(error)) {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a copy was begun.
pub(super) fn asked<T, E>(call: Call, answer: Result<T, SdkError<E, HttpResponse>>) -> Result<Asked>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match answer {
        Ok(_) => Ok(Asked::Accepted),
        Err(error) if error.code() == Some("SnapshotQuotaExceeded") => Ok(Asked::Full(call.failed(error))),
        Err(error) => Err(call.failed(error)),
    }
}

pub(super) async fn tag(client: &Client, arn: &str, tags: &Tags) -> Result<()> {
    let call = changes("tag", "rds:AddTagsToResource");
    let answer = client.add_tags_to_resource().resource_name(arn).set_tags(Some(tags::to_sdk(tags))).send().await;
    answer.map(drop).map_err(|error| call.failed(error))
}

pub(super) fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// A port as it is on the wire.
pub(super) fn port(port: Option<i32>) -> Option<u16> {
    port.and_then(|port| u16::try_from(port).ok())
}

/// A parameter group that somebody chose: AWS takes the default of the engine's version by itself.
pub(super) fn chosen(group: Option<&str>) -> Option<String> {
    group.filter(|group| !group.starts_with("default.")).map(str::to_owned)
}

/// How many of something an account has in a region, and how many it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quota {
    /// As RDS names it: `ManualSnapshots`.
    pub(super) name: String,
    pub(super) used: i64,
    pub(super) most: i64,
}

pub(super) async fn quotas(client: &Client) -> Result<Vec<Quota>> {
    let call = reads("look at the quotas", "rds:DescribeAccountAttributes");
    let answer = client.describe_account_attributes().send().await.map_err(|error| call.failed(error))?;
    let quota = |quota: &aws_sdk_rds::types::AccountQuota| {
        Some(Quota { name: quota.account_quota_name()?.to_owned(), used: quota.used()?, most: quota.max()? })
    };
    Ok(answer.account_quotas().iter().filter_map(quota).collect())
}
