//! A connection string, taken apart.

use deployment_core::{Error, Result};
use tokio_postgres::{
    Config,
    config::{ChannelBinding, Host, SslMode, SslNegotiation},
};

use crate::secret::{Hidden, Secret};

/// Where the server is, and what to tell it. `config` holds the password: not `Debug`.
pub(super) struct Dsn {
    pub(super) config: Config,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: String,
}

impl Dsn {
    /// Never repeats the string: a slip in it may have put the password anywhere.
    pub(super) fn parse(dsn: &Secret, tls: bool) -> Result<Self> {
        let invalid = |message: &str| Error::invalid("dsn", message);
        // The driver does not know these; what they demand is done in any case.
        let text = dsn.expose().replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require");
        let mut config: Config = text.parse().map_err(|_| {
            invalid("is no connection string that is understood; write it as postgres://user:password@host:5432/database (sslrootcert: Access::tls)")
        })?;
        let [Host::Tcp(host)] = config.get_hosts() else {
            return Err(invalid("must name one host, and no socket; make a check for each server"));
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        if host.is_empty() || !config.get_hostaddrs().is_empty() {
            return Err(invalid("must name a host and no hostaddr: the address comes from the network of Access"));
        }
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let Some(user) = config.get_user().filter(|user| !user.is_empty()) else {
            return Err(invalid("must name a user, as in postgres://user:password@host/database"));
        };
        let database = config.get_dbname().filter(|name| !name.is_empty()).unwrap_or(user).to_owned();
        match (tls, config.get_ssl_mode(), config.get_ssl_negotiation()) {
            (true, SslMode::Disable, _) => {
                return Err(invalid("says sslmode=disable, but TLS is demanded; take that out, or say Access::plaintext"));
            }
            (false, SslMode::Require, _) | (false, _, SslNegotiation::Direct) => {
                return Err(invalid("demands TLS, but Access says plaintext; take one of them out"));
            }
            (true, ..) => config.ssl_mode(SslMode::Require),
            (false, ..) => config.ssl_mode(SslMode::Disable),
        };
        if config.get_channel_binding() == ChannelBinding::Require {
            return Err(invalid("says channel_binding=require, which is not done: the certificate is verified instead; take it out"));
        }
        if config.get_application_name().is_none() {
            config.application_name("deployment-checks");
        }
        Ok(Self { config, host, port, database })
    }

    /// `text` without the password.
    pub(super) fn hide(&self, text: &str) -> String {
        let password = self.config.get_password().map(String::from_utf8_lossy);
        password.as_deref().into_iter().collect::<Hidden>().hide(text)
    }
}
