//! Whole deployments whose backup is copied to another region before they go on.

use std::{sync::atomic::Ordering, time::Duration};

use deployment_core::{backup::VerifyLevel, engine::Outcome, time::Clock as _};
use serde_json::json;

use crate::{
    cloud::{BEGINNING, Fault, MINUTE, virtually},
    deployments::Deployment,
    regions::{Regions, THERE},
    support::Asked,
};

const COPIES: [&str; 2] = ["CopyDBSnapshot", "CopyDBClusterSnapshot"];

/// A deployment with a backup of the instance, or of the cluster.
fn deployment(regions: &Regions, of_cluster: bool, level: VerifyLevel) -> Deployment {
    let account = &regions.account;
    if of_cluster { Deployment::new(account, regions.cluster(), level) } else { Deployment::new(account, regions.instance(), level) }
}

/// There is one snapshot, and one copy of it that is complete.
async fn is_copied_once(regions: &Regions) {
    let (names, copies) = (regions.account.names("snapshots").await, regions.copies().await);
    assert_eq!((names.len(), &copies), (1, &names));
    assert_eq!(regions.tag(&copies[0], "deployment:verified").await.as_deref(), Some("complete"));
    assert_eq!(regions.state().await["snapshots"][&copies[0]]["status"], "available");
}

#[test]
fn a_plan_goes_on_once_the_other_region_has_a_complete_copy() {
    for of_cluster in [false, true] {
        virtually(async {
            let regions = Regions::new().await;
            regions.account.play(json!({ "what": "copy", "queued": 5 * 60, "takes": 30 * 60 })).await;
            let deployment = deployment(&regions, of_cluster, VerifyLevel::Complete);
            assert!(deployment.plan.plugins.values().any(|told| told.contains("copied to eu-west-1")), "{:?}", deployment.plan.plugins);
            assert_eq!(deployment.run().await, Outcome::Succeeded);
            let (at, backup) = deployment.backed_up().await.unwrap();
            assert!(at.since(BEGINNING) > 37 * MINUTE, "it went on after {:?}", at.since(BEGINNING));
            assert!(backup.taken_at.since(BEGINNING) < MINUTE, "{:?}", backup.taken_at);
            is_copied_once(&regions).await;
            let copy = &regions.copies().await[0];
            assert_eq!(regions.tag(copy, "deployment:id").await.as_deref(), Some(deployment.id.as_str()));
            let team = if of_cluster { "web" } else { "sales" };
            assert_eq!(regions.tag(copy, "team").await.as_deref(), Some(team), "the original's tags come along");
        });
    }
}

#[test]
fn what_is_restored_and_queried_is_the_original_after_its_copy() {
    virtually(async {
        let (regions, asked) = (Regions::new().await, Asked::default());
        let backups = regions.instance().queried_by(asked.check());
        let deployment = Deployment::new(&regions.account, backups, VerifyLevel::Queried);
        assert_eq!(deployment.run().await, Outcome::Succeeded);
        assert_eq!(asked.times(), 1);
        is_copied_once(&regions).await;
        assert_eq!(regions.account.tag(&deployment.backup(), "deployment:verified").await.as_deref(), Some("queried"));
        regions.account.has_only(&[&deployment.backup()]).await;
        assert_eq!(regions.there.proxy().count("RestoreDBInstanceFromDBSnapshot"), 0);
    });
}

#[test]
fn a_copy_that_fails_or_never_ends_ends_it_before_anything_is_changed() {
    for (how, said) in [
        (json!({ "what": "copy", "takes": 600, "ends": "failed" }), "the state failed at 99 percent"),
        (json!({ "what": "copy", "takes": 600, "ends": "incompatible-restore" }), "incompatible-restore"),
        (json!({ "what": "copy", "takes": null }), "is not complete in time; at the end it was: copying at 50 percent"),
        (json!({ "what": "copy", "spoils": { "encrypted": false, "storage_encrypted": false } }), "is not encrypted"),
        (json!({ "what": "copy", "spoils": { "engine_version": "9.6" } }), "has not the engine of the original"),
    ] {
        for of_cluster in [false, true] {
            virtually(async {
                let regions = Regions::new().await;
                regions.account.play(how.clone()).await;
                let deployment = deployment(&regions, of_cluster, VerifyLevel::Complete);
                let outcome = deployment.run().await;
                let names_it = |reason: &str| reason.contains(said) && reason.contains(THERE);
                assert!(matches!(&outcome, Outcome::Rejected { reason } if names_it(reason)), "{outcome:?}");
                assert!(deployment.is_untouched() && deployment.backed_up().await.is_none());
                let name = &regions.account.names("snapshots").await[0];
                assert_eq!(regions.account.tag(name, "deployment:verified").await, None, "it counts as verified");
                assert_eq!(regions.tag(name, "deployment:verified").await, None);
            });
        }
    }
}

