//! A program that is told what happens, and does not always listen.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use super::site::Site;

/// Writes down what it is told, but refuses everything as long as there is a file `deaf`.
fn listener(site: &Site) -> String {
    let data = site.data.path().display();
    let path = site.data.path().join("listener.sh");
    fs::write(&path, format!("#!/bin/sh\n[ -e {data}/deaf ] && exit 1\ncat >> {data}/told\necho >> {data}/told\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn what_a_notifier_would_not_take_is_shown_and_what_waits_is_told_by_the_next_drive() {
    let site = Site::empty();
    let (told, deaf) = (site.data.path().join("told"), site.data.path().join("deaf"));
    let listener = listener(&site);
    site.ok(&["stage", "up", "--load", "50", "--notify", &listener]);
    assert!(fs::read_to_string(&told).unwrap().lines().any(|line| line.contains("succeeded")), "version 1 was told");
    assert_eq!(site.ok(&["show"])["undelivered"], Value::Array(Vec::new()));

    fs::write(&deaf, "").unwrap();
    fs::remove_file(&told).unwrap();
    let deploy = ["deploy", "--version", "2", "--strategy", "blue-green", "--bake", "1", "--yes"];
    assert_eq!(site.ok(&deploy)["outcome"], "succeeded", "whether somebody listens or not");
    let owed = site.ok(&["show"])["undelivered"][0].clone();
    assert_eq!(owed["notifier"], "program");
    let given_up = owed["given_up"].as_array().unwrap().len();
    assert!(given_up > 0, "{owed}");
    fs::remove_file(&deaf).unwrap();
    assert_eq!(site.ok(&["drive"])["outcome"], "succeeded");
    let waiting = owed["waiting"].as_array().unwrap();
    let owed = site.ok(&["show"])["undelivered"][0].clone();
    assert_eq!((owed["given_up"].as_array().unwrap().len(), &owed["waiting"]), (given_up, &Value::Array(Vec::new())));
    let told = fs::read_to_string(&told).unwrap_or_default();
    let keys: Vec<_> = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["key"].clone()).collect();
    assert_eq!(keys, waiting.iter().map(|event| event["key"].clone()).collect::<Vec<_>>());
}
