//! The check.

use std::fmt;

use async_trait::async_trait;
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};
use http::{HeaderValue, uri::Authority};
use tokio::time::Instant;

use super::{
    builder::{GrpcCheckBuilder, Settings},
    call::call,
    message::Said,
};
use crate::{
    health::findings::{Findings, Look, look},
    net::Tls,
};

/// Asks `grpc.health.v1.Health/Check` of a server.
///
/// # Contract
/// - One connection and one call per look.
/// - `SERVING` is **healthy**. `NOT_SERVING`, `UNKNOWN`, a service that the server does not know (`NOT_FOUND`, `SERVICE_UNKNOWN`), every
///   other failed call, refused connections, a certificate that does not verify, a peer that does not speak HTTP/2: **unhealthy**.
/// - A server without the health protocol (`UNIMPLEMENTED`), a refused token (`UNAUTHENTICATED`, `PERMISSION_DENIED`), a denied address: an
///   **error**.
/// - The token is shown nowhere, also not if the server sends it back.
///
/// ```
/// use deployment_checks::{health::GrpcCheck, secret::Secret};
/// use deployment_core::health::HealthCheck;
///
/// let check = GrpcCheck::builder("orders.internal", 50051).service("shop.v1.Orders").bearer(Secret::new("t0ken")).build()?;
/// assert_eq!(check.describe(), "gRPC service shop.v1.Orders at orders.internal:50051");
/// # Ok::<(), deployment_core::Error>(())
/// ```
pub struct GrpcCheck {
    pub(super) settings: Settings,
    pub(super) tls: Option<Tls>,
    pub(super) authority: Authority,
    pub(super) bearer: Option<HeaderValue>,
}

impl GrpcCheck {
    /// Begins with a host (a name or an address) and a port.
    pub fn builder(host: impl Into<String>, port: u16) -> GrpcCheckBuilder {
        GrpcCheckBuilder::new(host.into(), port)
    }

    async fn look(&self, deadline: Instant, findings: &mut Findings) -> Look<()> {
        let (said, time) = call(self, deadline).await?;
        let (status, words) = match said {
            Said::Serving => (HealthStatus::Healthy, "it is serving"),
            Said::NotServing => (HealthStatus::Unhealthy, "it is not serving"),
            Said::Unknown => (HealthStatus::Unhealthy, "it does not know whether it is serving"),
            Said::ServiceUnknown => (HealthStatus::Unhealthy, "it does not know the service"),
        };
        findings.add(status, words);
        findings.measure(time, &self.settings.answer_time, format!("the answer took {} ms", time.as_millis()));
        Ok(())
    }
}

#[async_trait]
impl HealthCheck for GrpcCheck {
    fn describe(&self) -> String {
        match self.settings.service.as_str() {
            "" => format!("gRPC server at {}", self.authority),
            service => format!("gRPC service {service} at {}", self.authority),
        }
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        look(self.settings.access.timeout, async |deadline, findings| self.look(deadline, findings).await).await
    }
}

impl fmt::Debug for GrpcCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcCheck").field("settings", &self.settings).finish_non_exhaustive()
    }
}
