//! Handing over, and taking a success back.

use serde_json::Value;

use super::site::Site;

const WAY: [&str; 8] = ["--version", "2", "--target", "all", "--strategy", "blue-green", "--bake", "1"];

#[test]
fn a_job_hands_over_to_a_person_and_a_success_is_taken_back() {
    let site = Site::up(&[]);
    let order = |first: &'static str, more: &[&'static str]| [&[first][..], &WAY, more].concat();
    assert_eq!(site.ok(&order("plan", &[]))["steps"].as_array().unwrap().len(), 16);
    assert!(site.refused(&order("deploy", &[])).contains("--yes"), "nobody can be asked");
    let parked = site.run(&order("deploy", &["--yes", "--approval", "--until-waiting"]));
    assert_eq!(parked.code, 3, "{}", parked.last);
    assert!(site.refused(&order("deploy", &["--yes"])).contains("is being deployed by"));
    let own = site.refused(&["approve", "--actor", "operator", "--reason", "mine"]);
    assert!(own.contains("nobody approves a deployment of their own"), "{own}");
    site.say("approve", "seen");
    assert_eq!(site.ok(&["drive"])["outcome"], "succeeded");

    let back = site.ok(&["rollback", "--to", "previous", "--yes", "--bake", "1"]);
    assert_eq!(back["outcome"], "succeeded", "{back}");
    let list = site.ok(&["list"]);
    let versions: Vec<_> = list.as_array().unwrap().iter().map(|entry| entry["release"]["version"].clone()).collect();
    assert_eq!(versions, ["1", "2", "1"]);
    assert_eq!(site.ok(&["verify"]).as_array().unwrap().len(), 3);
    assert!(site.records().len() > 20);
    let report = site.ok(&["report"])["file"].as_str().unwrap().to_owned();
    assert!(std::fs::read_to_string(report).unwrap().contains("<svg"));
}

#[test]
fn a_rollback_goes_to_a_deployment_by_name_and_waits_for_the_gates_of_rollbacks() {
    let site = Site::up(&["--rollback-gate", "approval"]);
    let deploy = |version: &str, more: &[&str]| {
        let way = ["deploy", "--version", version, "--strategy", "blue-green", "--bake", "1", "--yes"];
        site.run(&[&way, more].concat())
    };
    let (second, third) = (deploy("2", &[]), deploy("3", &[]));
    assert_eq!((second.code, third.code), (0, 0), "{} {}", second.last, third.last);
    let bad = deploy("4", &["--behaviour", "crashes"]);
    assert_eq!(bad.code, 1, "{}", bad.last);
    let id = |said: &Value| said["deployment"].as_str().unwrap().to_owned();
    let rollback = |to: &str, more: &[&str]| [&["rollback", "--bake", "1", "--yes", "--to"], &[to][..], more].concat().join(" ");
    let refused = |to: &str| site.refused(&rollback(to, &[]).split(' ').collect::<Vec<_>>());
    assert!(refused("d-unknown").contains("no d-unknown deployment"));
    assert!(refused(&id(&bad.last)).contains("did not succeed"));

    let parked = site.run(&rollback(&id(&second.last), &["--until-waiting"]).split(' ').collect::<Vec<_>>());
    assert_eq!(parked.code, 3, "{}", parked.last);
    assert!(parked.last["ended"].as_str().unwrap().contains("approval"), "{}", parked.last);
    site.say("approve", "version 3 loses orders");
    assert_eq!(site.ok(&["drive"])["outcome"], "succeeded");
    let list = site.ok(&["list"]);
    assert_eq!(list.as_array().unwrap().last().unwrap()["release"]["version"], "2");
}

#[test]
fn each_part_goes_back_to_what_it_ran_itself() {
    let site = Site::up(&[]);
    let deploy = |version: &str, target: &str| {
        let way = ["deploy", "--strategy", "blue-green", "--bake", "1", "--yes", "--version", version, "--target", target];
        assert_eq!(site.ok(&way)["outcome"], "succeeded");
    };
    for (version, target) in [("2", "frontend"), ("3", "frontend"), ("4", "backend"), ("5", "backend")] {
        deploy(version, target);
    }
    let back = |more: &[&str]| {
        assert_eq!(site.ok(&[&["rollback", "--bake", "1", "--yes"], more].concat())["outcome"], "succeeded");
        let list = site.ok(&["list"]);
        let last = list.as_array().unwrap().last().unwrap()["targets"].clone();
        let parts = last.as_array().unwrap().iter();
        parts.map(|on| format!("{} {}", on["target"].as_str().unwrap(), on["release"]["version"].as_str().unwrap())).collect::<Vec<_>>()
    };
    // The newest good deployment is the backend's, and says nothing of the frontend.
    assert_eq!(back(&["--target", "frontend"]), ["frontend 2"]);
    assert_eq!(back(&["--target", "backend"]), ["backend 4"]);
    // Without a word: what the last success has brought, which is the backend's way back.
    assert_eq!(back(&[]), ["backend 5"]);
    // Both at once, each to its own: what checks a candidate compares it with its own part's release.
    assert_eq!(back(&["--target", "all"]), ["backend 4", "frontend 3"]);
    let first = site.ok(&["list"])[1]["deployment"].as_str().unwrap().to_owned();
    let refused = site.refused(&["rollback", "--yes", "--to", &first, "--target", "backend"]);
    assert!(refused.contains("did not succeed on backend"), "{refused}");
}
