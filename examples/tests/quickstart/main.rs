//! The quickstart, whole: real processes, real requests, a real SIGKILL.
//!
//! The executable is the tests' own with the examples' code in it. That nothing was lost, launched twice or left behind is what
//! the quickstart itself checks and fails by.

#![expect(clippy::unwrap_used, reason = "a test's helper that cannot go on fails the test")]

use std::process::{Command, Output};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_stage-host"))
}

/// The quickstart with short bakes; what it said.
fn quickstart(args: &[&str]) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut command = program();
    command.args(["quickstart", "--bake", "2", "--rate", "100", "--data"]).arg(data.path()).args(args);
    let output = command.output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("version 2: succeeded"), "{said}");
    assert!(said.contains("for want of an upstream: 0"), "{said}");
    assert!(said.contains("backend/check: validation shop: passed") && said.contains("backend/health: health score"), "{said}");
    let report = std::fs::read_to_string(data.path().join("version-2.html")).unwrap();
    for what in ["<h3>Validation", "is healthy and of this version (critical)", "<h3>Health score"] {
        assert!(report.contains(what), "{what} is not in the report");
    }
    said
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn rolls_back(args: &[&str]) -> String {
    let said = quickstart(args);
    assert!(said.contains("version 3: rolled back by itself"), "{said}");
    said
}

#[test]
fn a_canary_is_rolled_back_for_its_errors() {
    let said = rolls_back(&["--strategy", "canary", "--version", "errors"]);
    assert!(said.contains("errors: error rate > 5 %"), "{said}");
    assert!(said.contains("version-2.html") && said.contains("version-3.html"), "{said}");
    assert!(said.contains("time to detect") && said.contains("time to roll back"), "{said}");
}

#[test]
fn a_rolling_release_is_rolled_back_for_its_latency() {
    let said = rolls_back(&["--strategy", "rolling", "--version", "slow"]);
    assert!(said.contains("latency: p95 latency > 1 s"), "{said}");
}

#[test]
fn a_blue_green_release_that_crashes_never_has_traffic() {
    let said = rolls_back(&["--strategy", "blue-green", "--version", "crashes"]);
    let served = said.lines().any(|line| line.trim().starts_with("version 3: ") && line.contains(" served"));
    assert!(!served && !said.contains("time to roll back"), "{said}");
}

#[test]
fn a_good_third_version_succeeds_too() {
    let said = quickstart(&["--strategy", "blue-green", "--version", "good"]);
    assert!(said.contains("version 3: succeeded"), "{said}");
}

#[test]
fn a_canary_resumes_after_a_kill_in_the_middle() {
    let said = rolls_back(&["--strategy", "canary", "--crash-at", "bake-10"]);
    assert_eq!(said.matches("killed and resumed 1 times: backend/bake-10").count(), 2, "{said}");
}

#[test]
fn a_rolling_release_resumes_after_a_kill_at_a_launch() {
    let said = rolls_back(&["--strategy", "rolling", "--crash-at", "launch"]);
    assert_eq!(said.matches("killed and resumed 1 times: backend/launch").count(), 2, "{said}");
}

#[test]
fn a_blue_green_release_resumes_after_a_kill_on_its_way_back() {
    let said = rolls_back(&["--strategy", "blue-green", "--crash-at", "back/backend/route"]);
    assert_eq!(said.matches("killed and resumed 1 times: back/backend/route").count(), 1, "{said}");
}

#[test]
fn a_step_that_never_begins_is_told() {
    let data = tempfile::tempdir().unwrap();
    let mut command = program();
    command.args(["quickstart", "--strategy", "blue-green", "--bake", "1", "--rate", "50", "--crash-at", "nowhere", "--data"]);
    let output = command.arg(data.path()).output().unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("no step matched"), "{}", said(&output));
}
