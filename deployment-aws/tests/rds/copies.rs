//! What is refused of copies, and how it is said; what is looked at before.

use std::sync::Arc;

use aws_config::Region;
use deployment_aws::{
    preflight::{Findings, Precondition},
    rds::{Destination, RdsClusterSnapshot, RdsSnapshot},
};
use deployment_core::{
    ErrorKind, Status,
    backup::{BackupProvider, VerifyLevel},
    testkit::{assert_none, conformance},
};
use serde_json::json;

use crate::{
    cloud::{Fault, HOUR, virtually},
    regions::{Regions, THERE},
    support::{Asked, made},
};

#[test]
fn an_instance_and_a_cluster_that_are_copied_keep_the_contract() {
    virtually(async {
        let (regions, asked) = (Regions::new().await, Asked::default());
        let instance = regions.instance().queried_by(asked.check());
        for level in [VerifyLevel::Exists, VerifyLevel::Queried] {
            let regions = Regions::new().await;
            let backups = regions.instance().queried_by(asked.check());
            assert_none(&conformance::backup::check(&backups, level, HOUR).await);
        }
        assert_none(&conformance::backup::check(&instance, VerifyLevel::Complete, HOUR).await);
        let cluster = regions.cluster().queried_by(asked.check());
        assert_none(&conformance::backup::check(&cluster, VerifyLevel::Queried, HOUR).await);
    });
}

#[test]
fn what_cannot_be_copied_to_is_refused_before_any_call() {
    virtually(async {
        let regions = Regions::new().await;
        let home = regions.account.world.virtual_config();
        let there = |region: &'static str| home.clone().into_builder().region(Region::new(region)).build();
        let nowhere = home.clone().into_builder().region(None).build();
        let arn = "arn:aws:kms:eu-central-1:123456789012:key/1";
        for (elsewhere, why) in [
            (Destination::new(&nowhere), "the configuration has no region"),
            (Destination::new(&home), "eu-central-1 is the region of the database itself"),
            (Destination::new(&there("cn-north-1")), "to or from cn-north-1"),
            (Destination::new(&there("us-gov-west-1")), "to or from us-gov-west-1"),
            (Destination::new(&there(THERE)).encrypted_by(" "), "the key is empty"),
            (Destination::new(&there(THERE)).encrypted_by(arn), "is not a key of eu-west-1"),
        ] {
            let error = RdsSnapshot::new(&home, "orders").unwrap().copied_to(elsewhere).unwrap_err();
            assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(why), "{error}");
        }
        let error = RdsSnapshot::new(&nowhere, "orders").unwrap().copied_to(regions.elsewhere()).unwrap_err();
        assert!(error.to_string().contains("the configuration of the database has no region"), "{error}");
        let arn = arn.replace("eu-central-1", THERE);
        let copied = RdsSnapshot::new(&home, "orders").unwrap().copied_to(Destination::new(&there(THERE)).encrypted_by(arn)).unwrap();
        assert_eq!(BackupProvider::describe(&copied), "RDS snapshots of the instance orders, copied to eu-west-1");
        assert!(regions.there.proxy().calls().is_empty());
    });
}

