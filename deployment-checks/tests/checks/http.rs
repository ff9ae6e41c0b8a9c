//! What the client sends, follows, keeps and measures.

use deployment_checks::{
    http::{HttpRequest, Method},
    net::{AddressPolicy, Network},
    secret::Secret,
};
use deployment_core::ErrorKind;

use crate::support::{GENEROUS, Names, Peer, client, hostile::answer, url};

fn redirect(to: &str) -> Vec<u8> {
    answer(302, &format!("location: {to}\r\n"), b"")
}

#[tokio::test]
async fn a_request_arrives_as_it_was_made() {
    let peer = Peer::keeping(|_| answer(503, "x-version: 7\r\n", b"down")).await;
    let url = peer.url("/a/b?x=1&token=t").with_query("more", &Secret::new("a b"));
    let request = HttpRequest::post(url, "application/json", "{}").unwrap().basic("ada", &Secret::new("pw")).unwrap();
    let response = client().build().unwrap().send(&request).await.unwrap();
    assert_eq!((response.status().as_u16(), response.header("x-version"), response.text().unwrap()), (503, Some("7"), "down"));
    assert!(response.timing().first_byte <= response.timing().total && response.timing().total < GENEROUS);
    let seen = peer.requests().remove(0);
    assert!(seen.starts_with("POST /a/b?x=1&token=t&more=a+b HTTP/1.1\r\n"), "{seen}");
    for part in ["authorization: Basic YWRhOnB3\r\n", "content-type: application/json\r\n", "content-length: 2\r\n", "\r\n\r\n{}"] {
        assert!(seen.contains(part), "{part} in {seen}");
    }
    assert!(seen.contains(&format!("host: 127.0.0.1:{}\r\n", peer.port())), "{seen}");
}

#[tokio::test]
async fn a_redirect_is_the_answer_unless_asked_for() {
    let peer = Peer::keeping(|_| redirect("/elsewhere")).await;
    let response = client().build().unwrap().send(&HttpRequest::get(peer.url("/"))).await.unwrap();
    assert_eq!((response.status().as_u16(), peer.requests().len()), (302, 1));
}

#[tokio::test]
async fn redirects_are_followed_up_to_their_number() {
    let counting = Peer::keeping(|request| match path(request).len() {
        4.. => answer(200, "", b"here"),
        _ => redirect(&format!("{}x", path(request))),
    })
    .await;
    let start = HttpRequest::get(counting.url("/"));
    let response = client().redirects(3).build().unwrap().send(&start).await.unwrap();
    assert_eq!((response.text().unwrap(), response.url().to_string()), ("here", counting.url("/xxx").to_string()));
    let error = client().redirects(2).build().unwrap().send(&start).await.unwrap_err();
    assert!(error.to_string().contains("more than 2 redirects"), "{error}");
}

