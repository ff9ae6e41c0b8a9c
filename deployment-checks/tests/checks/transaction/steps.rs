//! Calls one after the other, with what they expect and keep.

use std::time::Duration;

use deployment_checks::{
    expect::{Expect, JsonRule, TextRule},
    http::Method,
    secret::Secret,
    suite::transaction::{Call, Capture, Transaction, TransactionBuilder},
};
use deployment_core::{
    ErrorKind,
    health::{HealthCheck, HealthStatus},
    testkit::{assert_none, conformance, sample},
};
use serde_json::json;

use super::{
    super::support::{GENEROUS, Peer, client, hostile::answer},
    at, failure, run,
    shop::{self, KEY},
    transaction,
};

fn status(text: &str) -> Expect {
    Expect::new().status(text.parse().unwrap())
}

fn logged_in() -> TransactionBuilder {
    let login = Call::post("/login").json(json!({ "key": "${key}" })).capture("token", Capture::json("/token").unwrap());
    transaction().secret("key", Secret::new(KEY)).call(login)
}

fn bearer(call: Call) -> Call {
    call.header("authorization", "Bearer ${token}")
}

#[tokio::test]
async fn a_user_logs_in_orders_and_sees_the_order() {
    let shop = shop::open().await;
    let order = bearer(Call::post("/orders"))
        .json(json!({ "sku": "book", "count": 2, "run": "${run}", "version": "v${version} of ${service}" }))
        .expect(status("201"))
        .capture("order", Capture::json("/id").unwrap().shown())
        .capture("number", Capture::header_part("location", r"/orders/(\d+)").unwrap());
    let view = bearer(Call::get("/orders/${number}")).expect(
        Expect::new()
            .json("/version", JsonRule::equals("v2 of shop"))
            .unwrap()
            .json("/count", JsonRule::equals(2))
            .unwrap()
            .within(GENEROUS),
    );
    let report = run(logged_in().call(order).call(view.same("/id", "order")), &shop).await.unwrap();
    assert_eq!(report.status, HealthStatus::Healthy, "{}", report.evidence);
    assert!(report.evidence.starts_with("3 calls in "), "{}", report.evidence);
    assert!(!report.latency.is_zero());
    assert_eq!(shop.connections(), 1, "one connection for all of it");
}

#[tokio::test]
async fn a_captured_number_stays_a_number_in_a_body_and_a_captured_link_is_followed() {
    let shop = shop::open().await;
    let first = bearer(Call::post("/orders")).json(json!({ "n": 1 })).expect(status("201")).capture("id", Capture::json("/id").unwrap());
    let second = bearer(Call::post("/orders"))
        .json(json!({ "after": "${id}", "text": "after ${id}" }))
        .expect(status("201"))
        .capture("link", Capture::header("location"));
    let view = bearer(Call::get("${link}"))
        .expect(Expect::new().json("/after", JsonRule::equals(7)).unwrap().json("/text", JsonRule::equals("after 7")).unwrap());
    let report = run(logged_in().call(first).call(second).call(view), &shop).await.unwrap();
    assert_eq!(report.status, HealthStatus::Healthy, "{}", report.evidence);
}

#[tokio::test]
async fn the_first_call_that_is_not_as_expected_ends_it_and_says_why() {
    let shop = shop::open().await;
    let view = bearer(Call::get("/orders/99")).named("see the order");
    let never = bearer(Call::post("/orders"));
    let why = failure(logged_in().call(view).call(never), &shop).await;
    assert_eq!(why, "call 2 of 3, see the order: status is 404, it must be 200-299");
    assert_eq!(shop.requests().len(), 2, "the call after it is not made");
    let slow = Call::get("/").expect(status("403").header("x-none", TextRule::Present).unwrap().within(Duration::ZERO));
    let why = failure(transaction().call(slow), &shop).await;
    assert!(why.starts_with("call 1 of 1, GET /: header x-none is missing, it must be there; it took "), "{why}");
}

