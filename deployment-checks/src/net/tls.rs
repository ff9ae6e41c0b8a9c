//! TLS that is always verified.

use std::{fmt, net::IpAddr, sync::Arc};

use deployment_core::{Error, ErrorKind, Result};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion,
    client::WebPkiServerVerifier,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::secret::Secret;

static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
static LATEST: [&SupportedProtocolVersion; 1] = [&TLS13];

/// How TLS is spoken: rustls with ring, TLS 1.2 or 1.3, the peer's chain and name verified. There is no switch that turns this off; a
/// private authority is trusted by [`TlsBuilder::root`].
///
/// The public authorities are those of Mozilla's list as `webpki-roots` carries it: the same on every machine, also in an empty container.
/// Cheap to clone.
///
/// ```
/// use deployment_checks::net::Tls;
///
/// let tls = Tls::public()?;
/// let error = Tls::builder().root("no certificate").build().unwrap_err();
/// assert!(error.to_string().contains("root"));
/// # let _ = tls;
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) verifier: Arc<WebPkiServerVerifier>,
}

impl Tls {
    /// The public authorities, and no client certificate.
    ///
    /// # Errors
    /// Never in practice: if the cryptography lacks what TLS needs.
    pub fn public() -> Result<Self> {
        Self::builder().build()
    }

    /// Begins with the public authorities.
    pub fn builder() -> TlsBuilder {
        TlsBuilder { roots: Vec::new(), trust: Trust::PublicToo, client: None, versions: &BOTH }
    }

    /// The same with these application protocols (ALPN), the preferred first, such as `h2`.
    #[must_use]
    pub fn with_protocols(&self, protocols: &[&str]) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Self { config: Arc::new(config), verifier: Arc::clone(&self.verifier) }
    }

    /// The configuration, for a driver that speaks TLS itself.
    #[must_use]
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// Shakes hands over `stream` with `host` (a name or an address), which the peer's certificate must be for.
    ///
    /// # Errors
    /// If the certificate does not verify or TLS is not spoken ([`ErrorKind::Failed`], with the reason), or the connection breaks or
    /// `deadline` passes ([`ErrorKind::Unreachable`]).
    pub async fn connect(&self, stream: TcpStream, host: &str, deadline: Instant) -> Result<TlsStream<TcpStream>> {
        let fault = |kind, message: String| Error::new(kind, "tls", message).with("host", host);
        let name = server_name(host)?;
        match timeout_at(deadline, TlsConnector::from(self.config()).connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(reason) => Err(fault(ErrorKind::Failed, shorten(reason))),
                None => Err(fault(ErrorKind::Unreachable, error.kind().to_string())),
            },
            Err(_) => Err(fault(ErrorKind::Unreachable, "no answer in time".into())),
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// Puts a [`Tls`] together. `Debug` shows no certificates: a file may have its key beside them.
#[derive(Clone)]
#[must_use]
pub struct TlsBuilder {
    roots: Vec<Vec<u8>>,
    trust: Trust,
    client: Option<(Vec<u8>, Secret)>,
    versions: &'static [&'static SupportedProtocolVersion],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    PublicToo,
    OwnOnly,
}

impl TlsBuilder {
    /// Trusts the authorities in `pem` (one or more certificates) as well.
    pub fn root(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Trusts the own roots alone, and no public authority.
    pub fn own_roots_only(mut self) -> Self {
        self.trust = Trust::OwnOnly;
        self
    }

    /// Shows this certificate (PEM, with its chain) to a peer that asks, proven with its `key` (PEM).
    pub fn client_certificate(mut self, pem: impl Into<Vec<u8>>, key: Secret) -> Self {
        self.client = Some((pem.into(), key));
        self
    }

    /// Refuses TLS 1.2.
    pub fn tls13_only(mut self) -> Self {
        self.versions = &LATEST;
        self
    }

    /// The configuration.
    ///
    /// # Errors
    /// If a root, the client's certificate or its key is not what it should be, or nothing would be trusted. Never shows a key.
    pub fn build(self) -> Result<Tls> {
        let roots = Arc::new(self.trusted()?);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
        let verifier = verifier.map_err(|error| Error::invalid("root", error))?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(self.versions)
            .map_err(|error| Error::invalid("tls", error))?
            .with_webpki_verifier(Arc::clone(&verifier));
        let config = match &self.client {
            None => builder.with_no_client_auth(),
            Some((pem, key)) => {
                let chain = certificates("client_certificate", pem)?;
                let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes())
                    .map_err(|_| Error::invalid("client_certificate", "the key is no private key in PEM; give the whole file's text"))?;
                let fault =
                    |_| Error::invalid("client_certificate", "key and certificate do not belong together, or are of an unknown kind");
                builder.with_client_auth_cert(chain, key).map_err(fault)?
            }
        };
        Ok(Tls { config: Arc::new(config), verifier })
    }

    fn trusted(&self) -> Result<RootCertStore> {
        let mut store = RootCertStore::empty();
        if self.trust == Trust::PublicToo {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        for pem in &self.roots {
            for certificate in certificates("root", pem)? {
                store.add(certificate).map_err(|error| Error::invalid("root", format!("is no authority's certificate: {error}")))?;
            }
        }
        if store.is_empty() { Err(Error::invalid("root", "nothing is trusted; add a root")) } else { Ok(store) }
    }
}

impl fmt::Debug for TlsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsBuilder").field("roots", &self.roots.len()).field("trust", &self.trust).finish_non_exhaustive()
    }
}

fn certificates(field: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let fault = || Error::invalid(field, "has no certificate in PEM; give the whole file's text");
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| fault())?;
    if found.is_empty() { Err(fault()) } else { Ok(found) }
}

pub(crate) fn server_name(host: &str) -> Result<ServerName<'static>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(ServerName::from(address));
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_owned();
    ServerName::try_from(name).map_err(|_| Error::invalid("host", "is no name that a certificate can be for"))
}

/// The reason, on one line of at most 300 characters: parts of it come from the peer.
fn shorten(reason: &rustls::Error) -> String {
    reason.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}
