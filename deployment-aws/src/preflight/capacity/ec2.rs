//! The one call of EC2: `DescribeSubnets`.
//!
//! It is not made by the SDK's crate for EC2, which has more than seven hundred calls and takes two and a half minutes to build. It is made
//! by what that crate, too, is made of: the SDK's orchestrator, which signs, sends and limits in time as for every other call, with the
//! configuration's credentials, HTTP client and endpoint. What is written here is the form of the question and of the answer.
//!
//! Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html>.

use std::collections::{BTreeMap, BTreeSet};

use aws_config::SdkConfig;
use aws_runtime::{
    auth::{SigV4OperationSigningConfig, sigv4},
    user_agent::{ApiMetadata, UserAgentInterceptor},
};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::{
    auth::{AuthSchemeOptionResolverParams, static_resolver::StaticAuthSchemeOptionResolver},
    endpoint::EndpointResolverParams,
    runtime_components::RuntimeComponentsBuilder,
    runtime_plugin::StaticRuntimePlugin,
};
use aws_smithy_types::{config_bag::Layer, error::metadata::ErrorMetadata, timeout::TimeoutConfig};
use deployment_core::{Error, ErrorKind, Result};

use super::{
    endpoint::Endpoint,
    form::{self, Page, Question},
};
use crate::{
    client::settled,
    error::{Call, Effect},
};

const CALL: Call = Call { operation: "look at the subnets", action: "ec2:DescribeSubnets", effect: Effect::Reads };
/// The most values of one filter. Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>.
const AT_ONCE: usize = 200;

/// EC2, as far as subnets go.
#[derive(Debug, Clone)]
pub(super) struct Ec2(Operation<Question, Page, ErrorMetadata>);

impl Ec2 {
    pub(super) fn new(config: &SdkConfig) -> Self {
        let config = settled(config);
        let mut operation = Operation::builder().service_name("EC2").operation_name("DescribeSubnets").no_retry();
        operation = operation.timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled));
        if let Some(version) = config.behavior_version() {
            operation = operation.behavior_version(version);
        }
        if let Some(client) = config.http_client() {
            operation = operation.http_client(client);
        }
        if let Some(sleep) = config.sleep_impl() {
            operation = operation.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            operation = operation.time_source(time);
        }
        let operation =
            operation.with_connection_poisoning().interceptor(UserAgentInterceptor::new()).runtime_plugin(who_and_where(&config));
        Self(operation.serializer(form::request).deserializer(form::page).build())
    }

    /// How many addresses are free in each of these subnets; those that are not there are left out.
    pub(super) async fn free(&self, subnets: &BTreeSet<&str>) -> Result<BTreeMap<String, u64>> {
        let (all, mut free) = (subnets.iter().copied().collect::<Vec<_>>(), BTreeMap::new());
        for part in all.chunks(AT_ONCE) {
            let mut question = Question { subnets: part.iter().map(|id| (*id).to_owned()).collect(), next: None };
            loop {
                let page = self.0.invoke(question.clone()).await.map_err(|error| CALL.failed(error))?;
                free.extend(page.free);
                if page.next.is_none() {
                    break;
                }
                if page.next == question.next {
                    return Err(Error::new(ErrorKind::Unreachable, CALL.operation, "the pages of the answer do not end"));
                }
                question.next = page.next;
            }
        }
        Ok(free)
    }
}

/// Credentials, signature and endpoint.
fn who_and_where(config: &SdkConfig) -> StaticRuntimePlugin {
    let mut layer = Layer::new("EC2");
    let region = config.region().cloned();
    layer.store_put(SigV4OperationSigningConfig {
        region: region.map(Into::into),
        name: Some("ec2".into()),
        ..SigV4OperationSigningConfig::default()
    });
    layer.store_put(ApiMetadata::new("ec2", env!("CARGO_PKG_VERSION")));
    layer.store_or_unset(config.app_name().cloned());
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(EndpointResolverParams::new(()));
    let mut components = RuntimeComponentsBuilder::new("EC2")
        .with_auth_scheme(sigv4::SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID])))
        .with_endpoint_resolver(Some(Endpoint::of(config)));
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(sigv4::SCHEME_ID, credentials);
    }
    if let Some(cache) = config.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
}
