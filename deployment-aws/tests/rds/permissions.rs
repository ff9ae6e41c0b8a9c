//! A backup that is copied, under the policy that is printed for it and nothing else.

use deployment_aws::{
    preflight::{Precondition, Preflight},
    rds::Snapshots,
};
use deployment_core::{
    DeploymentId, StepId,
    backup::{BackupProvider as _, VerifyLevel, name_of},
};
use serde_json::{Value, json};

use crate::{
    cloud::{HOUR, virtually},
    regions::Regions,
    support::{Asked, made},
};

async fn backed_up<Of: 'static>(regions: &Regions, backups: Snapshots<Of>)
where
    Snapshots<Of>: Precondition,
{
    let needs = Preflight::new().of(backups.clone()).needs().await.unwrap();
    let policy: Value = serde_json::from_str(&needs.policy()).unwrap();
    let world = &regions.account.world;
    world.tell("iam-driver", &json!({ "policies": { "printed": policy } })).await;
    Preflight::new().of(backups.clone()).check().await.unwrap();
    let name = name_of(&DeploymentId::new("shop-17").unwrap(), &StepId::new("backup-orders").unwrap());
    let name = name.as_str();
    made(&backups, &regions.account.effect("create", HOUR), name).await;
    let level = backups.verify(&regions.account.effect("verify", HOUR), name, VerifyLevel::Queried).await.unwrap();
    assert_eq!(level, VerifyLevel::Queried);
    assert_eq!(regions.copies().await, [name]);
    assert_eq!(world.tell("iam-refused", &json!({})).await, json!([]));
}

#[test]
fn an_instance_needs_no_more_than_the_policy_that_is_printed() {
    virtually(async {
        let (regions, asked) = (Regions::new().await, Asked::default());
        backed_up(&regions, regions.instance().queried_by(asked.check())).await;
    });
}

#[test]
fn a_cluster_needs_no_more_than_the_policy_that_is_printed() {
    virtually(async {
        let (regions, asked) = (Regions::new().await, Asked::default());
        backed_up(&regions, regions.cluster().queried_by(asked.check())).await;
    });
}