#[test]
fn a_key_is_asked_for_where_something_is_encrypted_and_refused_where_aws_would_not_take_it() {
    virtually(async {
        let regions = Regions::new().await;
        regions.account.make(json!({ "instance": "plain", "encrypted": false })).await;
        regions.account.make(json!({ "cluster": "open", "engine": "aurora-mysql", "version": "8.0", "encrypted": false })).await;
        let (home, effect) = (regions.account.world.virtual_config(), regions.account.effect("t", 2 * HOUR));
        let keyless = || Destination::new(&regions.config());
        let no_key = "needs a key of the other region; give one by Destination::encrypted_by";
        let error = regions.account.instance().copied_to(keyless()).unwrap().create(&effect, "a").await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(no_key), "{error}");
        let error = regions.account.cluster().copied_to(keyless()).unwrap().create(&effect, "a").await.unwrap_err();
        assert!(error.to_string().contains(no_key), "{error}");
        let clock = || Arc::new(regions.account.clock);
        let open = |to| RdsClusterSnapshot::new(&home, "open").unwrap().clock(clock()).allow_unencrypted().copied_to(to).unwrap();
        let error = open(regions.elsewhere()).create(&effect, "a").await.unwrap_err();
        assert!(error.to_string().contains("leave out Destination::encrypted_by"), "{error}");
        let error = open(keyless().option_group("audit")).create(&effect, "a").await.unwrap_err();
        assert!(error.to_string().contains("leave out Destination::option_group"), "{error}");
        assert_eq!(regions.account.names("snapshots").await, Vec::<String>::new(), "nothing is made that cannot be copied");

        let plain = |to| RdsSnapshot::new(&home, "plain").unwrap().clock(clock()).allow_unencrypted().copied_to(to).unwrap();
        for (name, backups) in [("as-it-is", plain(keyless())), ("with-key", plain(regions.elsewhere()))] {
            made(&backups, &effect, name).await;
            backups.verify(&effect, name, VerifyLevel::Complete).await.unwrap();
        }
        made(&open(keyless()), &effect, "open").await;
        open(keyless()).verify(&effect, "open", VerifyLevel::Complete).await.unwrap();
        assert_eq!(regions.copies().await, ["as-it-is", "open", "with-key"]);
        let bodies: Vec<_> = regions.there.proxy().calls().into_iter().filter(|(name, _)| name == "CopyDBSnapshot").collect();
        assert_eq!(bodies.iter().filter(|(_, body)| body.contains("KmsKeyId=alias%2Fbackups")).count(), 1);
    });
}

#[test]
fn copies_of_documentdb_are_refused_before_a_snapshot_is_made() {
    virtually(async {
        let regions = Regions::new().await;
        regions.account.make(json!({ "cluster": "tasks", "engine": "docdb", "version": "5.0.0", "port": 27017 })).await;
        let tasks =
            RdsClusterSnapshot::new(&regions.account.world.virtual_config(), "tasks").unwrap().copied_to(regions.elsewhere()).unwrap();
        let error = tasks.create(&regions.account.effect("t", HOUR), "a").await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("leave out copied_to"), "{error}");
        let mut findings = Findings::default();
        tasks.examine(&mut findings).await.unwrap();
        assert!(matches!(findings.problems.as_slice(), [one] if one.contains("signed address")), "{findings:?}");
        assert_eq!(regions.account.names("snapshots").await, Vec::<String>::new());
    });
}

#[test]
fn a_snapshot_of_the_same_name_that_is_not_our_copy_is_neither_taken_for_it_nor_touched() {
    virtually(async {
        let regions = Regions::new().await;
        regions.account.make(json!({ "instance": "orders", "region": THERE })).await;
        let effect = regions.account.effect("t", 2 * HOUR);
        // The same deployment makes one there of the database of the same name.
        made(&regions.instance_there(), &effect, "before").await;
        let before = regions.state().await;
        made(&regions.instance(), &effect, "before").await;
        let error = regions.instance().verify(&effect, "before", VerifyLevel::Complete).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Conflict, Status::Permanent), "{error:?}");
        assert!(error.to_string().contains("before is there already") && error.to_string().contains(THERE), "{error}");
        assert_eq!(regions.state().await, before);
        assert_eq!(regions.account.tag("before", "deployment:verified").await, None);
        assert_eq!(regions.there.proxy().count("CopyDBSnapshot"), 0);
    });
}

