//! Results as data and in words.

use std::sync::{Arc, Mutex};

use deployment_checks::suite::{Suite, Validation, ValidationResult};
use deployment_core::{Endpoint, testkit::sample};

use super::support::{bad, blind, flaky, good, meh, of, run};

async fn mixed() -> ValidationResult {
    let smoke = of(Suite::smoke(), [good("up").critical(), flaky("login", 1).0]);
    let api = of(Suite::api(), [meh("orders"), bad("pay"), blind("mail")]);
    run([smoke, api, of(Suite::performance(), [good("search")])]).await
}

#[tokio::test(start_paused = true)]
async fn a_person_sees_each_test_with_its_reason() {
    let mut result = mixed().await;
    result.subject = Some("http://10.0.0.7:8080".into());
    for test in &mut result.suites[1].tests {
        test.message = test.message.replace("is broken", "is\nbroken\u{1b}[0m");
    }
    let expected = "\
shop: passed with remarks in 6.0 s at http://10.0.0.7:8080
  smoke: passed, 2 of 2 tests passed in 2.0 s
    pass up (0.0 s)
    pass login (2.0 s, 2 tries)
  api: failed, 1 of 3 tests passed in 4.0 s
    warn orders (0.0 s): slow
    FAIL pay (2.0 s, 2 tries): pay is broken [0m
    ???? mail (2.0 s, 2 tries): look: no way there
  performance: skipped, 0 of 1 tests passed";
    assert_eq!(result.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_result_is_the_same_after_it_was_stored() {
    let result = mixed().await;
    let stored = serde_json::to_string(&result).unwrap();
    assert_eq!(serde_json::from_str::<ValidationResult>(&stored).unwrap(), result);
    let read: serde_json::Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(read["outcome"], "warned");
    assert_eq!(read["started"], "2026-01-01T12:00:00Z");
    assert_eq!(read["suites"][0]["tests"][1]["tries"][1]["outcome"], "passed");
    assert_eq!(read["suites"][0]["tests"][1]["took"], 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_for_results_gets_each_of_them() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let validation = Validation::builder("shop")
        .suite(of(Suite::smoke(), [good("up")]))
        .build()
        .unwrap()
        .on_result(move |result| keep.lock().unwrap().push((result.subject.clone(), result.message.clone())));
    let mut context = sample::health(sample::NOON);
    validation.run(&context).await;
    context.subject.endpoint = Some(Endpoint { url: "http://10.0.0.7:8080".into(), rule: None });
    deployment_core::health::HealthCheck::check(&validation, &context).await.unwrap();
    let message = "1 of 1 tests passed".to_owned();
    assert_eq!(*seen.lock().unwrap(), [(None, message.clone()), (Some("http://10.0.0.7:8080".into()), message)]);
}
