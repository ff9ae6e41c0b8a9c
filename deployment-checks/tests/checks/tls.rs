//! Certificates that do not verify stop everything.

use deployment_checks::{http::HttpRequest, net::Tls, secret::Secret};
use deployment_core::{ErrorKind, Status};

use crate::support::{Authority, client, tls_peer, url};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async fn ask(tls: Tls, server: rustls::ServerConfig) -> deployment_core::Result<u16> {
    let peer = tls_peer(server, OK).await;
    let request = HttpRequest::get(url(&format!("https://127.0.0.1:{}/", peer.port())));
    client().tls(tls).build().unwrap().send(&request).await.map(|response| response.status().as_u16())
}

#[tokio::test]
async fn an_own_root_is_trusted_once_added() {
    let authority = Authority::new();
    let trusting = || Tls::builder().root(authority.pem()).build().unwrap();
    assert_eq!(ask(trusting(), authority.sign("127.0.0.1").server()).await.unwrap(), 200);
    let alone = Tls::builder().root(authority.pem()).own_roots_only().tls13_only().build().unwrap();
    assert_eq!(ask(alone, authority.sign("127.0.0.1").server()).await.unwrap(), 200);
    assert!(Tls::builder().own_roots_only().build().is_err());
}

#[tokio::test]
async fn wrong_host_expired_self_signed_and_unknown_are_refused_with_the_reason() {
    let authority = Authority::new();
    for (server, reason) in [
        (authority.sign("10.0.0.1").server(), "not valid for"),
        (authority.sign("example.com").server(), "not valid for"),
        (authority.sign_expired("127.0.0.1").server(), "expired"),
        (Authority::self_signed("127.0.0.1").server(), "UnknownIssuer"),
        (Authority::new().sign("127.0.0.1").server(), "invalid peer certificate"),
    ] {
        let error = ask(Tls::builder().root(authority.pem()).build().unwrap(), server).await.unwrap_err();
        println!("{error}");
        assert_eq!((error.kind(), error.status()), (ErrorKind::Failed, Status::Permanent));
        assert!(error.to_string().contains(reason), "{reason}: {error}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_when_demanded() {
    let authority = Authority::new();
    let (server, mine) = (authority.sign("127.0.0.1"), authority.sign("ops"));
    let builder = Tls::builder().root(authority.pem());
    let with = builder.clone().client_certificate(mine.certificate.as_bytes(), Secret::new(&*mine.key)).build().unwrap();
    assert_eq!(ask(with, authority.demanding(&server)).await.unwrap(), 200);
    assert!(ask(builder.clone().build().unwrap(), authority.demanding(&server)).await.is_err());

    let error = builder.clone().client_certificate(mine.certificate.as_bytes(), Secret::new("no key")).build().unwrap_err();
    assert!(error.to_string().contains("client_certificate") && !error.to_string().contains("no key"), "{error}");
    assert!(builder.client_certificate("none", Secret::new(&*mine.key)).build().is_err());
}

#[tokio::test]
async fn a_peer_that_does_not_speak_tls_is_refused() {
    let peer = crate::support::Peer::new(|mut stream| async move {
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, OK.as_bytes()).await;
        tokio::time::sleep(crate::support::GENEROUS).await;
    })
    .await;
    let request = HttpRequest::get(url(&format!("https://127.0.0.1:{}/", peer.port())));
    let error = client().build().unwrap().send(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed, "{error}");
}
