//! Names of registries.

use std::fmt;

use deployment_core::{Error, Result};

/// A registry, which Cloud Map calls a service: `arn:aws:servicediscovery:REGION:ACCOUNT:service/srv-…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RegistryArn(String);

impl RegistryArn {
    /// In this region: Cloud Map is asked there.
    pub(super) fn new(arn: &str, region: &str) -> Result<Self> {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        let ["arn", _, "servicediscovery", of, _, resource] = parts.as_slice() else { return Err(Self::not_one(arn)) };
        if resource.strip_prefix("service/").is_none_or(str::is_empty) {
            return Err(Self::not_one(arn));
        }
        if *of != region {
            let message = format!("{arn} is in {of}, the configuration is for {region}; give both for the same region");
            return Err(Error::invalid("registry", message));
        }
        Ok(Self(arn.to_owned()))
    }

    fn not_one(arn: &str) -> Error {
        let form = "arn:aws:servicediscovery:REGION:ACCOUNT:service/srv-ID";
        Error::invalid("registry", format!("{arn:?} is not the ARN of a service of Cloud Map; give {form}"))
    }

    /// As Cloud Map takes it, also where the namespace is another account's.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegistryArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.rsplit('/').next().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arn_of_a_registry_in_the_region_is_taken_and_others_are_refused_with_the_fix() {
        let arn = |region: &str, resource: &str| format!("arn:aws:servicediscovery:{region}:123456789012:{resource}");
        let good = arn("eu-central-1", "service/srv-1");
        assert_eq!(RegistryArn::new(&good, "eu-central-1").unwrap().to_string(), "srv-1");
        let cases = [
            ("srv-1".to_owned(), "give arn:aws:servicediscovery"),
            (arn("eu-central-1", "namespace/ns-1"), "is not the ARN of a service of Cloud Map"),
            (arn("eu-central-1", "service/"), "is not the ARN of a service of Cloud Map"),
            ("arn:aws:ecs:eu-central-1:123456789012:service/main/shop".to_owned(), "is not the ARN"),
            (arn("us-east-1", "service/srv-1"), "is in us-east-1, the configuration is for eu-central-1"),
        ];
        for (arn, why) in cases {
            let told = RegistryArn::new(&arn, "eu-central-1").unwrap_err().to_string();
            assert!(told.contains("registry: ") && told.contains(why), "{told}");
        }
    }
}
