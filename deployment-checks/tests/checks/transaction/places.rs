//! Where calls go, whatever is put into their URLs.

use deployment_checks::{
    expect::Expect,
    suite::transaction::{Call, Capture, TransactionBuilder},
};
use deployment_core::{
    Endpoint, TestRule,
    health::{HealthCheck, HealthStatus},
};

use super::{
    super::support::{Peer, hostile::answer},
    at, failure, run, transaction,
};

async fn echo() -> Peer {
    Peer::keeping(|_| answer(200, "", b"ok")).await
}

fn path(peer: &Peer) -> String {
    peer.requests().pop().unwrap().split(' ').nth(1).unwrap().to_owned()
}

fn with(value: &str, url: &str) -> TransactionBuilder {
    transaction().variable("v", value).call(Call::get(url))
}

#[tokio::test]
async fn a_value_stays_in_its_part_of_the_url() {
    let peer = echo().await;
    let odd = "a/../b?c=d&e#f@evil.example:1\r\nx: y";
    run(with(odd, "/orders/${v}/items?q=${v}&z=1"), &peer).await.unwrap();
    let safe = "a%2F%2E%2E%2Fb%3Fc%3Dd%26e%23f%40evil%2Eexample%3A1%0D%0Ax%3A%20y";
    assert_eq!(path(&peer), format!("/orders/{safe}/items?q={safe}&z=1"));
    for escape in ["..", ".", ""] {
        let why = failure(with(escape, "/orders/${v}/items"), &peer).await;
        assert!(why.contains("cannot be a part of a URL"), "{why}");
    }
}

#[tokio::test]
async fn the_path_of_the_base_address_stays_in_front() {
    let peer = echo().await;
    for (base, url, expected) in
        [("/app/", "/health", "/app/health"), ("/app", "/", "/app/"), ("", "/a//b", "/a//b"), ("/x?q=1", "/y", "/x/y")]
    {
        run(transaction().base(peer.url(base)).call(Call::get(url)), &peer).await.unwrap();
        assert_eq!(path(&peer), expected);
    }
}

#[tokio::test]
async fn a_captured_link_leads_nowhere_else() {
    for link in
        ["http://evil.example/", "//evil.example/", "http://127.0.0.1:1/", "https://127.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/"]
    {
        let peer = Peer::keeping(move |_| answer(200, &format!("location: {link}\r\n"), b"ok")).await;
        let calls = transaction().call(Call::get("/").capture("next", Capture::header("location"))).call(Call::get("${next}"));
        let why = failure(calls, &peer).await;
        assert!(why.contains("leads to another host, scheme or port"), "{link}: {why}");
        assert_eq!(peer.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_absolute_url_goes_where_it_says() {
    let (shop, identity) = (echo().await, echo().await);
    let login = Call::get(format!("http://127.0.0.1:{}/token?for=${{v}}", identity.port()));
    run(transaction().variable("v", "a b").call(login).call(Call::get("/")), &shop).await.unwrap();
    assert_eq!(path(&identity), "/token?for=a%20b");
    assert_eq!(path(&shop), "/");
}

#[tokio::test]
async fn what_selects_the_candidate_goes_with_calls_to_it_and_with_no_other() {
    let (shop, other) = (echo().await, echo().await);
    let calls = || transaction().call(Call::get("/")).call(Call::get(format!("http://127.0.0.1:{}/", other.port()))).build().unwrap();
    let mut context = at(&shop);
    let rule = Some(TestRule::Header { name: "x-revision".into(), value: "r2".into() });
    context.subject.endpoint = Some(Endpoint { url: format!("http://127.0.0.1:{}", shop.port()), rule });
    assert_eq!(calls().check(&context).await.unwrap().status, HealthStatus::Healthy);
    assert!(shop.requests()[0].contains("x-revision: r2\r\n"), "{:?}", shop.requests());
    assert!(!other.requests()[0].contains("x-revision"), "{:?}", other.requests());
    context.subject.endpoint = Some(Endpoint { url: "http://127.0.0.1:1".into(), rule: Some(TestRule::Listener { port: shop.port() }) });
    assert_eq!(calls().check(&context).await.unwrap().status, HealthStatus::Healthy);
    assert_eq!(shop.requests().len(), 2);
}

#[tokio::test]
async fn a_header_cannot_be_broken_out_of() {
    let peer = echo().await;
    let call = Call::get("/").header("x-a", "${v}");
    let why = failure(transaction().variable("v", "1\r\nx-b: 2").call(call), &peer).await;
    assert!(why.contains("line break"), "{why}");
    assert!(peer.requests().is_empty());
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unhealthy_and_a_forbidden_address_was_never_asked() {
    let gone = echo().await.url("");
    let peer = echo().await;
    let why = failure(transaction().base(gone).call(Call::get("/")), &peer).await;
    assert!(why.starts_with("call 1 of 1, GET /: ") && why.contains("127.0.0.1"), "{why}");
    let call = Call::get("http://169.254.169.254/latest/meta-data/").expect(Expect::new());
    let error = run(transaction().call(call), &peer).await.unwrap_err();
    assert!(error.to_string().contains("metadata service"), "{error}");
}
