//! What a check of a mail server is told.

use std::time::Duration;

use deployment_core::{Error, Result};

use super::check::SmtpCheck;
use crate::{
    health::{Access, Limits, place::server},
    secret::Secret,
};

/// Puts a [`SmtpCheck`] together.
#[derive(Debug, Clone)]
#[must_use]
pub struct SmtpCheckBuilder(Settings);

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) access: Access,
    pub(super) encryption: Encryption,
    pub(super) hello: String,
    pub(super) login: Option<(String, Secret)>,
    pub(super) dialogue_time: Limits<Duration>,
}

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    StartTls,
    Implicit,
}

impl SmtpCheckBuilder {
    pub(super) fn new(host: String, port: u16) -> Self {
        Self(Settings {
            host,
            port,
            access: Access::new(),
            encryption: Encryption::StartTls,
            hello: "localhost".into(),
            login: None,
            dialogue_time: Limits::new(Duration::from_secs(1), Duration::from_secs(4)),
        })
    }

    /// How the server is reached. With [`Access::plaintext`] no TLS is asked for, and a login is sent in clear.
    pub fn access(mut self, access: Access) -> Self {
        self.0.access = access;
        self
    }

    /// TLS from the first byte (usually port 465, RFC 8314); by STARTTLS, which the server must offer (usually port 587 or 25), unless told
    /// otherwise.
    pub fn implicit_tls(mut self) -> Self {
        self.0.encryption = Encryption::Implicit;
        self
    }

    /// The name that the check gives itself; `localhost` unless told otherwise.
    pub fn hello(mut self, name: impl Into<String>) -> Self {
        self.0.hello = name.into();
        self
    }

    /// Logs in (AUTH PLAIN or LOGIN); it does not, unless told otherwise.
    pub fn login(mut self, user: impl Into<String>, password: Secret) -> Self {
        self.0.login = Some((user.into(), password));
        self
    }

    /// How long everything from the connection to the last answer may take; degraded from 1 s on, failed from 4 s on, unless told
    /// otherwise.
    pub fn dialogue_time(mut self, limits: Limits<Duration>) -> Self {
        self.0.dialogue_time = limits;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If the host, a name or a limit is not what it should be.
    pub fn build(self) -> Result<SmtpCheck> {
        let settings = self.0;
        server(&settings.host, settings.port)?;
        let tls = settings.access.security()?;
        if tls.is_none() && settings.encryption == Encryption::Implicit {
            return Err(Error::invalid("implicit_tls", "contradicts Access::plaintext; take one of them out"));
        }
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if settings.hello.is_empty() || settings.hello.len() > 255 || !settings.hello.chars().all(named) {
            return Err(Error::invalid("hello", "must be a name such as checks.example.org, or an address such as [192.0.2.1]"));
        }
        if settings
            .login
            .as_ref()
            .is_some_and(|(user, password)| user.is_empty() || user.contains('\0') || password.expose().contains('\0'))
        {
            return Err(Error::invalid("login", "the user is empty, or it or the password has a zero byte"));
        }
        settings.dialogue_time.check("dialogue_time", Duration::ZERO)?;
        Ok(SmtpCheck { settings, tls })
    }
}
