//! Where EC2 is reached.

use aws_config::SdkConfig;
use aws_sdk_ecs::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_smithy_runtime_api::client::endpoint::{EndpointFuture, EndpointResolverParams, ResolveEndpoint};
use aws_types::service_config::ServiceConfigKey;

/// EC2's endpoint: what the configuration says, as for every client of the SDK, or ECS's by the other name. Both services follow AWS's
/// general rule for regions, partitions, FIPS and dual stack; only in GovCloud EC2's plain endpoint is the one for FIPS.
///
/// Source: <https://docs.aws.amazon.com/general/latest/gr/ec2-service.html>,
/// <https://docs.aws.amazon.com/general/latest/gr/ecs-service.html>.
#[derive(Debug)]
pub(super) struct Endpoint {
    rules: DefaultResolver,
    params: Result<Params, String>,
}

impl Endpoint {
    pub(super) fn of(config: &SdkConfig) -> Self {
        let params = Params::builder()
            .set_region(config.region().map(ToString::to_string))
            .set_use_fips(config.use_fips())
            .set_use_dual_stack(config.use_dual_stack())
            .set_endpoint(given(config));
        Self { rules: DefaultResolver::new(), params: params.build().map_err(|error| error.to_string()) }
    }
}

/// Of the code first, then of the service in environment and profile, then of all services there.
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
fn given(config: &SdkConfig) -> Option<String> {
    let general = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return general();
    }
    let key = ServiceConfigKey::builder().service_id("EC2").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = config.service_config().zip(key.ok()).and_then(|(settings, key)| settings.load_config(key));
    own.or_else(general)
}

impl ResolveEndpoint for Endpoint {
    fn resolve_endpoint<'a>(&'a self, _: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        EndpointFuture::new(async {
            let params = self.params.as_ref().map_err(Clone::clone)?;
            let found = self.rules.resolve_endpoint(params).await?;
            if params.endpoint().is_some() {
                return Ok(found);
            }
            let url = named(found.url(), params.region().unwrap_or_default());
            Ok(found.into_builder().url(url).build())
        })
    }
}

fn named(url: &str, region: &str) -> String {
    let plain = region.starts_with("us-gov-") && url.ends_with(".amazonaws.com");
    let from = if plain && url.starts_with("https://ecs-fips.") { "https://ecs-fips." } else { "https://ecs" };
    let to = if from.ends_with('.') { "https://ec2." } else { "https://ec2" };
    url.replacen(from, to, 1)
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};
    use aws_types::{origin::Origin, service_config::LoadServiceConfig};

    use super::*;

    /// An environment in which EC2 has an endpoint of its own.
    #[derive(Debug)]
    struct Environment;

    impl LoadServiceConfig for Environment {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            (key.service_id() == "EC2" && key.env() == "AWS_ENDPOINT_URL").then(|| "http://127.0.0.1:2".to_owned())
        }
    }

    async fn endpoint(region: &'static str, fips: bool, dual: bool) -> String {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new(region));
        let endpoint = Endpoint::of(&config.use_fips(fips).use_dual_stack(dual).build());
        endpoint.resolve_endpoint(&EndpointResolverParams::new(())).await.unwrap().url().to_owned()
    }

    /// The cases are those of EC2's own rules.
    #[tokio::test]
    async fn it_is_that_of_the_region() {
        for (region, fips, dual, expected) in [
            ("eu-central-1", false, false, "https://ec2.eu-central-1.amazonaws.com"),
            ("us-east-1", true, false, "https://ec2-fips.us-east-1.amazonaws.com"),
            ("us-east-1", true, true, "https://ec2-fips.us-east-1.api.aws"),
            ("eu-west-1", false, true, "https://ec2.eu-west-1.api.aws"),
            ("cn-north-1", false, false, "https://ec2.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", false, false, "https://ec2.us-gov-west-1.amazonaws.com"),
            ("us-gov-east-1", true, false, "https://ec2.us-gov-east-1.amazonaws.com"),
            ("us-gov-east-1", true, true, "https://ec2-fips.us-gov-east-1.api.aws"),
            ("us-iso-east-1", true, false, "https://ec2-fips.us-iso-east-1.c2s.ic.gov"),
        ] {
            assert_eq!(endpoint(region, fips, dual).await, expected);
        }
    }

    async fn given_by(origin: Origin) -> String {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("eu-central-1"));
        let mut config = config.endpoint_url("http://127.0.0.1:1").service_config(Environment);
        config.insert_origin("endpoint_url", origin);
        let endpoint = Endpoint::of(&config.build());
        endpoint.resolve_endpoint(&EndpointResolverParams::new(())).await.unwrap().url().to_owned()
    }

    #[tokio::test]
    async fn what_the_code_says_goes_first_then_what_the_environment_says_of_ec2() {
        assert_eq!(given_by(Origin::shared_config()).await, "http://127.0.0.1:1");
        assert_eq!(given_by(Origin::shared_environment_variable()).await, "http://127.0.0.1:2");
    }

    #[tokio::test]
    async fn without_a_region_there_is_none() {
        let nowhere = Endpoint::of(&SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build());
        assert!(nowhere.resolve_endpoint(&EndpointResolverParams::new(())).await.is_err());
    }
}
