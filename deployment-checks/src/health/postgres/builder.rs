//! What a check of `PostgreSQL` is told.

use std::time::Duration;

use deployment_core::{Error, Percent, Result};

use super::{check::PostgresCheck, dsn::Dsn};
use crate::{
    health::{Access, Limits, Role},
    secret::Secret,
};

/// Puts a [`PostgresCheck`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct PostgresCheckBuilder {
    dsn: Secret,
    settings: Settings,
}

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) access: Access,
    pub(super) query: String,
    pub(super) query_time: Limits<Duration>,
    pub(super) connections: Option<Limits<Percent>>,
    pub(super) lock_wait: Limits<Duration>,
    pub(super) transactions: Option<Limits<Duration>>,
    pub(super) role: Option<Role>,
    pub(super) replicas: u32,
    pub(super) lag_time: Limits<Duration>,
    pub(super) lag_bytes: Limits<u64>,
}

impl PostgresCheckBuilder {
    pub(super) fn new(dsn: Secret) -> Self {
        let settings = Settings {
            access: Access::new(),
            query: "SELECT 1".into(),
            query_time: Limits::new(Duration::from_millis(500), Duration::from_secs(2)),
            connections: None,
            lock_wait: Limits::new(Duration::from_secs(5), Duration::from_secs(60)),
            transactions: Some(Limits::degraded_from(Duration::from_secs(15 * 60))),
            role: None,
            replicas: 0,
            lag_time: Limits::new(Duration::from_secs(10), Duration::from_secs(60)),
            lag_bytes: Limits::new(64 << 20, 1 << 30),
        };
        Self { dsn, settings }
    }

    /// How the server is reached.
    pub fn access(mut self, access: Access) -> Self {
        self.settings.access = access;
        self
    }

    /// The query whose time is measured; `SELECT 1` unless told otherwise. It runs read-only, and what it gives does not matter.
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.settings.query = query.into();
        self
    }

    /// How long the query may take; degraded from 500 ms on, failed from 2 s on, unless told otherwise.
    pub fn query_time(mut self, limits: Limits<Duration>) -> Self {
        self.settings.query_time = limits;
        self
    }

    /// How many of the connections that users may have may be in use; degraded from 80 % on (HEALTH-2), failed from 95 % on, unless told
    /// otherwise. The check's own counts.
    pub fn connections(mut self, limits: Limits<Percent>) -> Self {
        self.settings.connections = Some(limits);
        self
    }

    /// How long anybody may wait for a lock; degraded from 5 s on, failed from 60 s on, unless told otherwise.
    pub fn lock_wait(mut self, limits: Limits<Duration>) -> Self {
        self.settings.lock_wait = limits;
        self
    }

    /// How long a client's transaction may be open, idle ones included; degraded from 15 min on, unless told otherwise.
    pub fn transactions(mut self, limits: Limits<Duration>) -> Self {
        self.settings.transactions = Some(limits);
        self
    }

    /// Transactions are not looked at: for a user who may not see those of others (who is no member of `pg_monitor`).
    pub fn without_transactions(mut self) -> Self {
        self.settings.transactions = None;
        self
    }

    /// The server must be this; either, unless told otherwise.
    pub fn role(mut self, role: Role) -> Self {
        self.settings.role = Some(role);
        self
    }

    /// At least so many replicas must follow this server (state `streaming`), or it is degraded; 0 unless told otherwise.
    pub fn replicas(mut self, count: u32) -> Self {
        self.settings.replicas = count;
        self
    }

    /// How old what a replica has not applied yet may be; degraded from 10 s on, failed from 60 s on, unless told otherwise. On a primary
    /// it is asked of all that follow it.
    pub fn lag_time(mut self, limits: Limits<Duration>) -> Self {
        self.settings.lag_time = limits;
        self
    }

    /// How many bytes of the log a replica may be behind; degraded from 64 MiB on, failed from 1 GiB on, unless told otherwise.
    pub fn lag_bytes(mut self, limits: Limits<u64>) -> Self {
        self.settings.lag_bytes = limits;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If the connection string or a limit is not what it should be; never shows the string.
    pub fn build(mut self) -> Result<PostgresCheck> {
        let settings = &mut self.settings;
        let tls = settings.access.security()?;
        let dsn = Dsn::parse(&self.dsn, tls.is_some())?;
        if settings.query.trim().is_empty() || settings.query.contains('\0') {
            return Err(Error::invalid("query", "is empty or has a zero byte; give one SELECT, such as SELECT 1"));
        }
        if settings.connections.is_none() {
            settings.connections = Some(Limits::new(Percent::new(80.0)?, Percent::new(95.0)?));
        }
        settings.query_time.check("query_time", Duration::ZERO)?;
        settings.lock_wait.check("lock_wait", Duration::ZERO)?;
        settings.lag_time.check("lag_time", Duration::ZERO)?;
        settings.lag_bytes.check("lag_bytes", 0)?;
        if let Some(limits) = &settings.connections {
            limits.check("connections", Percent::ZERO)?;
        }
        if let Some(limits) = &settings.transactions {
            limits.check("transactions", Duration::ZERO)?;
        }
        Ok(PostgresCheck { dsn, tls, settings: self.settings })
    }
}
