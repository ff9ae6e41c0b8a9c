//! CloudWatch in one account and region.

use std::fmt;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use deployment_core::Error;

use crate::client;

/// CloudWatch in one account and region: what metrics and alarms are read from. A clone is the same one.
#[derive(Clone)]
pub struct CloudWatch {
    pub(super) client: Client,
    region: String,
}

impl CloudWatch {
    /// CloudWatch in the region and with the credentials of `config`. Nothing is called yet.
    ///
    /// The SDK's retries are turned off: whoever watches looks again anyway. The configuration's own timeouts stand; if it has none, connecting
    /// may take 3 seconds and a try 10.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        let region = config.region().map_or_else(|| "no region".to_owned(), ToString::to_string);
        Self { client: Client::new(&client::settled(config)), region }
    }

    /// The region, as its endpoints name it.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    pub(super) fn named(&self, error: Error) -> Error {
        error.with("region", &self.region)
    }
}

impl fmt::Debug for CloudWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CloudWatch").field(&self.region).finish()
    }
}
