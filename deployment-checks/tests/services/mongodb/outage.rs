//! A server that is away, silent, or in someone's hands.

use std::{sync::Arc, time::Duration};

use deployment_checks::health::{Access, MongoCheck};
use deployment_core::ErrorKind;
use tokio_rustls::{TlsAcceptor, rustls};

use super::played::{check, playing, serve, well};
use crate::{
    help::{ask, blind, healthy, hostile, impatient, plain, trusting, unhealthy},
    servers::Authority,
    support::Peer,
};

#[tokio::test]
async fn stopped_or_silent_it_is_unhealthy() {
    let peer = playing(well()).await;
    let check = check(&peer).build().unwrap();
    healthy(&check).await;
    crate::help::keeps_its_contract(&check).await;
    drop(peer);
    tokio::time::sleep(Duration::from_millis(50)).await;
    unhealthy(&check, "refused").await;
    let hanging = playing(Arc::new(|command, asked| {
        if command == "ping" {
            std::thread::park_timeout(Duration::from_millis(600));
        }
        well()(command, asked)
    }))
    .await;
    unhealthy(&super::played::check(&hanging).access(impatient()).build().unwrap(), "").await;
}

#[tokio::test]
async fn over_tls_the_certificate_is_verified() {
    let certificate = Authority::new().issue(&["127.0.0.1"]);
    let pem = |text: &str| rustls::pki_types::pem::PemObject::from_pem_slice(text.as_bytes());
    let chain = vec![pem(&certificate.certificate).unwrap()];
    let key: rustls::pki_types::PrivateKeyDer<'_> = rustls::pki_types::pem::PemObject::from_pem_slice(certificate.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()));
    let peer = Peer::new(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, well()).await;
            }
        }
    })
    .await;
    healthy(&check(&peer).access(trusting(&certificate.authority)).build().unwrap()).await;
    let stranger = trusting(&Authority::new().issue(&["127.0.0.1"]).authority);
    unhealthy(&check(&peer).access(stranger).build().unwrap(), "tls").await;
    let open = playing(well()).await;
    unhealthy(&check(&open).access(trusting(&certificate.authority).timeout(Duration::from_secs(2))).build().unwrap(), "").await;
}

#[tokio::test]
async fn members_that_the_server_names_are_not_connected_to() {
    let other = playing(well()).await;
    let port = other.port();
    let peer = playing(Arc::new(move |command, asked| {
        let mut answer = well()(command, asked);
        if command != "ping" {
            answer.insert("hosts", vec![format!("127.0.0.1:{port}")]);
            answer.insert("primary", format!("127.0.0.1:{port}"));
        }
        answer
    }))
    .await;
    healthy(&check(&peer).build().unwrap()).await;
    assert_eq!(other.connections(), 0);
    blind(&check(&peer).access(Access::new()).build().unwrap(), ErrorKind::InvalidInput, "loopback").await;
}

#[tokio::test]
async fn hostile_peers_are_unhealthy_in_time_and_within_memory() {
    for greeting in [
        &b""[..],
        b"\xff\xff\xff\x7f\x01\0\0\0\x01\0\0\0\xdd\x07\0\0",
        b"\0\0\0\x80",
        b"\x15\0\0\0\x01\0\0\0\x01\0\0\0\xdd\x07\0\0\0\0\0\0\0",
    ] {
        for (name, peer) in hostile(greeting).await {
            let check = MongoCheck::builder("127.0.0.1", peer.port()).access(impatient()).build().unwrap();
            let report = ask(&check).await.unwrap();
            assert_eq!(report.score, 0, "{name} after {greeting:?}: {report:?}");
        }
    }
    let gone = MongoCheck::builder("127.0.0.1", 1).access(plain()).build().unwrap();
    unhealthy(&gone, "refused").await;
}