#[tokio::test]
async fn what_is_to_be_kept_must_be_there_and_what_is_to_be_the_same_must_be() {
    let peer = Peer::saying(answer(200, "x-a: 1\r\n", br#"{"a":1,"none":null}"#)).await;
    let missing = Call::get("/")
        .capture("a", Capture::json("/b").unwrap())
        .capture("b", Capture::header("x-b"))
        .capture("c", Capture::body("no (match)").unwrap())
        .capture("d", Capture::cookie("sid"))
        .capture("e", Capture::json("/none").unwrap())
        .capture("f", Capture::header_part("x-a", "z").unwrap());
    let why = failure(transaction().call(missing), &peer).await;
    let expected = "call 1 of 1, GET /: there is no /b of the body for a; there is no header x-b for b; there is no \"no (match)\" in the \
                    body for c; there is no cookie sid for d; there is no /none of the body for e; there is no \"z\" in header x-a for f";
    assert_eq!(why, expected);
    let other = transaction().variable("wanted", "2").call(Call::get("/").same("/a", "wanted"));
    assert_eq!(failure(other, &peer).await, "call 1 of 1, GET /: /a is \"1\", it must be ${wanted}, \"2\"");
    let nowhere = transaction().variable("wanted", "2").call(Call::get("/").same("/zz", "wanted"));
    assert_eq!(failure(nowhere, &peer).await, "call 1 of 1, GET /: /zz is missing, it must be ${wanted}, \"2\"");
}

#[tokio::test]
async fn bodies_are_sent_as_what_they_are() {
    let peer = Peer::keeping(|request| answer(200, "", request.as_bytes())).await;
    let odd = "a&b=c d\"\\\n/ü";
    let echo = |call: Call| transaction().variable("odd", odd).call(call.expect(Expect::new().body(TextRule::contains("never"))));
    let sent = async |call: Call| {
        failure(echo(call), &peer).await;
        peer.requests().pop().unwrap()
    };
    let json = sent(Call::put("/j").json(json!({ "a": ["${odd}", "x${odd}", 1, null, "$${odd}"] }))).await;
    assert!(json.starts_with("PUT /j HTTP/1.1\r\n") && json.contains("content-type: application/json\r\n"), "{json}");
    let body: serde_json::Value = serde_json::from_str(json.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body, json!({ "a": [odd, format!("x{odd}"), 1, null, "${odd}"] }));
    let form = sent(Call::post("/f").form([("na me", "${odd}"), ("b", "2")])).await;
    assert!(form.contains("content-type: application/x-www-form-urlencoded\r\n"), "{form}");
    assert!(form.ends_with("\r\n\r\nna%20me=a%26b%3Dc%20d%22%5C%0A%2F%C3%BC&b=2"), "{form}");
    let text = sent(Call::new(Method::PATCH, "/t").text("text/csv", "1,${odd}")).await;
    assert!(text.contains("content-type: text/csv\r\n") && text.ends_with(&format!("\r\n\r\n1,{odd}")), "{text}");
    assert!(sent(Call::delete("/d").header("x-a", "1")).await.contains("x-a: 1\r\n"));
}

#[tokio::test]
async fn it_keeps_the_contract_of_a_health_check() {
    let shop = shop::open().await;
    let transaction = logged_in().build().unwrap();
    assert_none(&conformance::health::check(&transaction, &at(&shop), GENEROUS).await);
    assert_eq!(transaction.describe(), "order: POST /login → status 200-299");
}

#[tokio::test]
async fn without_an_address_nobody_can_look() {
    let error = logged_in().build().unwrap().check(&sample::health(sample::NOON)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("target backend has no preview endpoint; give the transaction a base address"), "{error}");
    let shop = shop::open().await;
    let based = logged_in().base(shop.url("")).build().unwrap();
    assert_eq!(based.check(&sample::health(sample::NOON)).await.unwrap().status, HealthStatus::Healthy);
}

#[test]
fn a_bad_transaction_is_refused_with_every_fault() {
    let error = Transaction::builder("x", client().build().unwrap()).build().unwrap_err();
    assert_eq!(error.to_string(), "validate: transaction: it has no call; add one, for instance Call::get(\"/health\")");
    let error = transaction()
        .variable("Bad", "1")
        .call(Call::get("//evil.example/${run}").header("a b", "${open").capture("x-y", Capture::header("a")))
        .call(Call::get("http://${run}/").same("a", "order"))
        .call(Call::get("/${never}?q=${env:}"))
        .build()
        .unwrap_err();
    let expected = [
        "\"Bad\" cannot be a variable; use small letters, digits and _",
        "call 1 (GET //evil.example/${run}): url: url: begin it with / for a path on the base address, or write the host out, as https://host/path",
        "call 1 (GET //evil.example/${run}): header: \"a b\" is not a header's name; use letters, digits and -",
        "call 1 (GET //evil.example/${run}): a b: template: ${ has no }; end it, or write $${ for the characters themselves",
        "call 1 (GET //evil.example/${run}): capture: \"x-y\" cannot be a variable; use small letters, digits and _",
        "call 2 (GET http://${run}/): url: url: begin it with / for a path on the base address, or write the host out, as https://host/path",
        "call 2 (GET http://${run}/): same: pointer: \"a\" is not a JSON pointer; write \"/a\"",
        "call 2 (GET http://${run}/): ${order} is not known here; known are Bad, environment, run, service, target, version, x-y",
        "call 3 (GET /${never}): url: template: ${env:…} needs the name of a variable, for instance ${env:API_TOKEN}",
    ];
    assert_eq!(error.to_string(), format!("validate: transaction: {}", expected.join("; ")));
}

#[tokio::test]
async fn every_run_has_a_name_of_its_own_also_if_many_are_under_way_at_once() {
    let shop = shop::open().await;
    let transaction = transaction().call(Call::get("/orders/${run}").expect(status("403"))).build().unwrap();
    let report = deployment_checks::suite::Repeated::new(transaction).times(50).check(&at(&shop)).await.unwrap();
    assert_eq!(report.status, HealthStatus::Healthy, "{}", report.evidence);
    let paths: std::collections::BTreeSet<_> = shop.requests().iter().map(|request| request.lines().next().unwrap().to_owned()).collect();
    assert_eq!(paths.len(), 50);
}
