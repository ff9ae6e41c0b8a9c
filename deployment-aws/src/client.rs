//! How every client of the SDK is set up.

use std::time::Duration;

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future};

/// How long one try of a call may take, if the configuration does not say.
const TRY: Duration = Duration::from_secs(10);
/// How long connecting may take, if the configuration does not say.
const CONNECT: Duration = Duration::from_secs(3);

/// The same configuration without the SDK's retries, and with limits on time.
///
/// Retries happen in one layer. For a target or a backup that is the engine, which knows the step's deadline and looks before it repeats what
/// may have happened; for the journal, which nothing repeats for, it is the journal.
pub(crate) fn settled(config: &SdkConfig) -> SdkConfig {
    let given = config.timeout_config().cloned().unwrap_or_else(|| TimeoutConfig::builder().build());
    let mut timeouts = given.to_builder();
    if given.operation_attempt_timeout().is_none() {
        timeouts = timeouts.operation_attempt_timeout(TRY);
    }
    if given.connect_timeout().is_none() {
        timeouts = timeouts.connect_timeout(CONNECT);
    }
    let settled = config.clone().into_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build());
    match config.credentials_provider() {
        Some(_) => settled.build(),
        None => settled.credentials_provider(SharedCredentialsProvider::new(NoCredentials)).build(),
    }
}

/// Says in a way that can be told from other errors that there are none: the SDK's own error for that is like those of a connection.
#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("the configuration has no credentials")))
    }
}
