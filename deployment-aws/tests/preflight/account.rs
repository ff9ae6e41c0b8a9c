//! Whose account, and which region, over the wire.

use aws_config::Region;
use deployment_aws::preflight::Account;
use deployment_core::{
    ErrorKind, Status,
    gate::{Gate as _, GateVerdict},
    testkit::{assert_none, conformance, sample},
};

use crate::cloud::{Fault, World};

const HERE: &str = "eu-central-1";
const ELSEWHERE: &str = "111122223333";

async fn verdict(account: &Account) -> GateVerdict {
    account.evaluate(&sample::gate(sample::NOON, [])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_account_and_region_pass() {
    let world = World::new().await;
    let account = Account::new(&world.config(), world.account(), HERE).unwrap();
    assert_eq!(verdict(&account).await, GateVerdict::Pass);
    account.check().await.unwrap();
    assert_none(&conformance::gate::check(&account, &[sample::gate(sample::NOON, [])]).await);
    assert_eq!(account.describe(), format!("account {} of AWS, region {HERE}", world.account()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_account_and_the_wrong_region_are_both_told() {
    let world = World::new().await;
    let wrong = Account::new(&world.config(), ELSEWHERE, "us-east-1").unwrap();
    let GateVerdict::Reject { reason } = verdict(&wrong).await else { panic!("it passes") };
    assert!(reason.contains("the region is eu-central-1, not us-east-1"), "{reason}");
    assert!(reason.contains(&format!("of account {}, not of {ELSEWHERE}", world.account())), "{reason}");
    assert!(reason.contains("arn:aws:"), "it does not say who: {reason}");
    assert_eq!(wrong.check().await.unwrap_err().kind(), ErrorKind::InvalidInput);
    for (account, region) in [(ELSEWHERE, HERE), (world.account(), "us-east-1")] {
        assert!(matches!(verdict(&Account::new(&world.config(), account, region).unwrap()).await, GateVerdict::Reject { .. }));
    }
    let elsewhere = world.config().into_builder().region(Region::new("us-east-1")).build();
    assert_eq!(verdict(&Account::new(&elsewhere, world.account(), "us-east-1").unwrap()).await, GateVerdict::Pass);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_waited_for_unless_the_region_is_wrong_anyway() {
    let world = World::new().await;
    let right = Account::new(&world.config(), world.account(), HERE).unwrap();
    let expired = Fault::Refused(403, "ExpiredToken", "The security token included in the request is expired");
    for (fault, kind) in [(Fault::Reset, ErrorKind::Unreachable), (expired, ErrorKind::Unauthorized)] {
        world.proxy().rule(move |_, _, _| Some(fault.clone()));
        let error = right.evaluate(&sample::gate(sample::NOON, [])).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Status::Temporary), "{error:?}");
        assert_eq!(world.proxy().count("GetCallerIdentity"), 1, "somebody has tried again");
        let wrong = Account::new(&world.config(), world.account(), "us-east-1").unwrap();
        let GateVerdict::Reject { reason } = verdict(&wrong).await else { panic!("it passes") };
        assert!(reason.contains("the region is eu-central-1") && reason.contains("the account: could not be looked at"), "{reason}");
    }
}

#[tokio::test]
async fn what_is_no_account_is_refused() {
    let config = crate::cloud::config(([127, 0, 0, 1], 1).into());
    for (account, region) in [("1234", HERE), ("12345678901x", HERE), ("123456789012", "")] {
        assert_eq!(Account::new(&config, account, region).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
