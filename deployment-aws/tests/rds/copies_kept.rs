//! The copies as backups of their own region: listed, restored, verified and pruned.

use std::sync::{Arc, atomic::Ordering};

use deployment_aws::rds::{Destination, RdsSnapshot, RestoredDatabase, check_fn};
use deployment_core::{
    Error, ErrorKind, Status,
    backup::{Backup, BackupProvider, Retention, VerifyLevel},
    time::Clock as _,
};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    cloud::{Fault, HOUR, MINUTE, virtually},
    regions::{KEY, Regions, THERE},
    support::made,
};

fn names(backups: &[Backup]) -> Vec<&str> {
    backups.iter().map(|backup| backup.name.as_str()).collect()
}

/// A backup with a complete copy.
async fn copied(regions: &Regions, backups: &impl BackupProvider, name: &str) {
    let effect = regions.account.effect(name, 2 * HOUR);
    made(backups, &effect, name).await;
    assert_eq!(backups.verify(&effect, name, VerifyLevel::Complete).await.unwrap(), VerifyLevel::Complete);
}

#[test]
fn a_copy_is_listed_where_it_is_with_the_time_of_the_original() {
    virtually(async {
        let regions = Regions::new().await;
        copied(&regions, &regions.instance(), "before").await;
        copied(&regions, &regions.cluster(), "pair").await;
        let (here, there) = (regions.instance().list().await.unwrap(), regions.instance_there().list().await.unwrap());
        assert_eq!(here, there);
        assert_eq!((there.len(), there[0].verified), (1, Some(VerifyLevel::Complete)));
        // AWS says of a cluster's copy only when it was made.
        assert_eq!(regions.cluster().list().await.unwrap(), regions.cluster_there().list().await.unwrap());
    });
}

#[test]
fn a_copy_is_verified_and_restored_in_its_region_where_it_is_said_where() {
    virtually(async {
        let regions = Regions::new().await;
        copied(&regions, &regions.instance(), "before").await;
        copied(&regions, &regions.cluster(), "pair").await;
        let effect = regions.account.effect("there", 3 * HOUR);
        let error = regions.instance_there().restore(&effect, "before").await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, Status::Permanent));
        assert!(
            error.to_string().contains("its database orders is not in this region") && error.to_string().contains("restored"),
            "{error}"
        );
        let error = regions.cluster_there().verify(&effect, "pair", VerifyLevel::Restored).await.unwrap_err();
        assert!(error.to_string().contains("its database shop is not in this region") && error.to_string().contains("trial"), "{error}");
        assert_eq!(regions.state().await["databases"], json!({}));

        let placement = regions.placement().await;
        let instance = regions.instance_there().restored(placement.clone()).trial(placement.clone());
        assert_eq!(instance.restore_as(&effect, "before", "orders").await.unwrap().identifier, "orders");
        assert_eq!(instance.verify(&effect, "before", VerifyLevel::Restored).await.unwrap(), VerifyLevel::Restored);
        let cluster = regions.cluster_there().restored(placement.clone()).trial(placement);
        assert_eq!(cluster.restore_as(&effect, "pair", "shop").await.unwrap().identifier, "shop");
        assert_eq!(cluster.list().await.unwrap()[0].verified, Some(VerifyLevel::Complete));
        sleep(10 * MINUTE).await;
        let state = regions.state().await;
        assert_eq!((state["databases"].as_object().unwrap().len(), state["clusters"].as_object().unwrap().len()), (1, 1));
        regions.account.has_only(&["before", "pair"]).await;
    });
}

