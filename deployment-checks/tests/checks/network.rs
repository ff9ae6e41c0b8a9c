//! Names, addresses and who may be reached.

use std::time::Duration;

use deployment_checks::net::{AddressPolicy, Network};
use deployment_core::{ErrorKind, Status};
use tokio::time::Instant;

use crate::support::{GENEROUS, Names, Peer, hostile::answer, local};

fn soon() -> Instant {
    Instant::now() + GENEROUS
}

fn allowed(policy: &AddressPolicy, address: &str) -> bool {
    policy.check(address.parse().unwrap()).is_ok()
}

#[test]
fn deny_wins_over_allow_and_allow_over_the_defaults() {
    let policy =
        AddressPolicy::default().allow("127.0.0.0/8").unwrap().allow("::1").unwrap().deny("127.0.0.2").unwrap().deny("10.0.0.0/8").unwrap();
    let policy = policy.allow("10.1.0.0/16").unwrap();
    for (address, expected) in
        [("127.0.0.1", true), ("::1", true), ("127.0.0.2", false), ("10.1.2.3", false), ("192.168.1.1", true), ("8.8.8.8", true)]
    {
        assert_eq!(allowed(&policy, address), expected, "{address}");
    }
}

#[test]
fn a_metadata_service_opens_only_to_its_very_address() {
    let wide = AddressPolicy::default().allow("0.0.0.0/0").unwrap().allow("::/0").unwrap();
    for address in
        ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254"]
    {
        assert!(!allowed(&wide, address), "{address}");
    }
    assert!(allowed(&wide, "169.254.1.1"));
    assert!(allowed(&AddressPolicy::default().allow("169.254.169.254/32").unwrap(), "169.254.169.254"));
}

#[test]
fn public_only_denies_private_networks() {
    let policy = AddressPolicy::public_only();
    for address in ["10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"] {
        assert!(!allowed(&policy, address), "{address}");
        assert!(allowed(&AddressPolicy::default(), address), "{address}");
    }
    assert!(allowed(&policy, "1.1.1.1") && allowed(&policy, "2606:4700::1111") && allowed(&policy, "64:ff9b::101:101"));
}

#[test]
fn a_range_that_is_none_is_refused_by_its_field() {
    for range in ["", "10.0.0.0/33", "localhost", "10.0.0", "::ffff:127.0.0.1"] {
        assert!(AddressPolicy::default().allow(range).unwrap_err().to_string().contains("allow"), "{range}");
        assert!(AddressPolicy::default().deny(range).unwrap_err().to_string().contains("deny"), "{range}");
    }
}

#[tokio::test]
async fn a_name_with_one_denied_address_is_refused_whole() {
    let names = Names::changing(&[&["10.0.0.1", "169.254.169.254"]]);
    let error = Network::default().with_resolver(names).resolve("mixed.example", 80, soon()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, Status::Permanent));
    assert!(error.to_string().contains("metadata service") && error.to_string().contains("mixed.example"), "{error}");
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_does_not_accept() {
    let peer = Peer::saying(answer(200, "", b"")).await;
    let policy = AddressPolicy::default().allow("127.0.0.0/8").unwrap();
    let network = Network::new(policy).with_resolver(Names::changing(&[&["127.0.0.9", "127.0.0.1"]]));
    let stream = network.connect("two.example", peer.port(), soon()).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap().ip().to_string(), "127.0.0.1");
}

#[tokio::test]
async fn a_connection_goes_to_the_address_that_was_checked() {
    let peer = Peer::saying(answer(200, "", b"")).await;
    let names = Names::changing(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let network = local().with_resolver(names.clone());
    let stream = network.connect("rebind.example", peer.port(), soon()).await.unwrap();
    assert_eq!((stream.peer_addr().unwrap().ip().to_string(), names.asked()), ("127.0.0.1".into(), 1));
    assert_eq!(network.connect("rebind.example", peer.port(), soon()).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn nobody_there_is_temporary() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = local().connect("127.0.0.1", free, soon()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary));
    let error = Network::default().with_resolver(Names::changing(&[&[]])).resolve("none.example", 80, soon()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
}

#[derive(Debug)]
struct Never;

#[async_trait::async_trait]
impl deployment_checks::net::Resolve for Never {
    async fn resolve(&self, _name: &str) -> deployment_core::Result<Vec<std::net::IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_never_answers_is_given_up_at_the_deadline() {
    let started = Instant::now();
    let error = Network::default().with_resolver(Never).connect("x.example", 80, started + Duration::from_secs(3)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary));
    assert!((Duration::from_secs(3)..Duration::from_secs(4)).contains(&started.elapsed()));
}
