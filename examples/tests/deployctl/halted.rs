//! What people say to a deployment that is halted.

use std::fs;

use super::{
    site::Site,
    stop::{held, until_there, worked},
};

/// What may be said to one that is halted in doubt, as it is typed.
const OPEN: [&str; 6] = ["retry", "resolve done", "resolve not-done", "rollback-now", "abort", "close"];

/// A deployment whose driver was killed in the middle of its hook, and that nobody can take further without being told what became of it.
fn halted() -> Site {
    let site = held();
    let driver = site.start(&["deploy", "--version", "2", "--strategy", "blue-green", "--bake", "1", "--yes"]);
    until_there(&site.data.path().join("started"));
    drop(driver);
    halts(&site);
    site
}

/// Drives it, and it halts.
fn halts(site: &Site) {
    let halted = site.run(&["drive"]);
    assert_eq!(halted.code, 1, "{}", halted.last);
    assert!(halted.last["ended"].as_str().unwrap().ends_with(&format!("; open: {}", OPEN.join(", "))), "{}", halted.last);
    assert!(halted.last["outcome"]["halted"]["reason"].as_str().unwrap().contains("resolve it as done or not done"), "{}", halted.last);
}

#[test]
fn a_halted_deployment_is_retried_and_resolved_by_people() {
    let site = halted();
    let shown = site.ok(&["history"]);
    assert!(shown["halted"].is_string());
    assert_eq!(shown["open"], serde_json::json!(OPEN));
    let pause = site.refused(&["pause", "--actor", "grace", "--reason", "no"]);
    assert!(pause.contains("there is nothing to pause"), "{pause}");
    site.say("retry", "perhaps it can be told now");
    halts(&site);
    fs::write(site.data.path().join("worked"), "x\nx\n").unwrap();
    site.ok(&["resolve", "done", "--actor", "grace", "--reason", "it is in the log"]);
    assert_eq!(site.ok(&["drive"])["outcome"], "succeeded");
    assert_eq!(worked(&site), 2, "what was done is not done again");
    for word in ["retry", "close"] {
        assert!(site.refused(&[word, "--actor", "grace", "--reason", "no"]).contains("has ended"));
    }
}

#[test]
fn a_halted_deployment_keeps_its_claim_until_it_is_closed() {
    let site = halted();
    fs::remove_file(site.data.path().join("hold")).unwrap();
    let deploy = ["deploy", "--version", "3", "--strategy", "blue-green", "--bake", "1", "--yes"];
    assert!(site.refused(&deploy).contains("close it if it is halted"));
    site.say("close", "version 3 has it all");
    let closed = site.run(&["drive"]);
    assert_eq!(closed.code, 1, "{}", closed.last);
    let reason = closed.last["outcome"]["closed"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("close by grace: version 3 has it all"), "{reason}");
    assert_eq!(site.ok(&deploy)["outcome"], "succeeded");
}