fn path(request: &str) -> String {
    request.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_request_with_an_effect_is_not_redirected() {
    let peer = Peer::keeping(|_| answer(307, "location: /other\r\n", b"")).await;
    let request = HttpRequest::new(Method::DELETE, peer.url("/"));
    let response = client().redirects(5).build().unwrap().send(&request).await.unwrap();
    assert_eq!((response.status().as_u16(), peer.requests().len()), (307, 1));
}

#[tokio::test]
async fn credentials_stay_at_their_origin_and_do_not_come_back() {
    let home = Peer::keeping(|_| answer(200, "", b"")).await;
    let inside = Peer::keeping(|request| if request.starts_with("GET /last") { answer(200, "", b"") } else { redirect("/last") }).await;
    let back = home.url("/back").to_string();
    let away = Peer::keeping(move |_| redirect(&back)).await;
    let to_away = away.url("/").to_string();
    let start = Peer::keeping(move |_| redirect(&to_away)).await;
    let client = client().redirects(9).build().unwrap();
    let with_secrets = |url| {
        let request = HttpRequest::get(url).bearer(&Secret::new("tok")).unwrap();
        request.secret_header("x-api-key", &Secret::new("key")).unwrap().header("cookie", "crumb").unwrap()
    };
    client.send(&with_secrets(start.url("/"))).await.unwrap();
    client.send(&with_secrets(inside.url("/"))).await.unwrap();
    let has = |request: &String| ["tok", "key", "crumb"].map(|part| request.split_once("\r\n").unwrap().1.contains(part));
    assert!(start.requests().iter().chain(&inside.requests()).all(|request| has(request) == [true; 3]));
    assert_eq!((start.requests().len(), away.requests().len(), home.requests().len(), inside.requests().len()), (1, 1, 1, 2));
    assert!(away.requests().iter().chain(&home.requests()).all(|request| has(request) == [false; 3]));
}

#[tokio::test]
async fn a_body_goes_to_the_one_that_was_asked_and_to_no_other() {
    let away = Peer::keeping(|_| answer(200, "", b"")).await;
    let to_away = away.url("/").to_string();
    let start = Peer::keeping(move |request| redirect(if path(request) == "/" { "/there" } else { &to_away })).await;
    let request = HttpRequest::get(start.url("/")).body("hunter2").header("content-type", "text/plain").unwrap();
    client().redirects(2).build().unwrap().send(&request).await.unwrap();
    let bodies: Vec<_> = start.requests().iter().chain(&away.requests()).map(|request| request.contains("hunter2")).collect();
    assert_eq!(bodies, [true, false, false]);
    assert!(!away.requests()[0].contains("content-type"), "{:?}", away.requests());
}

#[tokio::test]
async fn a_connection_is_used_again_and_replaced_when_the_peer_closed_it() {
    let peer = Peer::keeping(|_| answer(200, "", b"ok")).await;
    let kept = client().build().unwrap();
    for _ in 0..5 {
        kept.send(&HttpRequest::get(peer.url("/"))).await.unwrap();
    }
    assert_eq!((peer.connections(), peer.requests().len()), (1, 5));
    let none = client().keep(0, 0).build().unwrap();
    for _ in 0..3 {
        none.send(&HttpRequest::get(peer.url("/"))).await.unwrap();
    }
    assert_eq!(peer.connections(), 4);

    // Closes after each answer without saying so.
    let closing = Peer::saying(answer(200, "", b"ok")).await;
    for _ in 0..20 {
        kept.send(&HttpRequest::get(closing.url("/"))).await.unwrap();
    }
    assert_eq!(closing.requests().len(), 20);
}

#[tokio::test]
async fn idle_connections_are_limited_per_origin_and_in_all() {
    let (a, b) = (Peer::keeping(|_| answer(200, "", b"ok")).await, Peer::keeping(|_| answer(200, "", b"ok")).await);
    let client = client().keep(1, 1).build().unwrap();
    client.send(&HttpRequest::get(a.url("/"))).await.unwrap();
    client.send(&HttpRequest::get(b.url("/"))).await.unwrap();
    client.send(&HttpRequest::get(b.url("/"))).await.unwrap();
    client.send(&HttpRequest::get(a.url("/"))).await.unwrap();
    assert_eq!((a.connections(), b.connections()), (1, 2), "only the first was kept");
}

#[tokio::test]
async fn a_name_that_changes_into_a_denied_address_is_never_reached() {
    let peer = Peer::keeping(|_| answer(200, "connection: close\r\n", b"internal")).await;
    // The first answer is allowed (nobody is there), the later ones are this machine.
    let names = Names::changing(&[&["192.0.2.1"], &["127.0.0.1"]]);
    let policy = AddressPolicy::default().allow("192.0.2.1/32").unwrap();
    let client = client().network(Network::new(policy).with_resolver(names.clone())).deadline(crate::support::SHORT).build().unwrap();
    let request = HttpRequest::get(url(&format!("http://rebind.example:{}/", peer.port())));
    assert_eq!(client.send(&request).await.unwrap_err().kind(), ErrorKind::Unreachable);
    assert_eq!(names.asked(), 1, "one connection asks once");
    for _ in 0..3 {
        assert_eq!(client.send(&request).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(peer.connections(), 0);
}

#[tokio::test]
async fn the_proxy_of_the_environment_is_not_used() {
    let proxy = Peer::keeping(|_| answer(200, "", b"proxy")).await;
    let peer = Peer::keeping(|_| answer(200, "", b"peer")).await;
    let program = std::env::current_exe().unwrap();
    let status = tokio::process::Command::new(program)
        .args(["--exact", "http::child_asks_what_it_is_told", "--nocapture"])
        .envs(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, proxy.url("").to_string())))
        .env("ASK", peer.url("/").to_string())
        .stdout(std::process::Stdio::null())
        .status()
        .await
        .unwrap();
    assert!(status.success());
    assert_eq!((peer.requests().len(), proxy.connections()), (1, 0));
}

/// Half of the test above: asks `ASK`, or a peer of its own.
#[tokio::test]
async fn child_asks_what_it_is_told() {
    let own = Peer::keeping(|_| answer(200, "", b"peer")).await;
    let asked = std::env::var("ASK").map_or_else(|_| own.url("/"), |text| url(&text));
    assert_eq!(client().build().unwrap().send(&HttpRequest::get(asked)).await.unwrap().text().unwrap(), "peer");
}
