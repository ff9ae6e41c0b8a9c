//! The check.

use std::fmt;

use async_trait::async_trait;
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport},
};
use tokio::time::{Duration, Instant, sleep};

use super::{
    builder::{PostgresCheckBuilder, Settings},
    dsn::Dsn,
    judge::judge,
    session::Session,
    state::State,
};
use crate::{
    health::findings::{Findings, Look, look},
    net::Tls,
    secret::Secret,
};

/// How long a lag must last to count: a transaction that is being replayed at this moment looks as old as the pause before it.
const LAG_LASTS: Duration = Duration::from_millis(250);

/// Looks whether a `PostgreSQL` server does its work: a connection with TLS, a query's time, connections in use, waits for locks, long
/// transactions, replication and its lag.
///
/// # Contract
/// - One connection per look, in one read-only transaction with a `statement_timeout`; nothing is changed or kept.
/// - Refused connections, *too many clients*, a server that starts, stops or recovers, a missing database, a query that fails or takes too
///   long, a certificate that does not verify: **unhealthy**.
/// - A denied address, refused credentials, a missing right, a server before version 14, a probe that is no read-only SQL: an **error**.
/// - Shows neither the connection string nor its password, also not if the server sends it back.
///
/// The user needs no right but to connect; to see transactions and lags of others' replication it must be a member of `pg_monitor`.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::{health::{Limits, PostgresCheck}, secret::Secret};
/// use deployment_core::health::HealthCheck;
///
/// let check = PostgresCheck::builder(Secret::new("postgres://monitor:s3cret@db.internal/shop"))
///     .query_time(Limits::new(Duration::from_millis(200), Duration::from_secs(1)))
///     .replicas(1)
///     .build()?;
/// assert_eq!(check.describe(), "PostgreSQL shop at db.internal:5432");
/// # Ok::<(), deployment_core::Error>(())
/// ```
pub struct PostgresCheck {
    pub(super) dsn: Dsn,
    pub(super) tls: Option<Tls>,
    pub(super) settings: Settings,
}

impl PostgresCheck {
    /// Begins with a connection string: `postgres://user:password@host:port/database` or `host=… user=…`.
    pub fn builder(dsn: Secret) -> PostgresCheckBuilder {
        PostgresCheckBuilder::new(dsn)
    }

    async fn look(&self, deadline: Instant, findings: &mut Findings) -> Look<()> {
        let session = Session::open(&self.dsn, &self.settings.access, self.tls.as_ref(), deadline).await?;
        let time = session.probe(&self.settings.query).await?;
        let milliseconds = time.as_millis();
        findings.measure(time, &self.settings.query_time, format!("the query took {milliseconds} ms"));
        let mut state = State::read(&session).await?;
        if state.lags_from(self.settings.lag_time) {
            sleep(LAG_LASTS).await;
            state.shorten_lag(&State::read(&session).await?);
        }
        judge(&state, &self.settings, findings);
        Ok(())
    }
}

#[async_trait]
impl HealthCheck for PostgresCheck {
    fn describe(&self) -> String {
        format!("PostgreSQL {} at {}:{}", self.dsn.database, self.dsn.host, self.dsn.port)
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        look(self.settings.access.timeout, async |deadline, findings| self.look(deadline, findings).await).await
    }
}

impl fmt::Debug for PostgresCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresCheck").field("server", &self.describe()).field("settings", &self.settings).finish()
    }
}
