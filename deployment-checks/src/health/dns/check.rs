//! The check.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport},
};
use tokio::time::Instant;

use super::{
    DnsCheckBuilder, Record,
    rules::{Rules, Values, judge_change},
    source::Source,
};
use crate::health::{
    Limits,
    findings::{Findings, Look, Trouble, look},
};

/// Asks what a name leads to.
///
/// # Contract
/// - **Healthy:** there is an answer, as expected. **Degraded:** it is not the one of the look before
///   ([`unchanging`](DnsCheckBuilder::unchanging)); the latency's first limit. **Unhealthy:** the name does not exist, has no such record or
///   other ones than expected; the server refuses, fails or does not answer in time; the latency's second limit.
/// - **Could not look** (`Err`): the server's address is denied.
/// - With a server (feature `dns`), one question is asked over UDP, up to three times within the timeout, and over TCP if the answer was
///   cut short. An answer with another id, to another question or from elsewhere is not one. Aliases are followed within the answer.
/// - Without a server, the system's resolver is asked, hosts file and cache included; it knows addresses only.
/// - Addresses are not connected to, so the address policy is not asked about them.
///
/// ```
/// use deployment_checks::health::{DnsCheck, Record};
/// use deployment_core::health::HealthCheck;
///
/// let check = DnsCheck::builder("backend.internal").at_least(2).unchanging().build()?;
/// assert_eq!(check.describe(), "DNS A backend.internal");
///
/// let error = DnsCheck::builder("backend.internal").exactly(["10.0.0.300"]).build().unwrap_err();
/// assert!(error.to_string().contains("10.0.0.300"));
/// # assert!(DnsCheck::builder("backend.internal").record(Record::Mx).build().is_err());
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug)]
pub struct DnsCheck {
    pub(super) name: String,
    pub(super) record: Record,
    pub(super) source: Source,
    pub(super) rules: Rules,
    pub(super) change: Change,
    pub(super) latency: Option<Limits<Duration>>,
    pub(super) timeout: Duration,
    pub(super) before: Mutex<Option<Values>>,
}

/// Whether an answer may differ from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Fine,
    Degrades,
}

impl DnsCheck {
    /// Looks for the `A` records of `name`, unless told otherwise.
    pub fn builder(name: impl Into<String>) -> DnsCheckBuilder {
        DnsCheckBuilder::new(name.into())
    }

    async fn look(&self, deadline: Instant, findings: &mut Findings) -> Look<()> {
        let began = Instant::now();
        let values = self.source.ask(&self.name, self.record, deadline).await?;
        if let Some(limits) = &self.latency {
            let took = began.elapsed();
            findings.measure(took, limits, format!("answered in {} ms", took.as_millis()));
        }
        if values.is_empty() {
            return Err(Trouble::down(format!("the name has no {} record", self.record)));
        }
        self.rules.judge(self.record, &values, findings);
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        let compared = before.as_ref().filter(|_| self.change == Change::Degrades);
        judge_change(self.record, compared, &values, findings);
        *before = Some(values);
        Ok(())
    }
}

#[async_trait]
impl HealthCheck for DnsCheck {
    fn describe(&self) -> String {
        format!("DNS {} {}", self.record, self.name)
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        look(self.timeout, async |deadline, findings| self.look(deadline, findings).await).await
    }
}