#[test]
fn old_copies_go_with_their_originals_but_never_the_newest_verified_one_nor_what_is_no_copy() {
    virtually(async {
        let regions = Regions::new().await;
        let backups = regions.instance();
        // The other region has a database of the same name, with backups of its own.
        regions.account.make(json!({ "instance": "orders", "region": THERE })).await;
        made(&regions.instance_there(), &regions.account.effect("t", HOUR), "own").await;
        for name in ["one", "two"] {
            copied(&regions, &backups, name).await;
        }
        // Of the third the copy fails.
        regions.account.play(json!({ "what": "copy", "takes": 60, "ends": "failed" })).await;
        let effect = regions.account.effect("three", HOUR);
        made(&backups, &effect, "three").await;
        backups.verify(&effect, "three", VerifyLevel::Complete).await.unwrap_err();
        assert_eq!(regions.copies().await, ["one", "own", "three", "two"]);

        let prune = async |keep_at_least| {
            let retention = Retention { before: regions.account.clock.now(), keep_at_least };
            backups.prune(&regions.account.effect("prune", HOUR), &retention).await.unwrap()
        };
        assert_eq!(names(&prune(2).await), ["one", "three"]);
        sleep(MINUTE).await;
        let (here, there) = (regions.account.names("snapshots").await, regions.copies().await);
        assert_eq!((here, there), (strings(["three", "two"]), strings(["one", "own", "two"])), "two are kept in each region");
        assert_eq!(names(&prune(0).await), ["three", "one"]);
        sleep(MINUTE).await;
        assert_eq!((regions.account.names("snapshots").await, regions.copies().await), (strings(["two"]), strings(["own", "two"])));
    });
}

#[test]
fn what_another_region_has_copied_here_is_neither_pruned_nor_keeps_us_from_keeping_our_own() {
    virtually(async {
        let regions = Regions::new().await;
        // The other way round: the database is there, and its backups are copied to here.
        regions.account.make(json!({ "instance": "orders", "region": THERE })).await;
        regions.account.make(json!({ "key": KEY })).await;
        let ours = regions.instance();
        copied(&regions, &ours, "our-old").await;
        sleep(HOUR).await;
        let theirs =
            regions.instance_there().copied_to(Destination::new(&regions.account.world.virtual_config()).encrypted_by(KEY)).unwrap();
        let effect = regions.account.effect("their-new", HOUR);
        made(&theirs, &effect, "their-new").await;
        theirs.verify(&effect, "their-new", VerifyLevel::Complete).await.unwrap();
        let keep_none = Retention { before: regions.account.clock.now(), keep_at_least: 0 };
        assert_eq!(names(&ours.prune(&regions.account.effect("prune", HOUR), &keep_none).await.unwrap()), Vec::<String>::new());
        assert_eq!(regions.account.names("snapshots").await, ["our-old", "their-new"]);
        // Also where nothing is copied from here.
        let plain = regions.account.instance();
        assert_eq!(names(&plain.prune(&regions.account.effect("prune", HOUR), &keep_none).await.unwrap()), Vec::<String>::new());
    });
}

#[test]
fn a_copy_counts_as_verified_only_once_the_original_has_been_queried() {
    virtually(async {
        let regions = Regions::new().await;
        let empty =
            check_fn("there are orders", |_: RestoredDatabase| async { Err(Error::new(ErrorKind::Failed, "ask", "there are none")) });
        let backups = regions.instance().queried_by(empty);
        let effect = regions.account.effect("empty", 3 * HOUR);
        made(&backups, &effect, "empty").await;
        backups.verify(&effect, "empty", VerifyLevel::Queried).await.unwrap_err();
        assert_eq!(regions.copies().await, ["empty"]);
        assert_eq!(regions.tag("empty", "deployment:verified").await, None, "it would be the newest verified one there");
    });
}

#[test]
fn what_somebody_has_made_by_hand_with_the_tags_of_a_backup_is_none_of_ours() {
    virtually(async {
        let regions = Regions::new().await;
        let backups = regions.account.instance();
        let effect = regions.account.effect("one", HOUR);
        made(&backups, &effect, "one").await;
        backups.verify(&effect, "one", VerifyLevel::Complete).await.unwrap();
        let rds = aws_sdk_rds::Client::new(&regions.account.world.virtual_config());
        let one = rds.describe_db_snapshots().db_snapshot_identifier("one").send().await.unwrap().db_snapshots.unwrap().remove(0);
        let by_hand = rds.create_db_snapshot().db_instance_identifier("orders").db_snapshot_identifier("by-hand");
        by_hand.set_tags(one.tag_list).send().await.unwrap();
        sleep(HOUR).await;
        assert_eq!(backups.list().await.unwrap().len(), 1);
        let keep_none = Retention { before: regions.account.clock.now(), keep_at_least: 0 };
        assert_eq!(names(&backups.prune(&regions.account.effect("prune", HOUR), &keep_none).await.unwrap()), Vec::<String>::new());
        assert_eq!(regions.account.names("snapshots").await, ["by-hand", "one"]);
    });
}

