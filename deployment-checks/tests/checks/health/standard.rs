//! The bodies of health endpoints, in all the shapes that they come in.

use std::time::Duration;

use deployment_checks::health::{HealthBody, HealthBodyRules, HttpCheck};
use deployment_core::health::{
    HealthReport,
    HealthStatus::{self, *},
};

use super::{report, says};
use crate::support::{GENEROUS, Peer, client, hostile::answer};

async fn judged(status: u16, body: &'static str, rules: HealthBodyRules) -> HealthReport {
    let peer = Peer::keeping(move |_| answer(status, "content-type: application/json\r\n", body.as_bytes())).await;
    let check = HttpCheck::builder(peer.url("/health")).client(client().build().unwrap()).standard(rules).timeout(GENEROUS);
    report(&check.build().unwrap()).await
}

const READY: &str = r#"{"status":"ready","timestamp":"2026-01-01T11:59:50Z","service":"shop","version":"2",
    "databases":{"available":true},"migrations":{"pending":0,"applied":12,"status":"up_to_date"}}"#;

#[tokio::test]
async fn a_ready_service_of_the_right_version_is_healthy() {
    let rules =
        HealthBodyRules::new().critical(["databases", "migrations"]).release_version().service("shop").fresh(Duration::from_secs(30));
    says(&judged(200, READY, rules).await, Healthy, &["it says \"ready\"", "version \"2\"", "service \"shop\""]);
}