#[test]
fn a_refusal_of_the_other_region_names_it_and_the_action() {
    let denied = Fault::Refused(403, "AccessDenied", "not authorized");
    for (call, of_cluster) in [
        ("CopyDBSnapshot", false),
        ("DescribeDBSnapshots", false),
        ("AddTagsToResource", false),
        ("CopyDBClusterSnapshot", true),
        ("DescribeDBClusterSnapshots", true),
    ] {
        virtually(async {
            let regions = Regions::new().await;
            let effect = regions.account.effect("t", 2 * HOUR);
            regions.there.proxy().once(call, 0, &denied);
            let error = if of_cluster {
                made(&regions.cluster(), &effect, "before").await;
                regions.cluster().verify(&effect, "before", VerifyLevel::Complete).await.unwrap_err()
            } else {
                made(&regions.instance(), &effect, "before").await;
                regions.instance().verify(&effect, "before", VerifyLevel::Complete).await.unwrap_err()
            };
            assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Status::Permanent), "{error:?}");
            let told = error.to_string();
            assert!(told.contains(&format!("rds:{call}")) && told.contains("region: eu-west-1"), "{told}");
        });
    }
}

#[test]
fn a_key_that_the_other_region_does_not_have_is_said_in_aws_words() {
    virtually(async {
        let regions = Regions::new().await;
        let elsewhere = Destination::new(&regions.config()).encrypted_by("alias/nobody");
        let backups = regions.account.instance().copied_to(elsewhere).unwrap();
        let effect = regions.account.effect("t", 2 * HOUR);
        made(&backups, &effect, "before").await;
        let error = backups.verify(&effect, "before", VerifyLevel::Complete).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Failed, Status::Permanent), "{error:?}");
        assert!(error.to_string().contains("alias/nobody") && error.to_string().contains(THERE), "{error}");
    });
}

#[test]
fn what_the_other_region_lacks_is_found_before_anything_is_done() {
    virtually(async {
        let regions = Regions::new().await;
        let account = &regions.account;
        let look = async |instance: RdsSnapshot, cluster: RdsClusterSnapshot| {
            let mut findings = Findings::default();
            instance.examine(&mut findings).await.unwrap();
            cluster.examine(&mut findings).await.unwrap();
            findings
        };
        let fine = look(regions.instance(), regions.cluster()).await;
        assert_eq!((fine.problems, fine.warnings), (vec![], vec![]));
        let keyless = account.instance().copied_to(Destination::new(&regions.config())).unwrap();
        let told = look(keyless, regions.cluster()).await;
        assert!(told.problems.len() == 1 && told.problems[0].contains("needs a key"), "{told:?}");
        assert_eq!(Precondition::describe(&regions.instance()), "backups of the instance orders, copied to eu-west-1");

        // Five copies of the cluster's snapshots are under way.
        account.play(json!({ "what": "copy", "takes": null })).await;
        for number in 0..5 {
            let (effect, name) = (account.effect("t", HOUR / 6), format!("b-{number}"));
            made(&regions.cluster(), &effect, &name).await;
            regions.cluster().verify(&effect, &name, VerifyLevel::Complete).await.unwrap_err();
        }
        let told = look(regions.instance(), regions.cluster()).await;
        assert!(told.problems.is_empty() && told.warnings.len() == 1, "{told:?}");
        assert!(told.warnings[0].contains("5 copies of snapshots are under way to eu-west-1"), "{told:?}");

        account.world.tell("rds-quota", &json!({ "region": THERE, "snapshots": 5 })).await;
        let told = look(regions.instance(), regions.cluster()).await;
        assert!(told.problems.len() == 1 && told.problems[0].contains("5 of 5 ManualClusterSnapshots in eu-west-1"), "{told:?}");

        account.world.tell("rds-quota", &json!({ "region": THERE, "snapshots": 100 })).await;
        regions.there.proxy().rule(|name, _, _| name.starts_with("DescribeDB").then_some(Fault::Refused(403, "AccessDenied", "no")));
        let told = look(regions.instance(), regions.cluster()).await;
        assert!(told.problems.len() == 2 && told.problems.iter().all(|told| told.contains("region: eu-west-1")), "{told:?}");
    });
}
