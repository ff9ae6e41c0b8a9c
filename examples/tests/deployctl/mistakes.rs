//! What cannot be done is said clearly, and ends with another code than 0.

use std::{fs, process::Command};

use super::site::Site;

const SAID: [&str; 4] = ["--actor", "grace", "--reason", "because"];

#[test]
fn what_is_unknown_is_named_with_what_there_is() {
    let none = Site::empty().refused(&["list"]);
    assert!(none.contains("start one with `stage up`"), "{none}");

    let site = Site::up(&[]);
    let signal = site.refused(&[&["explode"][..], &SAID].concat());
    for word in ["approve", "reject", "pause", "resume", "promote", "abort", "rollback-now", "retry", "resolve", "close"] {
        assert!(signal.contains(word), "{signal}");
    }
    let parked = site.run(&["deploy", "--version", "2", "--bake", "1", "--yes", "--approval", "--until-waiting"]);
    assert_eq!(parked.code, 3, "{}", parked.last);
    let waits = site.ok(&["status"]);
    assert!(waits["outcome"].is_null() && waits["step"].is_string() && waits["release"]["version"] == "2", "{waits}");
    let open = waits["open"].as_array().unwrap();
    assert!(open.contains(&"approve".into()) && open.contains(&"abort".into()), "{waits}");
    let step = site.refused(&[&["approve", "--step", "backend/nowhere"][..], &SAID].concat());
    assert!(step.contains("the plan has no step backend/nowhere"), "{step}");
    for command in ["status", "history", "drive", "report", "pause"] {
        let more: &[&str] = if command == "pause" { &SAID } else { &[] };
        let unknown = site.refused(&[&[command, "d-unknown"], more].concat());
        assert!(unknown.contains("d-unknown"), "{command}: {unknown}");
    }
    let verified = site.run(&["verify", "d-unknown"]);
    assert_eq!(verified.code, 1, "{}", verified.last);
    assert!(verified.last[0]["error"].as_str().unwrap().contains("d-unknown"), "{}", verified.last);
    site.say("abort", "only a test");
    assert_eq!(site.run(&["drive"]).code, 1);
    let ended = site.ok(&["status"]);
    assert!(ended["outcome"].is_object() && ended["open"] == serde_json::json!([]), "{ended}");
}

#[test]
fn help_tells_every_command_and_what_each_code_means() {
    let output = Command::new(env!("CARGO_BIN_EXE_stage-host")).args(["deployctl", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{help}");
    let looks = ["plan", "deploy", "drive", "rollback", "list", "status", "history", "report", "verify"];
    let signals = ["approve", "reject", "pause", "resume", "promote", "abort", "rollback-now", "retry", "resolve", "close"];
    for command in looks.iter().chain(&signals) {
        assert!(help.lines().any(|line| line.split_whitespace().next() == Some(command)), "{command} is not in:\n{help}");
    }
    for code in ["  0  it was done", "  1  a deployment", "  2  it could not be done", "  3  the deployment"] {
        assert!(help.contains(code), "{code}:\n{help}");
    }
}

#[test]
fn a_journal_that_was_tampered_with_does_not_verify() {
    let site = Site::up(&[]);
    let sound = site.ok(&["verify"]);
    assert_eq!(sound.as_array().unwrap().len(), 1);
    let shown = site.ok(&["list"]);
    let id = shown[0]["deployment"].as_str().unwrap();
    let chain = find(site.data.path(), id);
    let text = fs::read_to_string(&chain).unwrap();
    let altered = text.replacen("deployctl", "deploycat", 1);
    assert_ne!(altered, text);
    fs::write(&chain, altered).unwrap();
    let verified = site.run(&["verify"]);
    assert_eq!(verified.code, 1, "{}", verified.last);
    assert!(verified.last[0]["error"].is_string(), "{}", verified.last);
    fs::write(&chain, text).unwrap();
    site.ok(&["verify", id]);
}

/// The file that holds a deployment's records.
fn find(directory: &std::path::Path, id: &str) -> std::path::PathBuf {
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if path.ends_with(format!("{id}/journal.jsonl")) {
                return path;
            }
        }
    }
    panic!("no file for {id}")
}
