//! The command line, on a stage of the test's own.

use std::path::Path;

use serde_json::Value;

use super::{program, said};

/// What a command ends with, and what it says last, as JSON.
fn run(data: &Path, args: &[&str]) -> (i32, Value) {
    let output = program().args(["deployctl", "--json", "--data"]).arg(data).args(args).output().unwrap();
    let said = said(&output);
    let last = said.lines().last().unwrap_or("null");
    (output.status.code().unwrap(), serde_json::from_str(last).unwrap_or_else(|_| Value::from(said.clone())))
}

#[test]
fn a_job_hands_over_to_a_person_and_a_success_is_taken_back() {
    let data = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| run(data.path(), args);
    assert_eq!(run(&["list"]).0, 2, "there is no stage yet");
    let up = run(&["stage", "up", "--load", "50"]);
    assert_eq!(up.0, 0, "{}", up.1);
    let way = ["--version", "2", "--target", "all", "--strategy", "blue-green", "--bake", "1"];
    let order = |first: &'static str, more: &[&'static str]| [&[first][..], &way, more].concat();

    assert_eq!(run(&order("dry-run", &[])).1["steps"].as_array().unwrap().len(), 14);
    assert_eq!(run(&order("deploy", &[])).0, 2, "nobody can be asked");
    let parked = run(&order("deploy", &["--yes", "--approval", "--until-waiting"]));
    assert_eq!(parked.0, 3, "{}", parked.1);
    assert_eq!(run(&order("deploy", &["--yes"])).0, 2, "another one is under way");
    assert_eq!(run(&["approve", "--actor", "operator", "--reason", "mine"]).0, 2, "nobody approves their own");
    assert_eq!(run(&["approve", "--actor", "grace", "--reason", "seen", "--step", "no/such"]).0, 2);
    assert_eq!(run(&["promote", "--actor", "grace", "--reason", "now"]).0, 2, "it waits for no promotion");
    assert_eq!(run(&["approve", "--actor", "grace", "--reason", "seen"]).0, 0);
    let driven = run(&["drive"]);
    assert_eq!((driven.0, &driven.1["outcome"]), (0, &Value::from("succeeded")), "{}", driven.1);

    let back = run(&["rollback", "--to", "previous", "--yes", "--bake", "1"]);
    assert_eq!(back.0, 0, "{}", back.1);
    let list = run(&["list"]).1;
    let versions: Vec<_> = list.as_array().unwrap().iter().map(|entry| entry["release"]["version"].clone()).collect();
    assert_eq!(versions, ["1", "2", "1"]);
    let verified = run(&["verify"]);
    assert_eq!((verified.0, verified.1.as_array().unwrap().len()), (0, 3));
    assert!(run(&["show"]).1["entries"].as_array().unwrap().len() > 20);
    let report = run(&["report"]).1["file"].as_str().unwrap().to_owned();
    assert!(std::fs::read_to_string(report).unwrap().contains("<svg"));
    assert_eq!(run(&["stage", "down"]).0, 0);
}
