//! Certificates made for a test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{Peer, read_request};

/// An authority that signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, in PEM.
pub struct Signed {
    pub certificate: String,
    pub key: String,
    der: CertificateDer<'static>,
    key_der: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its certificate, in PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for `host` that is valid now.
    pub fn sign(&self, host: &str) -> Signed {
        self.sign_params(params(host))
    }

    /// A certificate for `host` that was valid in 2001.
    pub fn sign_expired(&self, host: &str) -> Signed {
        let mut params = params(host);
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2001, 12, 31));
        self.sign_params(params)
    }

    /// A certificate for `host` that is valid through this day.
    pub fn sign_until(&self, host: &str, (year, month, day): (i32, u8, u8)) -> Signed {
        let mut params = params(host);
        params.not_after = date_time_ymd(year, month, day);
        self.sign_params(params)
    }

    /// An authority whose certificate this one signed, valid through this day.
    pub fn intermediate(&self, (year, month, day): (i32, u8, u8)) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "intermediate");
        params.not_after = date_time_ymd(year, month, day);
        Self(CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.0).unwrap())
    }

    /// A certificate for `host` that nobody signed but itself.
    pub fn self_signed(host: &str) -> Signed {
        let key = KeyPair::generate().unwrap();
        let certificate = params(host).self_signed(&key).unwrap();
        Signed::new(&certificate, &key)
    }

    fn sign_params(&self, params: CertificateParams) -> Signed {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Signed::new(&certificate, &key)
    }

    /// A server's configuration that demands a client certificate of this authority.
    pub fn demanding(&self, signed: &Signed) -> ServerConfig {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        builder.with_client_cert_verifier(verifier).with_single_cert(vec![signed.der.clone()], signed.key_der.clone_key()).unwrap()
    }
}

impl Signed {
    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        let key_der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Self { certificate: certificate.pem(), key: key.serialize_pem(), der: certificate.der().clone(), key_der }
    }

    /// A server's configuration that shows this certificate and that of the authority in between.
    pub fn server_with(&self, intermediate: &Authority) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![self.der.clone(), intermediate.0.der().clone()];
        builder.with_no_client_auth().with_single_cert(chain, self.key_der.clone_key()).unwrap()
    }

    /// A server's configuration that shows this certificate, and knows TLS 1.2 only.
    pub fn server_tls12(&self) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS12]).unwrap();
        builder.with_no_client_auth().with_single_cert(vec![self.der.clone()], self.key_der.clone_key()).unwrap()
    }

    /// A server's configuration that shows this certificate.
    pub fn server(&self) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        builder.with_no_client_auth().with_single_cert(vec![self.der.clone()], self.key_der.clone_key()).unwrap()
    }
}

fn params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, host);
    params
}

/// A server that speaks TLS as `config` says and answers every request with `answer`.
pub async fn tls_peer(config: ServerConfig, answer: &'static str) -> Peer {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Peer::new(move |stream: TcpStream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while read_request(&mut stream).await.is_some() {
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    })
    .await
}
