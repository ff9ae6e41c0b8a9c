//! No peer holds a client longer, or makes it take more, than it agreed to.

use deployment_checks::http::HttpRequest;
use deployment_core::{ErrorKind, Status};

use crate::support::{SHORT, client, hostile};

#[tokio::test]
async fn every_hostile_peer_ends_in_an_error() {
    let client = client().redirects(3).build().unwrap();
    for (name, peer) in hostile::all().await {
        let request =
            HttpRequest::get(peer.url("/")).deadline(if name.starts_with("slow") || name == "silent" { SHORT } else { SHORT * 10 });
        let error = client.send(&request).await.expect_err(name);
        println!("{name}: {error}");
        assert!(matches!(error.kind(), ErrorKind::Failed | ErrorKind::Unreachable), "{name}: {error:?}");
        assert_ne!(error.status(), Status::InDoubt, "{name}");
    }
}

#[tokio::test]
async fn what_takes_no_time_is_refused_for_what_it_is_and_not_for_the_time() {
    let client = client().build().unwrap();
    for (name, peer) in hostile::all().await {
        if ["slow", "silent", "reset", "endless interim", "nothing", "body cut"].iter().any(|slow| name.starts_with(slow)) {
            continue;
        }
        let error = client.send(&HttpRequest::get(peer.url("/"))).await.expect_err(name);
        assert_eq!((error.kind(), error.status()), (ErrorKind::Failed, Status::Permanent), "{name}: {error}");
    }
}

#[tokio::test]
async fn one_deadline_holds_over_headers_and_body_and_says_that_trying_again_may_help() {
    let client = client().deadline(SHORT).build().unwrap();
    for peer in [hostile::slow_headers().await, hostile::slow_body().await, hostile::silent().await, hostile::endless_interim().await] {
        let started = tokio::time::Instant::now();
        let error = client.send(&HttpRequest::get(peer.url("/"))).await.unwrap_err();
        assert!(error.to_string().contains("no whole answer in time"), "{error}");
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary));
        assert!(started.elapsed() >= SHORT);
    }
}

#[tokio::test]
async fn what_was_sent_and_has_an_effect_is_in_doubt() {
    let client = client().deadline(SHORT).build().unwrap();
    for peer in [hostile::silent().await, hostile::resetting().await, hostile::slow_body().await, hostile::endless_body().await] {
        let error = client.send(&HttpRequest::post(peer.url("/"), "text/plain", "go").unwrap()).await.unwrap_err();
        assert_eq!(error.status(), Status::InDoubt, "{error}");
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_taken_plain_and_compressed() {
    let client = client().build().unwrap();
    let body = vec![b'a'; 64 * 1024];
    for (encoding, header) in [("", ""), ("gzip", "gzip"), ("zlib", "deflate"), ("deflate", "deflate")] {
        let bytes = match encoding {
            "" => hostile::answer(200, "", &body),
            _ => hostile::answer(200, &format!("content-encoding: {header}\r\n"), &hostile::compress(encoding, &body)),
        };
        let peer = crate::support::Peer::saying(bytes).await;
        let response = client.send(&HttpRequest::get(peer.url("/"))).await.unwrap();
        assert_eq!(response.body().as_ref(), body, "{encoding}");
    }
}

#[tokio::test]
async fn a_text_that_is_not_utf8_is_an_error_that_repeats_nothing_of_it() {
    let peer = crate::support::Peer::saying(hostile::answer(200, "x-note: \u{fffd}\r\n", b"secret\xff\xfe")).await;
    let response = client().build().unwrap().send(&HttpRequest::get(peer.url("/"))).await.unwrap();
    assert_eq!(response.header("x-note"), None);
    let error = response.text().unwrap_err();
    assert!(error.to_string().contains("from byte 6 on"), "{error}");
    assert!(!format!("{error:?} {response:?}").contains("secret"), "{error:?}");
}
