//! What a dry run prints, and what it warns of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod data_support;

use std::{fs, time::Duration};

use data_support::{HOUR, Store, well};
use deployment_core::{
    Actor, EnvironmentName, Percent, Plan, Plugins,
    backup::VerifyLevel,
    gate::ApprovalGate,
    notify::{self, Severity},
    plan::{Attendance, BackupRule, Capacity, Compensation, Inconclusive, PlanBuilder, Policy, Redeploy, SickStable, Step, WayBack},
    strategy::{BlueGreen, Canary},
    testkit::{fake::FakeAction, sample},
};

const MINUTE: Duration = Duration::from_secs(60);

fn plugins() -> Plugins {
    let plugins = Store::new().plugins(&well()).gate("approval", ApprovalGate::by(1)).unwrap();
    let plugins = plugins.target("frontend", well()).unwrap().action("scaling", FakeAction::named("scaling")).unwrap();
    plugins.notifier("on-call", notify::from_fn("the pager", |_event| async { Ok(()) })).unwrap()
}

fn plan() -> PlanBuilder {
    Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
}

fn canary() -> Canary {
    Canary::steps([10.0, 100.0]).unwrap().bake(MINUTE).watch("errors").unwrap()
}

/// Everything that a plan can say of itself.
fn whole() -> Plan {
    let shares = [50.0, 10.0].map(|share| Percent::new(share).unwrap()).to_vec();
    let policy = Policy {
        way_back: WayBack::Ramped { shares, pause: MINUTE },
        on_inconclusive: Inconclusive::Ask,
        on_sick_stable: SickStable::Deploy { release: Box::new(sample::release("1")) },
        backup: BackupRule::Required { level: VerifyLevel::Restored, younger_than: HOUR },
        expected_duration: Some(45 * MINUTE),
        ..Policy::default()
    };
    let scaling = Step::action("freeze-scaling", "scaling").unwrap().compensated_by(Compensation::Finally);
    let plan =
        plan().policy(policy).before(scaling).backup("db").migrate("add").deploy("backend", Capacity::of(4), canary()).migrate("drop");
    plan.gate_traffic("approval").guard("errors").notify("on-call", Severity::Critical).build(&plugins()).unwrap()
}

#[test]
fn a_dry_run_tells_what_is_done_when_things_go_otherwise_and_within_which_time() {
    let golden = include_str!("plan_golden/dry_run.txt").trim_end();
    let text = whole().to_string();
    assert_eq!(text, golden, "\n{text}");
    let docs = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/running.md")).unwrap();
    assert!(docs.contains(golden), "docs/running.md shows another dry run than the golden file");
}

#[test]
fn a_dry_run_tells_every_other_choice_of_a_policy() {
    let shown = |policy: Policy| plan().policy(policy).deploy("backend", Capacity::of(4), canary()).build(&plugins()).unwrap().to_string();
    let usual = shown(Policy::default());
    for line in [
        "Way back: all traffic at once\n",
        "A bake without an answer: roll back\n",
        "A stable revision that is sick too: halt, a person decides\n",
        "Before what cannot be undone: a backup, verified: complete or better, less than 1 h old\n",
        "A candidate with traffic: always driven\n",
        "wait until they are healthy [10 min]\n",
    ] {
        assert!(usual.contains(line), "{line:?} is not in:\n{usual}");
    }
    assert!(!usual.contains("Warning") && !usual.contains("stable already") && !usual.contains("Usually"), "{usual}");
    let other = shown(Policy {
        on_inconclusive: Inconclusive::Halt,
        attendance: Attendance::Unattended,
        redeploy: Redeploy::Force,
        backup: BackupRule::NotNeeded,
        ..Policy::default()
    });
    for line in [
        "A bake without an answer: halt, a person decides\n",
        "Before what cannot be undone: no backup is needed\n",
        "A candidate with traffic: may be left alone\n",
        "A release that is stable already: deployed again\n",
    ] {
        assert!(other.contains(line), "{line:?} is not in:\n{other}");
    }
}

/// A backup first, the contract last, and between them what people and platforms may take their time for.
fn data_plan(strategy: BlueGreen) -> PlanBuilder {
    plan().backup("db").migrate("add").deploy("backend", Capacity::of(4), strategy).migrate("drop")
}

#[test]
fn a_backup_that_may_be_too_old_by_the_time_it_is_needed_is_warned_of_with_the_fix() {
    let plugins = plugins();
    let held = || data_plan(BlueGreen::new().grace(MINUTE).promote_by_hand());
    let slow = held().build(&plugins).unwrap();
    let warnings = slow.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].field, "policy.backup");
    for part in ["migrate-drop", "backup-db", "less than 1 h old", "25 h", "refresh_backup(\"db\")", "younger_than"] {
        assert!(warnings[0].message.contains(part), "{part:?} is not in {warnings:?}");
    }
    assert!(slow.to_string().contains(&format!("Warning: policy.backup: {}", warnings[0].message)), "{slow}");

    let refreshed = held().refresh_backup("db").build(&plugins).unwrap();
    let position = |step: &str| refreshed.steps.iter().position(|other| other.id.as_str() == step).unwrap();
    assert_eq!(position("refresh-db") + 1, position("migrate-drop"));
    assert!(position("backup-db") < position("backend/launch"), "the first one stays");
    assert!(refreshed.warnings().is_empty(), "{:?}", refreshed.warnings());
    let younger_than = Duration::from_secs(30 * 3_600);
    let longer = Policy { backup: BackupRule::Required { level: VerifyLevel::Complete, younger_than }, ..Policy::default() };
    assert!(held().policy(longer).build(&plugins).unwrap().warnings().is_empty());
    // Where everything between has to be done within the hour, there is nothing to warn of.
    let quick = plan().backup("db").deploy("backend", Capacity::of(4), BlueGreen::new().grace(MINUTE)).migrate("drop");
    assert!(quick.build(&plugins).unwrap().warnings().is_empty());
    // A gate before the contract itself is a wait like any other.
    let gated = data_plan(BlueGreen::new().grace(MINUTE)).refresh_backup("db").gate_step("migrate-drop", "approval");
    let gated = gated.build(&plugins).unwrap().warnings();
    assert!(gated.len() == 1 && gated[0].message.contains("put them before a backup of db right before it"), "{gated:?}");
    let gated = data_plan(BlueGreen::new().grace(MINUTE)).refresh_backup("db").gate_step("refresh-db", "approval");
    assert!(gated.build(&plugins).unwrap().warnings().is_empty());
    let nothing = data_support::builder().refresh_backup("db").build(&plugins).unwrap_err().to_string();
    assert!(nothing.contains("refresh-db has no place"), "{nothing}");
}

#[test]
fn one_last_known_good_release_for_targets_with_releases_of_their_own_is_warned_of() {
    let policy = || Policy { on_sick_stable: SickStable::Deploy { release: Box::new(sample::release("1")) }, ..Policy::default() };
    let both = |frontend: &str| {
        let backend = plan().policy(policy()).deploy("backend", Capacity::of(4), canary());
        backend.deploy_release("frontend", sample::release(frontend), Capacity::of(4), canary()).build(&plugins()).unwrap()
    };
    assert!(both("2").warnings().is_empty());
    assert_eq!(both("3").warnings()[0].field, "policy.on_sick_stable");
}
