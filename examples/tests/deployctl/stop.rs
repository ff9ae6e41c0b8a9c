//! Ctrl-C and SIGTERM: the first parks, the second leaves.

use std::{fs, path::Path};

use serde_json::Value;

use super::site::{Deadline, Site};

const DEPLOY: [&str; 8] = ["deploy", "--version", "2", "--strategy", "canary", "--bake", "2", "--yes"];

/// A program that does its work as soon as there is no file `hold`. It says that it was started in the file `started`.
pub(crate) fn hook(site: &Site) -> String {
    let data = site.data.path().display();
    let path = site.data.path().join("hook.sh");
    let text = format!("#!/bin/sh\n: > {data}/started\nwhile [ -e {data}/hold ]; do sleep 0.05; done\necho x >> {data}/worked\n");
    fs::write(&path, text).unwrap();
    let mut mode = fs::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    fs::set_permissions(&path, mode).unwrap();
    path.display().to_string()
}

/// A stage whose deployments run a hook, which stays in its work until `hold` is removed.
pub(crate) fn held() -> Site {
    let site = Site::empty();
    let hook = hook(&site);
    // A driver that takes over from one that was killed in the middle of it waits for as long.
    site.ok(&["stage", "up", "--load", "50", "--hook", &hook, "--hook-seconds", "30"]);
    fs::remove_file(site.data.path().join("started")).unwrap();
    fs::write(site.data.path().join("hold"), "").unwrap();
    site
}

pub(crate) fn until_there(path: &Path) {
    let deadline = Deadline::new();
    while !path.exists() {
        deadline.check(&path.display().to_string());
    }
}

#[test]
fn the_first_signal_parks_after_the_call_that_is_under_way_and_the_next_drive_goes_on_at_once() {
    for signal in ["TERM", "INT"] {
        let site = held();
        let mut driver = site.start(&DEPLOY);
        until_there(&site.data.path().join("started"));
        driver.signal(signal);
        site.until("the hook's intent", |record| record["intent"]["step"] == "hook");
        assert!(!driver.has_ended(), "its call has not");
        fs::remove_file(site.data.path().join("hold")).unwrap();
        let ended = driver.ended();
        assert_eq!((ended.code, &ended.last["outcome"]), (3, &Value::Null), "{}", ended.last);
        assert!(ended.last["ended"].as_str().unwrap().starts_with("stopped"), "{}", ended.last);
        let records = site.records();
        assert!(records.last().unwrap()["parked"].is_object(), "{:?}", records.last());
        assert!(records.iter().any(|record| record["returned"]["step"] == "hook"), "its call has ended");

        assert_eq!(site.ok(&["drive"])["outcome"], "succeeded");
        let shown = site.ok(&["history"]);
        let at = |entry: &Value| entry["at"].clone();
        let entries = shown["entries"].as_array().unwrap();
        let (parked, taken) = (&entries[records.len() - 1], &entries[records.len()]);
        assert!(taken["record"]["took"].is_object() && taken["epoch"] == 2, "{} {}", at(parked), taken);
        assert_eq!(worked(&site), 2, "once for version 1, once for version 2");
    }
}

#[test]
fn a_signal_in_a_bake_parks_and_the_next_drive_bakes_on() {
    let site = Site::up(&[]);
    let driver = site.start(&[&DEPLOY[..5], &["--bake", "4", "--yes"]].concat());
    site.until("a sample", |record| record["sampled"]["step"] == "backend/bake-10");
    driver.signal("INT");
    assert_eq!(driver.ended().code, 3);
    assert!(site.records().iter().all(|record| record["reversal_planned"].is_null()), "parking is not giving up");
    assert_eq!(site.ok(&["drive"])["outcome"], "succeeded");
}

#[test]
fn the_second_signal_ends_at_once_and_what_was_under_way_is_in_doubt() {
    let site = held();
    let driver = site.start(&DEPLOY);
    until_there(&site.data.path().join("started"));
    driver.signal("TERM");
    // Another one: two of a kind may be told as one if they come together.
    driver.signal("INT");
    let ended = driver.ended();
    assert_eq!(ended.code, 3, "{}", ended.last);
    assert!(ended.last["ended"].as_str().unwrap().starts_with("left"), "{}", ended.last);
    assert!(site.data.path().join("hold").exists(), "the call that was under way had not ended");
    assert!(site.records().iter().all(|record| record["parked"].is_null()));

    fs::remove_file(site.data.path().join("hold")).unwrap();
    let halted = site.run(&["drive"]);
    assert_eq!(halted.code, 1, "{}", halted.last);
    assert!(halted.last["ended"].as_str().unwrap().contains("uncertain"), "{}", halted.last);
    site.ok(&["resolve", "not-done", "--actor", "grace", "--reason", "no file"]);
    assert_eq!(site.ok(&["drive"])["outcome"], "succeeded");
    assert_eq!(worked(&site), 2, "once for version 1, once for version 2");
}

/// How often the hook has done its work.
pub(crate) fn worked(site: &Site) -> usize {
    fs::read_to_string(site.data.path().join("worked")).unwrap().lines().count()
}
