//! Cookies that answers set.

use deployment_checks::suite::transaction::{Call, Capture, Cookies, Transaction, TransactionBuilder};
use deployment_core::health::HealthStatus;

use super::{
    super::support::{Names, Peer, client, hostile::answer, local},
    run, transaction,
};

async fn setting(cookies: &'static str) -> Peer {
    Peer::keeping(move |request| answer(200, if request.starts_with("GET /login") { cookies } else { "" }, b"ok")).await
}

fn calls(cookies: Cookies) -> TransactionBuilder {
    transaction().cookies(cookies).call(Call::get("/login")).call(Call::get("/shop/cart")).call(Call::get("/other"))
}

/// The cookies of each request.
fn sent(peer: &Peer) -> Vec<String> {
    let cookie = |request: &String| request.lines().find_map(|line| line.strip_prefix("cookie: ").map(str::to_owned)).unwrap_or_default();
    peer.requests().iter().map(cookie).collect()
}

#[tokio::test]
async fn they_are_sent_back_where_they_belong() {
    let peer =
        setting("set-cookie: sid=abc123; HttpOnly\r\nset-cookie: cart=7; Path=/shop\r\nset-cookie: evil=1; Domain=example.com\r\n").await;
    assert_eq!(run(calls(Cookies::Shared), &peer).await.unwrap().status, HealthStatus::Healthy);
    let sent = sent(&peer);
    assert_eq!((sent[0].as_str(), sent[2].as_str()), ("", "sid=abc123"));
    let mut cart: Vec<_> = sent[1].split("; ").collect();
    cart.sort_unstable();
    assert_eq!(cart, ["cart=7", "sid=abc123"]);
}

#[tokio::test]
async fn a_cookie_that_is_taken_back_is_not_sent() {
    let gone = "set-cookie: a=1; Max-Age=0\r\nset-cookie: b=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT\r\n";
    let peer = setting(gone).await;
    run(calls(Cookies::Shared), &peer).await.unwrap();
    assert_eq!(sent(&peer), ["", "", ""]);
}

#[tokio::test]
async fn they_are_ignored_unless_told_otherwise_and_no_run_sees_those_of_another() {
    let peer = setting("set-cookie: sid=abc123\r\n").await;
    run(calls(Cookies::Ignored), &peer).await.unwrap();
    assert_eq!(sent(&peer), ["", "", ""]);
    let transaction = calls(Cookies::Shared).build().unwrap();
    for _ in 0..2 {
        deployment_core::health::HealthCheck::check(&transaction, &super::at(&peer)).await.unwrap();
    }
    assert_eq!(sent(&peer)[3..], ["", "sid=abc123", "sid=abc123", "", "sid=abc123", "sid=abc123"]);
}

#[tokio::test]
async fn one_cookie_can_be_kept_for_a_header() {
    let peer = setting("set-cookie: theme=dark\r\nset-cookie: xsrf=\"t0k\"; Path=/\r\n").await;
    let login = Call::get("/login").capture("xsrf", Capture::cookie("xsrf"));
    run(transaction().call(login).call(Call::post("/").header("x-xsrf", "${xsrf}")), &peer).await.unwrap();
    assert!(peer.requests()[1].contains("x-xsrf: t0k\r\n"), "{:?}", peer.requests());
}

/// Calls by name: every name is this machine, whatever the port.
fn named(peer: &Peer, path: &str) -> Call {
    let (host, path) = path.split_once('/').unwrap();
    Call::get(format!("http://{host}:{}/{path}", peer.port()))
}

fn by_names() -> TransactionBuilder {
    let client = client().network(local().with_resolver(Names::changing(&[&["127.0.0.1"]]))).redirects(2).build().unwrap();
    Transaction::builder("named", client).cookies(Cookies::Shared)
}

#[tokio::test]
async fn those_that_come_after_a_redirect_belong_to_the_host_that_set_them() {
    let other = setting("set-cookie: sid=abc123; Path=/\r\n").await;
    let to = format!("location: http://other.example:{}/login\r\n", other.port());
    let shop = Peer::keeping(move |request| answer(if request.starts_with("GET /go") { 302 } else { 200 }, &to, b"")).await;
    let calls =
        by_names().call(named(&shop, "shop.example/go")).call(named(&shop, "shop.example/cart")).call(named(&other, "other.example/"));
    assert_eq!(run(calls, &shop).await.unwrap().status, HealthStatus::Healthy);
    assert_eq!((sent(&shop), sent(&other)), (vec![String::new(); 2], vec![String::new(), "sid=abc123".into()]));
}

#[tokio::test]
async fn none_is_taken_for_a_whole_top_level_domain() {
    let peer =
        setting("set-cookie: a=1; Domain=example\r\nset-cookie: b=2; Domain=.example\r\nset-cookie: c=3; Domain=shop.example\r\n").await;
    let calls = ["shop.example/login", "shop.example/", "cart.shop.example/", "evil.example/"];
    let calls = calls.iter().fold(by_names(), |transaction, call| transaction.call(named(&peer, call)));
    run(calls, &peer).await.unwrap();
    assert_eq!(sent(&peer), ["", "c=3", "c=3", ""]);

    let alone = setting("set-cookie: d=4; Domain=intranet; Path=/\r\n").await;
    let calls = ["intranet/login", "intranet/", "evil.intranet/"];
    run(calls.iter().fold(by_names(), |transaction, call| transaction.call(named(&alone, call))), &alone).await.unwrap();
    assert_eq!(sent(&alone), ["", "d=4", ""]);
}

#[tokio::test]
async fn one_for_a_domain_above_is_kept_for_the_host_alone() {
    let set =
        "set-cookie: e=5; Domain=co.uk; Path=/\r\nset-cookie: f=6; Domain=.shop.co.uk; Path=/\r\nset-cookie: g=7; Domain=op.co.uk\r\n";
    let peer = setting(set).await;
    let calls = ["shop.co.uk/login", "shop.co.uk/", "evil.co.uk/", "cart.shop.co.uk/"];
    run(calls.iter().fold(by_names(), |transaction, call| transaction.call(named(&peer, call))), &peer).await.unwrap();
    let mut sent = sent(&peer);
    let mut own: Vec<_> = sent.remove(1).split("; ").map(str::to_owned).collect();
    own.sort_unstable();
    assert_eq!((own, sent), (vec!["e=5".to_owned(), "f=6".to_owned()], vec![String::new(), String::new(), "f=6".to_owned()]));
}
