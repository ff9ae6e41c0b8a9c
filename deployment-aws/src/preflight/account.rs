//! Whose account, and which region.

use std::fmt;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sts::Client;
use deployment_core::{
    Error, Result,
    gate::{Gate, GateContext, GateVerdict},
};

use super::{Findings, Precondition, findings::gate};
use crate::{
    client,
    error::{Call, Effect},
};

const OPERATION: &str = "check account";
// It is allowed to everybody, whatever their policies say.
const WHO: Call = Call { operation: OPERATION, action: "sts:GetCallerIdentity", effect: Effect::Reads };

/// The account and the region that something is for: a [`Gate`] that rejects a deployment whose credentials or configuration are another
/// environment's, and tells every fault at once.
///
/// ```no_run
/// use deployment_aws::preflight::Account;
/// use deployment_core::Plugins;
///
/// # async fn example() -> deployment_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// let production = Account::new(&config, "123456789012", "eu-central-1")?;
/// production.check().await?; // at once, or
/// let plugins = Plugins::new().gate("account", production)?; // before the first step: `.gate("account")` in the plan
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Account {
    client: Client,
    /// The configuration's.
    configured: Option<String>,
    account: String,
    region: String,
}

impl Account {
    /// What must be the account of `config`'s credentials, and its region. Nothing is called yet.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if `account` does not have twelve digits, or `region` is empty.
    pub fn new(config: &SdkConfig, account: impl Into<String>, region: impl Into<String>) -> Result<Self> {
        let (account, region) = (account.into(), region.into());
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Error::invalid("account", format!("{account:?} must have twelve digits, with leading zeros")));
        }
        if region.is_empty() {
            return Err(Error::invalid("region", "is empty; give it as its endpoints name it: eu-central-1"));
        }
        let configured = config.region().map(ToString::to_string);
        Ok(Self { client: Client::new(&client::settled(config)), configured, account, region })
    }

    /// Asks whose credentials these are.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) with everything that is another's, also if a part could not be asked; otherwise the error of
    /// asking.
    pub async fn check(&self) -> Result<()> {
        let mut findings = Findings::default();
        let unseen = self.examine(&mut findings).await.err().map(|error| ("the account".to_owned(), error));
        findings.verdict("this is not where it should be", unseen.into_iter().collect()).map(drop)
    }

    fn region_fault(&self) -> Option<String> {
        let configured = self.configured.as_deref().unwrap_or("not set");
        (configured != self.region).then(|| format!("the region is {configured}, not {}", self.region))
    }

    fn account_fault(&self, account: &str, caller: &str) -> Option<String> {
        (account != self.account).then(|| format!("the credentials are {caller} of account {account}, not of {}", self.account))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Account").field(&self.account).field(&self.region).finish()
    }
}

#[async_trait]
impl Precondition for Account {
    fn describe(&self) -> String {
        format!("account {} of AWS, region {}", self.account, self.region)
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        findings.problems.extend(self.region_fault());
        let caller = self.client.get_caller_identity().send().await.map_err(|error| WHO.failed(error))?;
        findings.problems.extend(self.account_fault(caller.account().unwrap_or("no account"), caller.arn().unwrap_or("somebody")));
        Ok(())
    }
}

#[async_trait]
impl Gate for Account {
    fn describe(&self) -> String {
        Precondition::describe(self)
    }

    async fn evaluate(&self, _: &GateContext) -> Result<GateVerdict> {
        gate(self.check().await.map(|()| Vec::new()))
    }
}