#[tokio::test]
async fn the_old_version_another_service_and_an_old_answer_are_noticed() {
    let rules = HealthBodyRules::new;
    says(&judged(200, READY, rules().version("3")).await, Unhealthy, &["version is \"2\", it must be \"3\""]);
    says(&judged(200, READY, rules().service("cart")).await, Unhealthy, &["service is \"shop\""]);
    says(&judged(200, READY, rules().fresh(Duration::from_secs(5))).await, Degraded, &["10 s from now, it may be 5 s"]);
    says(&judged(200, r#"{"status":"ok"}"#, rules().release_version()).await, Unhealthy, &["version is missing"]);
    says(&judged(200, r#"{"status":"ok"}"#, rules().fresh(Duration::from_secs(5))).await, Degraded, &["timestamp is missing"]);
}

#[tokio::test]
async fn the_status_is_what_it_says_and_503_is_unhealthy_whatever_it_says() {
    for (body, status) in [
        (r#"{"status":"healthy"}"#, Healthy),
        (r#"{"status":"UP"}"#, Healthy),
        (r#"{"status":"degraded"}"#, Degraded),
        (r#"{"status":"not_ready"}"#, Unhealthy),
        (r#"{"status":"Not-Ready"}"#, Unhealthy),
        (r#"{"status":"unhealthy"}"#, Unhealthy),
        (r#"{"status":"fabulous"}"#, Unhealthy),
        (r#"{"database":"connected"}"#, Healthy),
        (r#"{"connected":false}"#, Unhealthy),
        ("OK\n", Healthy),
    ] {
        assert_eq!(judged(200, body, HealthBodyRules::new()).await.status, status, "{body}");
    }
    says(&judged(503, READY, HealthBodyRules::new()).await, Unhealthy, &["503"]);
    let down = r#"{"status":"not_ready","databases":{"available":false},"cache":{"status":"down"}}"#;
    says(&judged(503, down, HealthBodyRules::new()).await, Unhealthy, &["503", "not_ready", "\"databases\" is down", "\"cache\" is down"]);
}

#[tokio::test]
async fn a_dependency_that_is_down_is_what_was_configured_and_is_named() {
    let body = r#"{"status":"ok","dependencies":{"identity":{"status":"down","latency_ms":9},"mail":"up","storage":{"available":true}}}"#;
    let rules = HealthBodyRules::new;
    says(&judged(200, body, rules()).await, Degraded, &["dependency \"identity\" is down"]);
    says(&judged(200, body, rules().critical(["identity"])).await, Unhealthy, &["\"identity\""]);
    says(&judged(200, body, rules().critical(["mail"])).await, Degraded, &[]);
    says(&judged(200, body, rules().down_is(Unhealthy)).await, Unhealthy, &[]);
    says(&judged(200, body, rules().down_is(Healthy)).await, Healthy, &["identity"]);
    let nested = r#"{"databases":{"main":{"available":true},"audit":{"available":false}}}"#;
    says(&judged(200, nested, rules().critical(["databases"])).await, Unhealthy, &["\"databases.audit\" is down"]);
    says(&judged(200, nested, rules().critical(["databases.main"])).await, Degraded, &[]);
}

#[tokio::test]
async fn a_critical_dependency_that_is_not_spoken_of_is_unhealthy() {
    let critical = |name: &str| HealthBodyRules::new().critical([name]);
    for body in
        [r#"{"status":"ok"}"#, r#"{"status":"ok","databases":{}}"#, r#"{"status":"ok","dependencies":{"databases2":"up"}}"#, "OK", "{}"]
    {
        says(&judged(200, body, critical("databases")).await, Unhealthy, &["dependency \"databases\" is not in the answer"]);
    }
    let nested = r#"{"databases":{"main":{"available":true}}}"#;
    says(&judged(200, nested, critical("databases")).await, Healthy, &[]);
    says(&judged(200, nested, critical("databases.audit")).await, Unhealthy, &["\"databases.audit\" is not in the answer"]);
    says(&judged(200, nested, critical("data")).await, Unhealthy, &["\"data\" is not in the answer"]);
}

#[tokio::test]
async fn a_body_that_says_nothing_of_health_is_degraded() {
    for body in ["{}", r#"{"version":"2","message":"hello"}"#, r#"{"dependencies":{}}"#] {
        says(&judged(200, body, HealthBodyRules::new()).await, Degraded, &["neither how it is"]);
    }
}

#[tokio::test]
async fn many_dependencies_are_told_in_few_words_and_the_critical_one_counts() {
    let mut fields: Vec<String> = (0..500).map(|i| format!("\"d{i:03}\":false")).collect();
    fields.push("\"zz\":false".into());
    let body: &'static str = Box::leak(format!("{{\"dependencies\":{{{}}}}}", fields.join(",")).into_boxed_str());
    let report = judged(200, body, HealthBodyRules::new()).await;
    says(&report, Degraded, &["and 491 more dependencies"]);
    assert!(report.evidence.len() < 800);
    says(&judged(200, body, HealthBodyRules::new().critical(["zz"])).await, Unhealthy, &[]);
}

fn parsed(body: &str) -> Vec<(String, Option<HealthStatus>)> {
    let body = HealthBody::parse(body.as_bytes()).unwrap();
    body.dependencies.into_iter().map(|it| (it.name, it.status)).collect()
}

#[test]
fn every_shape_of_a_dependency_is_understood() {
    for (body, name, status) in [
        (r#"{"database":"ok"}"#, "database", Some(Healthy)),
        (r#"{"db":{"connected":true,"latency":3}}"#, "db", Some(Healthy)),
        (r#"{"cache":false}"#, "cache", Some(Unhealthy)),
        (r#"{"cache":{"error":"refused"}}"#, "cache", Some(Unhealthy)),
        (r#"{"cache":{"status":"fabulous"}}"#, "cache", None),
        (r#"{"cache":null}"#, "cache", None),
        (r#"{"databases":{"available":2,"total":3}}"#, "databases", Some(Degraded)),
        (r#"{"databases":{"available":0}}"#, "databases", Some(Unhealthy)),
        (r#"{"databases":[{"name":"main","status":"up"}]}"#, "databases.main", Some(Healthy)),
        (r#"{"dependencies":[{"name":"mail","healthy":false}]}"#, "mail", Some(Unhealthy)),
        (r#"{"checks":{"disk":{"status":"warn"}}}"#, "disk", Some(Degraded)),
        (r#"{"components":{"db":{"status":"UP","details":{"a":1}}}}"#, "db", Some(Healthy)),
        (r#"{"migrations":{"pending":["0042"]}}"#, "migrations", Some(Unhealthy)),
        (r#"{"migrations":{"pending":1,"status":"ok"}}"#, "migrations", Some(Unhealthy)),
        (r#"{"migrations":{"pending":false}}"#, "migrations", Some(Healthy)),
        (r#"{"migrations":{"up_to_date":false}}"#, "migrations", Some(Unhealthy)),
        (r#"{"migrations":{"status":"in_progress"}}"#, "migrations", Some(Unhealthy)),
        (r#"{"migrations":"complete"}"#, "migrations", Some(Healthy)),
    ] {
        assert_eq!(parsed(body), [(name.to_owned(), status)], "{body}");
    }
    assert_eq!(parsed(r#"{"migrations":{"applied_at":"yesterday"}}"#), []);
}

#[test]
fn what_is_no_health_body_is_an_error_that_repeats_nothing_and_depth_does_no_harm() {
    for body in ["", "secret", "[1]", "{\"status\":", "\u{feff}{}", "3"] {
        let error = HealthBody::parse(body.as_bytes()).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    assert!(HealthBody::parse(b"\xff\xfe").is_err());
    let deep = format!("{}true{}", "{\"databases\":{\"x\":".repeat(60), "}}".repeat(60));
    assert!(parsed(&deep).len() < 10);
    let too_deep = format!("{}{}", "[".repeat(60_000), "]".repeat(60_000));
    assert!(HealthBody::parse(too_deep.as_bytes()).is_err());
}
