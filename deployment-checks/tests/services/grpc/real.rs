//! A server of `tonic-health`.

use std::time::Duration;

use deployment_checks::health::{Access, GrpcCheck, Limits};
use deployment_core::ErrorKind;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::transport::{Identity, Server, ServerTlsConfig, server::TcpIncoming};
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    help::{blind, degraded, healthy, plain, trusting, unhealthy},
    servers::{Authority, Certificate},
};

struct Health {
    port: u16,
    reporter: HealthReporter,
    task: JoinHandle<()>,
}

async fn start(certificate: Option<&Certificate>) -> Health {
    let (reporter, service) = tonic_health::server::health_reporter();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut server = Server::builder();
    if let Some(certificate) = certificate {
        // The server's TLS asks for the process's provider, which is no longer clear where another crate of the build brings a second one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let identity = Identity::from_pem(&certificate.certificate, &certificate.key);
        server = server.tls_config(ServerTlsConfig::new().identity(identity)).unwrap();
    }
    let served = server.add_service(service).serve_with_incoming(TcpIncoming::from(listener));
    Health { port, reporter, task: tokio::spawn(async move { served.await.unwrap() }) }
}

fn check(server: &Health, service: &str, access: Access) -> GrpcCheck {
    let patient = Limits::degraded_from(Duration::from_secs(600));
    GrpcCheck::builder("127.0.0.1", server.port).access(access).service(service).answer_time(patient).build().unwrap()
}

#[tokio::test]
async fn what_a_service_says_of_itself_is_the_verdict() {
    let server = start(None).await;
    for status in [ServingStatus::Serving, ServingStatus::NotServing, ServingStatus::Unknown] {
        server.reporter.set_service_status("shop.v1.Orders", status).await;
        let check = check(&server, "shop.v1.Orders", plain());
        match status {
            ServingStatus::Serving => assert!(healthy(&check).await.starts_with("it is serving")),
            ServingStatus::NotServing => unhealthy(&check, "it is not serving").await,
            ServingStatus::Unknown => unhealthy(&check, "does not know whether it is serving").await,
        }
    }
    healthy(&check(&server, "", plain())).await;
    crate::help::keeps_its_contract(&check(&server, "", plain())).await;
    unhealthy(&check(&server, "shop.v1.Nothing", plain()), "does not know the service \"shop.v1.Nothing\"").await;
    let nanosecond = Duration::from_nanos(1);
    let slow = |limits| GrpcCheck::builder("127.0.0.1", server.port).access(plain()).answer_time(limits).build().unwrap();
    degraded(&slow(Limits::degraded_from(nanosecond)), "the answer took").await;
    unhealthy(&slow(Limits::new(nanosecond, nanosecond)), "the answer took").await;
    blind(&check(&server, "", Access::new()), ErrorKind::InvalidInput, "loopback").await;
    server.task.abort();
    let _ = server.task.await;
    let gone = GrpcCheck::builder("127.0.0.1", server.port).access(plain()).build().unwrap();
    unhealthy(&gone, "refused").await;
}

#[tokio::test]
async fn over_tls_the_certificate_is_verified() {
    let certificate = Authority::new().issue(&["127.0.0.1"]);
    let server = start(Some(&certificate)).await;
    healthy(&check(&server, "", trusting(&certificate.authority))).await;
    unhealthy(&check(&server, "", trusting(&Authority::new().issue(&["127.0.0.1"]).authority)), "tls").await;
    unhealthy(&check(&server, "", plain()), "HTTP/2").await;
    let open = start(None).await;
    unhealthy(&check(&open, "", trusting(&certificate.authority)), "tls").await;
}
