//! Secrets that are in no message, whatever a server does with them.

use deployment_checks::{
    expect::{Expect, JsonRule, TextRule},
    secret::Secret,
    suite::{
        Suite, Test, Validation,
        transaction::{Call, Capture, Cookies, TransactionBuilder},
    },
};
use deployment_core::health::HealthCheck;
use serde_json::json;

use super::{
    super::support::{Logs, Peer, hostile::answer},
    at, transaction,
};

const GIVEN: &str = "given-s3cr3t/\"+é";
const FILED: &str = "filed-s3cr3t";
const CAUGHT: &str = "caught-s3cr3t";
const COOKIE: &str = "cookie-s3cr3t";

/// Sends everything back: in the status line's place, headers, JSON and text.
async fn echo(status: u16) -> Peer {
    Peer::keeping(move |request| {
        if request.starts_with("POST /login") {
            let body = json!({ "token": CAUGHT });
            return answer(200, &format!("set-cookie: sid={COOKIE}\r\n"), body.to_string().as_bytes());
        }
        let line = request.lines().next().unwrap().replace(' ', "_");
        let flat: String = request.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
        let body = json!({ "echo": request, "padded": format!("{}{request}", "x".repeat(60)), "again": { "line": line } });
        answer(status, &format!("x-echo: {flat}\r\n"), body.to_string().as_bytes())
    })
    .await
}

fn calls(expect: Expect, file: &str) -> TransactionBuilder {
    let login = Call::post("/login")
        .form([("user", "probe"), ("password", "${given}"), ("pin", &format!("${{file:{file}}}"))])
        .capture("token", Capture::json("/token").unwrap());
    let everywhere = Call::post("/x/${token}/${given}?q=${given}&t=${token}")
        .header("authorization", "Bearer ${token}")
        .header("x-filed", format!("${{file:{file}}}"))
        .json(json!({ "given": "${given}", "filed": format!("${{file:{file}}}"), "token": "${token}" }))
        .expect(expect)
        .capture("again", Capture::json("/again/line").unwrap());
    let third = Call::get("/last").expect(Expect::new().json("/echo", JsonRule::equals("never")).unwrap());
    transaction().cookies(Cookies::Shared).secret("given", Secret::new(GIVEN)).call(login).call(everywhere).call(third)
}

#[tokio::test]
async fn no_secret_is_in_any_message_result_or_log() {
    let logs = Logs::collected();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pin");
    std::fs::write(&file, format!("{FILED}\n")).unwrap();
    let expects = [
        Expect::new(),
        Expect::new().status("201".parse().unwrap()),
        Expect::new().header("x-echo", TextRule::Absent).unwrap(),
        Expect::new().json("/echo", JsonRule::equals("never")).unwrap().json("/padded", JsonRule::equals("never")).unwrap(),
        Expect::new().body(TextRule::equals("never")),
        Expect::new().body(TextRule::matches("^$").unwrap()),
    ];
    let mut told = String::new();
    for status in [200, 500] {
        let peer = echo(status).await;
        for expect in &expects {
            let transaction = calls(expect.clone(), file.to_str().unwrap()).build().unwrap();
            told.push_str(&format!("{transaction:?} {}", transaction.describe()));
            let test = Test::new("order", transaction).retries(0);
            let validation = Validation::builder("shop").suite(Suite::smoke().test(test)).build().unwrap();
            let result = validation.run(&at(&peer)).await;
            told.push_str(&format!("{result} {result:?} {}", serde_json::to_string(&result).unwrap()));
            #[cfg(feature = "junit")]
            told.push_str(&result.to_junit().unwrap());
            told.push_str(&validation.check(&at(&peer)).await.unwrap().evidence);
        }
        let sent = peer.requests().concat();
        assert!(sent.contains(FILED) && sent.contains(CAUGHT) && sent.contains(COOKIE), "the secrets were sent: {sent}");
    }
    assert!(told.contains("[secret]"), "something was hidden: {told}");
    let logged = logs.text();
    assert!(logged.contains("the validation has ended"), "logs are collected");
    for secret in [GIVEN, "given-s3cr3t", FILED, CAUGHT, COOKIE, "s3cr3t", "s3cr"] {
        assert!(!told.contains(secret), "{secret} was told: {told}");
        assert!(!logged.contains(secret), "{secret} was logged");
    }
}

#[tokio::test]
async fn a_secret_that_is_missing_is_named_and_nothing_is_sent() {
    let peer = echo(200).await;
    let call = Call::get("/").header("x", "${env:DEPLOYMENT_TEST_THAT_IS_NOT_SET}");
    let error = transaction().call(call).build().unwrap().check(&at(&peer)).await.unwrap_err();
    let told = "call 1 of 1, GET /: validate: secret: environment variable DEPLOYMENT_TEST_THAT_IS_NOT_SET is not set: set it";
    assert!(error.to_string().contains(told), "{error}");
    assert!(peer.requests().is_empty());
}

#[tokio::test]
async fn what_may_be_shown_is_shown() {
    let peer = echo(200).await;
    let login = Call::post("/login").capture("token", Capture::json("/token").unwrap().shown());
    let other = Call::get("/").same("/none", "token");
    let why = super::failure(transaction().call(login).call(other), &peer).await;
    assert_eq!(why, format!("call 2 of 2, GET /: /none is missing, it must be ${{token}}, \"{CAUGHT}\""));
}
