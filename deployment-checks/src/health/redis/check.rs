//! The check.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};
use tokio::time::Instant;

use super::{
    builder::{RedisCheckBuilder, Settings},
    info::Info,
    judge::judge,
    session::Session,
};
use crate::{
    health::findings::{Findings, Look, look},
    net::Tls,
};

/// What stands for a counter that was not read yet.
const NEVER: u64 = u64::MAX;

/// Looks whether a Redis server does its work: the time of a `PING`, memory in use, connections, refused connections, whether it can keep
/// what it is given, role and replication. It sends `AUTH` (with a password), `PING` and `INFO`, and nothing else.
///
/// # Contract
/// - One connection per look; nothing is written.
/// - Refused connections, a server that is still loading, a replica without its primary that serves nothing, memory that is full while
///   nothing may be evicted, a disk that takes no more of the append-only file, a certificate that does not verify: **unhealthy**.
/// - A denied address, a wrong or missing password, a user who may not call `PING` or `INFO`: an **error**.
/// - Refused connections are counted from the look before; the first look after the check was made only notes the counter.
/// - Shows no password, also not if the server sends it back.
///
/// ```
/// use deployment_checks::{health::{RedisCheck, Role}, secret::Secret};
/// use deployment_core::health::HealthCheck;
///
/// let check = RedisCheck::builder("cache.internal", 6379)
///     .user("monitor")
///     .password(Secret::new("s3cret"))
///     .role(Role::Primary)
///     .build()?;
/// assert_eq!(check.describe(), "Redis at cache.internal:6379");
/// # Ok::<(), deployment_core::Error>(())
/// ```
pub struct RedisCheck {
    pub(super) settings: Settings,
    pub(super) tls: Option<Tls>,
    refused: AtomicU64,
}

impl RedisCheck {
    /// Begins with a host (a name or an address) and a port.
    pub fn builder(host: impl Into<String>, port: u16) -> RedisCheckBuilder {
        RedisCheckBuilder::new(host.into(), port)
    }

    pub(super) fn new(settings: Settings, tls: Option<Tls>) -> Self {
        Self { settings, tls, refused: AtomicU64::new(NEVER) }
    }

    async fn look(&self, deadline: Instant, findings: &mut Findings) -> Look<()> {
        let mut session = Session::open(&self.settings, self.tls.as_ref(), deadline).await?;
        let time = session.ping().await?;
        findings.measure(time, &self.settings.ping_time, format!("PING took {} ms", time.as_millis()));
        let info = Info::parse(&session.info().await?)?;
        self.refusals(&info, findings)?;
        judge(&info, &self.settings, findings)
    }

    /// Connections that the server refused since the last look: its limit, or the system's, is too low.
    fn refusals(&self, info: &Info, findings: &mut Findings) -> Look<()> {
        let now = info.count("rejected_connections")?;
        let before = self.refused.swap(now, Ordering::Relaxed);
        if before != NEVER && now > before {
            findings.add(HealthStatus::Degraded, format!("{} connections were refused since the last look", now - before));
        }
        Ok(())
    }
}

#[async_trait]
impl HealthCheck for RedisCheck {
    fn describe(&self) -> String {
        format!("Redis at {}:{}", self.settings.host, self.settings.port)
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        look(self.settings.access.timeout, async |deadline, findings| self.look(deadline, findings).await).await
    }
}

impl fmt::Debug for RedisCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisCheck").field("settings", &self.settings).finish_non_exhaustive()
    }
}
