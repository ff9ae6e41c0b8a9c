//! What a check of Redis is told.

use std::time::Duration;

use deployment_core::{Percent, Result};

use super::check::RedisCheck;
use crate::{
    health::{Access, Limits, Role, place::server},
    secret::Secret,
};

/// Puts a [`RedisCheck`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct RedisCheckBuilder(Settings);

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) access: Access,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) ping_time: Limits<Duration>,
    pub(super) memory: Option<Limits<Percent>>,
    pub(super) connections: Option<Limits<Percent>>,
    pub(super) role: Option<Role>,
    pub(super) replicas: u64,
    pub(super) lag_time: Limits<Duration>,
    pub(super) lag_bytes: Limits<u64>,
}

impl RedisCheckBuilder {
    pub(super) fn new(host: String, port: u16) -> Self {
        Self(Settings {
            host,
            port,
            access: Access::new(),
            user: None,
            password: None,
            ping_time: Limits::new(Duration::from_millis(100), Duration::from_secs(1)),
            memory: None,
            connections: None,
            role: None,
            replicas: 0,
            lag_time: Limits::new(Duration::from_secs(15), Duration::from_secs(60)),
            lag_bytes: Limits::new(16 << 20, 256 << 20),
        })
    }

    /// How the server is reached.
    pub fn access(mut self, access: Access) -> Self {
        self.0.access = access;
        self
    }

    /// The user of its access control list; `default` unless told otherwise. It needs a password.
    pub fn user(mut self, name: impl Into<String>) -> Self {
        self.0.user = Some(name.into());
        self
    }

    /// The password; none unless told otherwise.
    pub fn password(mut self, password: Secret) -> Self {
        self.0.password = Some(password);
        self
    }

    /// How long the answer to a `PING` may take; degraded from 100 ms on, failed from 1 s on, unless told otherwise.
    pub fn ping_time(mut self, limits: Limits<Duration>) -> Self {
        self.0.ping_time = limits;
        self
    }

    /// How much of `maxmemory` may be in use where the policy is `noeviction`; degraded from 80 % on, failed from 95 % on, unless told
    /// otherwise. With a `volatile-…` policy, which may find nothing to evict, it is degraded at worst. Where anything may be evicted, or
    /// there is no `maxmemory`, it is only told.
    pub fn memory(mut self, limits: Limits<Percent>) -> Self {
        self.0.memory = Some(limits);
        self
    }

    /// How many of `maxclients` may be connected; degraded from 80 % on (HEALTH-2), failed from 95 % on, unless told otherwise.
    pub fn connections(mut self, limits: Limits<Percent>) -> Self {
        self.0.connections = Some(limits);
        self
    }

    /// The server must be this; either, unless told otherwise.
    pub fn role(mut self, role: Role) -> Self {
        self.0.role = Some(role);
        self
    }

    /// At least so many replicas must follow this server (state `online`), or it is degraded; 0 unless told otherwise.
    pub fn replicas(mut self, count: u32) -> Self {
        self.0.replicas = count.into();
        self
    }

    /// How long a replica may have heard nothing from its primary, and a primary nothing from a replica; degraded from 15 s on, failed
    /// from 60 s on, unless told otherwise. They talk every 10 s by default (`repl-ping-replica-period`).
    pub fn lag_time(mut self, limits: Limits<Duration>) -> Self {
        self.0.lag_time = limits;
        self
    }

    /// How many bytes of the replication stream a replica may be behind, as the primary sees it; degraded from 16 MiB on, failed from
    /// 256 MiB on, unless told otherwise.
    pub fn lag_bytes(mut self, limits: Limits<u64>) -> Self {
        self.0.lag_bytes = limits;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If the host, the user or a limit is not what it should be.
    pub fn build(self) -> Result<RedisCheck> {
        let mut settings = self.0;
        server(&settings.host, settings.port)?;
        let tls = settings.access.security()?;
        if settings.user.is_some() && settings.password.is_none() {
            return Err(deployment_core::Error::invalid("password", "is missing; a user is known by one"));
        }
        let shares = Limits::new(Percent::new(80.0)?, Percent::new(95.0)?);
        settings.memory.get_or_insert(shares).check("memory", Percent::ZERO)?;
        settings.connections.get_or_insert(shares).check("connections", Percent::ZERO)?;
        settings.ping_time.check("ping_time", Duration::ZERO)?;
        settings.lag_time.check("lag_time", Duration::ZERO)?;
        settings.lag_bytes.check("lag_bytes", 0)?;
        Ok(RedisCheck::new(settings, tls))
    }
}
