//! What people say from another process than the one that drives.

use std::fs;

use serde_json::Value;

use super::{
    site::{Said, Site},
    stop::{held, until_there},
};

const CANARY: [&str; 5] = ["deploy", "--strategy", "canary", "--yes", "--version"];

fn cause(said: &Said) -> &str {
    said.last["outcome"]["rolled_back"]["cause"].as_str().unwrap_or_else(|| panic!("{}", said.last))
}

fn position(records: &[Value], holds: impl Fn(&Value) -> bool) -> usize {
    records.iter().position(holds).unwrap()
}

#[test]
fn a_paused_deployment_begins_no_step_until_it_is_resumed_and_a_hold_waits_for_a_promotion() {
    let site = held();
    let driver = site.start(&[&CANARY[..], &["2", "--bake", "1", "--promote-by-hand"]].concat());
    until_there(&site.data.path().join("started"));
    site.say("pause", "lunch");
    let said = |word: &str| {
        let word = word.to_owned();
        move |record: &Value| record["signalled"]["signal"]["signal"] == word.as_str()
    };
    site.until("the pause", said("pause"));
    let again = site.refused(&["promote", "--actor", "grace", "--reason", "too early"]);
    assert!(again.contains("does not wait for a promotion"), "{again}");
    fs::remove_file(site.data.path().join("hold")).unwrap();
    site.until("the hook's end", |record| record["returned"]["step"] == "hook");
    site.say("resume", "back again");
    let held = site.until_begun("backend/hold-10");
    site.say("promote", "looks good");
    let ended = driver.ended();
    assert_eq!((ended.code, &ended.last["outcome"]), (0, &Value::from("succeeded")), "{}", ended.last);

    let records = site.records();
    let (pause, resume) = (position(&records, said("pause")), position(&records, said("resume")));
    assert!(records[pause..resume].iter().all(|record| record["step_started"].is_null()), "{:?}", &records[pause..resume]);
    assert!(resume < held);
    let promoted = &records[position(&records, said("promote"))]["signalled"]["signal"];
    assert_eq!((&promoted["actor"], &promoted["reason"]), (&Value::from("grace"), &Value::from("looks good")));
}

#[test]
fn an_abort_a_rollback_and_a_rejection_end_it_with_who_and_why() {
    let site = Site::up(&[]);
    for (version, word, told) in
        [("2", "abort", "abort by grace: a wrong price"), ("3", "rollback-now", "roll back by grace: a wrong price")]
    {
        let driver = site.start(&[&CANARY[..], &[version, "--bake", "600"]].concat());
        site.until("its start", |record| record["started"]["plan"]["release"]["version"] == version);
        site.until("a sample", |record| record["sampled"]["step"] == "backend/bake-10");
        site.say(word, "a wrong price");
        let ended = driver.ended();
        assert_eq!(ended.code, 1, "{}", ended.last);
        assert!(cause(&ended).contains(told), "{}", ended.last);
    }
    let driver = site.start(&[&CANARY[..], &["4", "--bake", "1", "--approval"]].concat());
    site.until("the gate", |record| record["gated"].is_object());
    site.say("reject", "not on a Friday");
    let ended = driver.ended();
    assert_eq!(ended.code, 1, "{}", ended.last);
    assert!(ended.last["ended"].as_str().unwrap().contains("not on a Friday"), "{}", ended.last);
}
