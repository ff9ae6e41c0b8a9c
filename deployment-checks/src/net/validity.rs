//! Certificates at a given time, instead of the machine's.

use std::{sync::Arc, time::Duration};

use deployment_core::{Result, Timestamp};
use rustls::{
    CertificateError, ClientConfig, Error,
    client::{Resumption, danger::ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
    time_provider::TimeProvider,
};

use super::{Tls, tls::server_name};

/// Nobody plans further ahead.
const HUNDRED_YEARS: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A chain has at most as many certificates that could expire one before the other.
const LONGEST_CHAIN: usize = 16;

#[derive(Debug)]
struct At(Timestamp);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(unix(self.0))
    }
}

fn unix(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(at.as_millis()))
}

impl Tls {
    /// The same, as if it were `now`. Every handshake is a full one: a resumed one would show no certificate.
    pub(crate) fn at(&self, now: Timestamp) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.time_provider = Arc::new(At(now));
        config.resumption = Resumption::disabled();
        Self { config: Arc::new(config), verifier: Arc::clone(&self.verifier) }
    }

    /// Until when this chain, the peer's certificate first, verifies for `host`; `None` if it does not `now`, or nobody can tell.
    ///
    /// What counts is the path that verifies: an expired certificate that the peer sends along and nobody needs does not.
    pub(crate) fn valid_until(&self, chain: &[CertificateDer<'_>], host: &str, now: Timestamp) -> Result<Option<Timestamp>> {
        let name = server_name(host)?;
        let Some((own, others)) = chain.split_first() else { return Ok(None) };
        let mut until = now + HUNDRED_YEARS;
        // Asked about a day too late, the verifier names the first certificate that is over by then.
        for _ in 0..LONGEST_CHAIN {
            match self.last_day(own, others, &name, until) {
                Ok(()) => return Ok(Some(until)),
                Err(Some(earlier)) if now <= earlier && earlier < until => until = earlier,
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Whether it verifies at `at`; if not since something is over, when that was.
    fn last_day(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        at: Timestamp,
    ) -> std::result::Result<(), Option<Timestamp>> {
        match self.verifier.verify_server_cert(own, others, name, &[], unix(at)) {
            Ok(_) => Ok(()),
            Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
                Err(Some(Timestamp::from_millis(not_after.as_secs().saturating_mul(1_000))))
            }
            Err(_) => Err(None),
        }
    }
}