#[test]
fn a_process_that_dies_while_it_is_copied_is_taken_up_with_the_same_copy() {
    // While the snapshot is made, when the copy has just begun, in its queue, under way, and when it is about complete.
    for minutes in [1, 2, 5, 12, 20, 22] {
        for of_cluster in [false, true] {
            virtually(async {
                let regions = Regions::new().await;
                regions.account.play(json!({ "what": "copy", "queued": 8 * 60, "takes": 12 * 60 })).await;
                let deployment = deployment(&regions, of_cluster, VerifyLevel::Complete);
                let dies = Duration::from_secs(60 * minutes + 7);
                assert_eq!(deployment.run_with_a_death_after(dies).await, Outcome::Succeeded, "died after {dies:?}");
                assert_eq!(regions.there.proxy().count(COPIES[usize::from(of_cluster)]), 1, "died after {dies:?}");
                is_copied_once(&regions).await;
            });
        }
    }
}

#[test]
fn every_fault_of_every_call_to_the_other_region_is_borne_and_leaves_one_copy() {
    let faults = [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset, Fault::Refused(400, "Throttling", "Rate exceeded")];
    let reads = ["DescribeDBSnapshots", "DescribeDBClusterSnapshots"];
    let mut swept = 0;
    for of_cluster in [false, true] {
        let copy = COPIES[usize::from(of_cluster)];
        for (call, nth) in [(copy, 0), ("AddTagsToResource", 0), (reads[usize::from(of_cluster)], 0), (reads[usize::from(of_cluster)], 2)] {
            for fault in &faults {
                virtually(async {
                    let regions = Regions::new().await;
                    regions.account.play(json!({ "what": "copy", "takes": 120 })).await;
                    regions.there.proxy().once(call, nth, fault);
                    let deployment = deployment(&regions, of_cluster, VerifyLevel::Complete);
                    assert_eq!(deployment.run().await, Outcome::Succeeded, "{call} {fault:?}");
                    // What had its effect is not done again; what had none is.
                    let again = call == copy && !matches!(fault, Fault::LostAnswer | Fault::FailedAfter);
                    assert_eq!(regions.there.proxy().count(copy), if again { 2 } else { 1 }, "{call} {fault:?}");
                    is_copied_once(&regions).await;
                });
                swept += 1;
            }
        }
    }
    println!("{swept} deployments, each with one call to the other region that goes wrong");
}

#[test]
fn another_region_that_is_away_or_throttles_is_waited_for() {
    let throttled = Fault::Refused(400, "Throttling", "Rate exceeded");
    // Before the copy has begun, and while it is under way.
    for (fault, after) in [
        (Fault::Reset, MINUTE),
        (throttled.clone(), MINUTE),
        (Fault::Refused(503, "ServiceUnavailable", "later"), MINUTE),
        (Fault::Reset, 6 * MINUTE),
        (throttled, 6 * MINUTE),
    ] {
        virtually(async {
            let regions = Regions::new().await;
            let deployment = deployment(&regions, false, VerifyLevel::Complete);
            let away = async {
                tokio::time::sleep(after).await;
                assert_eq!(regions.copies().await.len(), usize::from(after > MINUTE));
                let outage = regions.outage(&fault);
                tokio::time::sleep(20 * MINUTE).await;
                outage.store(false, Ordering::SeqCst);
            };
            assert_eq!(tokio::join!(deployment.run(), away).0, Outcome::Succeeded, "{fault:?}");
            assert!(deployment.backed_up().await.unwrap().0.since(BEGINNING) > after + 20 * MINUTE);
            is_copied_once(&regions).await;
        });
    }
}

#[test]
fn a_region_with_as_many_copies_under_way_as_aws_allows_is_waited_for_and_one_full_of_snapshots_is_not() {
    virtually(async {
        let regions = Regions::new().await;
        let limit = async |quota: serde_json::Value| regions.account.world.tell("rds-quota", &quota).await;
        limit(json!({ "region": THERE, "copies": 0 })).await;
        let waiting = deployment(&regions, false, VerifyLevel::Complete);
        let others_end = async {
            tokio::time::sleep(20 * MINUTE).await;
            limit(json!({ "region": THERE, "copies": 20 })).await;
        };
        assert_eq!(tokio::join!(waiting.run(), others_end).0, Outcome::Succeeded);
        assert!(regions.account.clock.now().since(BEGINNING) > 35 * MINUTE);
        is_copied_once(&regions).await;
        limit(json!({ "region": THERE, "snapshots": 1 })).await;
        let outcome = deployment(&regions, false, VerifyLevel::Complete).run().await;
        let says = |reason: &str| reason.contains("SnapshotQuotaExceeded") && reason.contains(THERE);
        assert!(matches!(&outcome, Outcome::Rejected { reason } if says(reason)), "{outcome:?}");
    });
}

#[test]
fn a_look_that_does_not_show_the_copy_yet_makes_no_second_one() {
    for (of_cluster, look, absent) in
        [(false, "DescribeDBSnapshots", "DBSnapshotNotFound"), (true, "DescribeDBClusterSnapshots", "DBClusterSnapshotNotFoundFault")]
    {
        virtually(async {
            let regions = Regions::new().await;
            regions.there.proxy().once(look, 1, &Fault::Refused(404, absent, "not found"));
            assert_eq!(deployment(&regions, of_cluster, VerifyLevel::Complete).run().await, Outcome::Succeeded);
            assert_eq!(regions.there.proxy().count(COPIES[usize::from(of_cluster)]), 2, "AWS refused the second");
            is_copied_once(&regions).await;
        });
    }
}