fn strings<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn an_original_stays_as_long_as_it_is_copied_and_nothing_goes_while_the_other_region_is_away() {
    virtually(async {
        let regions = Regions::new().await;
        let backups = regions.cluster();
        for name in ["one", "two", "three"] {
            copied(&regions, &backups, name).await;
        }
        regions.account.play(json!({ "what": "copy", "takes": 2 * 3_600 })).await;
        let effect = regions.account.effect("four", 10 * MINUTE);
        made(&backups, &effect, "four").await;
        backups.verify(&effect, "four", VerifyLevel::Complete).await.unwrap_err();
        let keep_none = Retention { before: regions.account.clock.now(), keep_at_least: 0 };
        let outage = regions.outage(&Fault::Reset);
        let error = backups.prune(&effect, &keep_none).await.unwrap_err();
        assert!(error.status() == Status::Temporary && error.to_string().contains(THERE), "{error:?}");
        sleep(MINUTE).await;
        assert_eq!(regions.account.names("snapshots").await.len(), 4);
        outage.store(false, Ordering::SeqCst);
        assert_eq!(names(&backups.prune(&effect, &keep_none).await.unwrap()), ["one", "two"]);
        sleep(2 * HOUR).await;
        assert_eq!(regions.copies().await, ["four", "three"]);
        assert_eq!(regions.state().await["snapshots"]["four"]["status"], "available", "its original was there to the end");
    });
}

#[test]
fn a_removal_of_a_copy_whose_answer_is_lost_is_asked_for_again() {
    for fault in [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset] {
        virtually(async {
            let regions = Regions::new().await;
            let backups = regions.instance();
            for name in ["one", "two"] {
                copied(&regions, &backups, name).await;
            }
            regions.there.proxy().once("DeleteDBSnapshot", 0, &fault);
            let retention = Retention { before: regions.account.clock.now(), keep_at_least: 1 };
            let effect = regions.account.effect("prune", HOUR);
            let error = backups.prune(&effect, &retention).await.unwrap_err();
            assert!(error.status() == Status::InDoubt && error.to_string().contains(THERE), "{error:?}");
            sleep(MINUTE).await;
            backups.prune(&effect, &retention).await.unwrap();
            sleep(MINUTE).await;
            assert_eq!((regions.account.names("snapshots").await, regions.copies().await), (strings(["two"]), strings(["two"])));
        });
    }
}

#[test]
fn a_backup_from_before_copies_were_asked_for_is_copied_when_it_is_verified_again() {
    virtually(async {
        let regions = Regions::new().await;
        copied(&regions, &regions.account.instance(), "before").await;
        assert!(regions.copies().await.is_empty());
        // Its own verification is not the copy's.
        let hasty = regions.account.effect("hasty", 5 * MINUTE);
        regions.instance().verify(&hasty, "before", VerifyLevel::Exists).await.unwrap_err();
        assert_eq!(regions.instance_there().list().await.unwrap()[0].verified, None);
        let effect = regions.account.effect("again", 2 * HOUR);
        regions.instance().verify(&effect, "before", VerifyLevel::Exists).await.unwrap();
        assert_eq!(regions.copies().await, ["before"]);
        let there: RdsSnapshot = regions.instance_there();
        assert_eq!(there.list().await.unwrap()[0].verified, Some(VerifyLevel::Complete));
    });
}

#[test]
fn a_database_with_as_many_tags_as_aws_allows_is_backed_up_copied_and_marked_as_verified() {
    virtually(async {
        let regions = Regions::new().await;
        let tags: serde_json::Map<_, _> = (0..50).map(|number| (format!("tag-{number:02}"), json!("x"))).collect();
        regions.account.make(json!({ "instance": "tagged", "tags": tags })).await;
        let backups = RdsSnapshot::new(&regions.account.world.virtual_config(), "tagged").unwrap();
        let backups = backups.clock(Arc::new(regions.account.clock)).copied_to(regions.elsewhere()).unwrap();
        copied(&regions, &backups, "before").await;
        for state in [regions.account.state().await, regions.state().await] {
            let tags = state["snapshots"]["before"]["tags"].as_object().unwrap();
            assert!((48..=50).contains(&tags.len()) && tags["deployment:verified"] == "complete", "{tags:?}");
        }
    });
}
