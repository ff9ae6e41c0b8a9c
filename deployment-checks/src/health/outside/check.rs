//! The check.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport},
};
use futures::future::join_all;

use super::OutsideCheckBuilder;
use crate::health::findings::{Findings, look};

/// Looks at a public host as the world does: the redirect from http to https, ports that must be open or closed, TLS, headers.
///
/// # Contract
/// - It has parts, each asked for by its option, and looks at all of them side by side. The worst of them is the verdict; the evidence
///   names each.
/// - **Unhealthy:** a part is. **Degraded:** a part is (TLS, by its days). **Could not look** (`Err`): a part could not, and none is unhealthy.
/// - What it sees depends on where it runs: a port that is closed to the world may be open to its neighbours.
///
/// ```
/// use deployment_checks::{expect::TextRule, health::OutsideCheck};
/// use deployment_core::health::HealthCheck;
///
/// let check = OutsideCheck::builder("shop.example.com")
///     .https_redirect()
///     .tls()
///     .open(443)
///     .closed(22)
///     .closed(5432)
///     .cache("/assets/app.js", TextRule::contains("immutable"))
///     .header("/", "strict-transport-security", TextRule::Present)
///     .build()?;
/// assert_eq!(check.describe(), "outside view of shop.example.com");
/// assert!(OutsideCheck::builder("shop.example.com").build().is_err(), "nothing is asked for");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OutsideCheck {
    pub(super) host: String,
    pub(super) parts: Vec<Arc<dyn HealthCheck>>,
    pub(super) timeout: Duration,
}

impl OutsideCheck {
    /// Looks at `host`, a name or an address.
    pub fn builder(host: impl Into<String>) -> OutsideCheckBuilder {
        OutsideCheckBuilder::new(host.into())
    }

    async fn look(&self, context: &HealthContext, findings: &mut Findings) {
        let reports = join_all(self.parts.iter().map(|part| async move { (part.describe(), part.check(context).await) })).await;
        for (name, report) in reports {
            match report {
                Ok(report) => findings.add(report.status, format!("{name}: {}", report.evidence)),
                Err(error) => findings.blind(error.with("part", name)),
            }
        }
    }
}

#[async_trait]
impl HealthCheck for OutsideCheck {
    fn describe(&self) -> String {
        format!("outside view of {}", self.host)
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        // Each part ends in time by itself.
        look(self.timeout * 2, async |_, findings| {
            self.look(context, findings).await;
            Ok(())
        })
        .await
    }
}
