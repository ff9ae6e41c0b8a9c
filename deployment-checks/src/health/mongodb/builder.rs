//! What a check of MongoDB is told.

use std::time::Duration;

use deployment_core::{Error, Percent, Result};

use super::check::MongoCheck;
use crate::{
    health::{Access, Limits, Role, place::server},
    secret::Secret,
};

/// Puts a [`MongoCheck`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct MongoCheckBuilder(Settings);

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) access: Access,
    pub(super) login: Option<(String, Secret)>,
    pub(super) login_database: String,
    pub(super) ping_time: Limits<Duration>,
    pub(super) status: Status,
    pub(super) connections: Option<Limits<Percent>>,
    pub(super) role: Option<Role>,
    pub(super) replicas: usize,
    pub(super) lag_time: Limits<Duration>,
}

/// Whether the server is asked for what only a monitoring user may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Asked,
    NotAsked,
}

impl MongoCheckBuilder {
    pub(super) fn new(host: String, port: u16) -> Self {
        Self(Settings {
            host,
            port,
            access: Access::new(),
            login: None,
            login_database: "admin".into(),
            ping_time: Limits::new(Duration::from_millis(200), Duration::from_secs(2)),
            status: Status::Asked,
            connections: None,
            role: None,
            replicas: 0,
            lag_time: Limits::new(Duration::from_secs(10), Duration::from_secs(60)),
        })
    }

    /// How the server is reached.
    pub fn access(mut self, access: Access) -> Self {
        self.0.access = access;
        self
    }

    /// Logs in (SCRAM, as the server offers it); it does not, unless told otherwise.
    pub fn login(mut self, user: impl Into<String>, password: Secret) -> Self {
        self.0.login = Some((user.into(), password));
        self
    }

    /// The database that knows the user (`authSource`); `admin` unless told otherwise.
    pub fn login_database(mut self, name: impl Into<String>) -> Self {
        self.0.login_database = name.into();
        self
    }

    /// How long the answer to a `ping` may take; degraded from 200 ms on, failed from 2 s on, unless told otherwise.
    pub fn ping_time(mut self, limits: Limits<Duration>) -> Self {
        self.0.ping_time = limits;
        self
    }

    /// Neither connections nor the state of the replica set are asked for: for a user without the role `clusterMonitor`.
    pub fn without_status(mut self) -> Self {
        self.0.status = Status::NotAsked;
        self
    }

    /// How many of the connections that the server takes may be in use; degraded from 80 % on (HEALTH-2), failed from 95 % on, unless told
    /// otherwise.
    pub fn connections(mut self, limits: Limits<Percent>) -> Self {
        self.0.connections = Some(limits);
        self
    }

    /// The server must be this; either, unless told otherwise.
    pub fn role(mut self, role: Role) -> Self {
        self.0.role = Some(role);
        self
    }

    /// At least so many secondaries of the replica set must be well, or it is degraded; 0 unless told otherwise.
    pub fn replicas(mut self, count: usize) -> Self {
        self.0.replicas = count;
        self
    }

    /// How far a secondary may be behind its primary: the server itself, or the one furthest behind if it is the primary; degraded from
    /// 10 s on, failed from 60 s on, unless told otherwise. Members know of each other every 2 s.
    pub fn lag_time(mut self, limits: Limits<Duration>) -> Self {
        self.0.lag_time = limits;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If the host, the login or a limit is not what it should be.
    pub fn build(self) -> Result<MongoCheck> {
        let mut settings = self.0;
        server(&settings.host, settings.port)?;
        let tls = settings.access.security()?;
        if settings.login.as_ref().is_some_and(|(user, password)| user.is_empty() || password.expose().is_empty()) {
            return Err(Error::invalid("login", "the user or the password is empty"));
        }
        if settings.login_database.is_empty() {
            return Err(Error::invalid("login_database", "is empty; admin is usual"));
        }
        if settings.status == Status::NotAsked && settings.replicas > 0 {
            return Err(Error::invalid("replicas", "cannot be counted without_status; take one of them out"));
        }
        let shares = Limits::new(Percent::new(80.0)?, Percent::new(95.0)?);
        settings.connections.get_or_insert(shares).check("connections", Percent::ZERO)?;
        settings.ping_time.check("ping_time", Duration::ZERO)?;
        settings.lag_time.check("lag_time", Duration::ZERO)?;
        Ok(MongoCheck { settings, tls })
    }
}
