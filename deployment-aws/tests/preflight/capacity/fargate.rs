//! Fargate's quotas.

use deployment_aws::preflight::{Findings, Place};
use serde_json::json;

use super::support::{ON_DEMAND, SPOT, one, quota, shop, tasks, told};
use crate::cloud::virtually;

#[test]
fn spot_and_on_demand_have_quotas_of_their_own() {
    virtually(async {
        let shop = shop().await;
        quota(&shop, ON_DEMAND, json!({"value": 6, "used": 6})).await;
        quota(&shop, SPOT, json!({"value": 10, "used": 9})).await;
        assert_eq!(told(&shop, [tasks("the part", 4, Place::FargateSpot)]).await, Findings::default());
        let problems = told(&shop, [tasks("the part", 5, Place::FargateSpot)]).await.problems;
        one(&problems, &["needs 1.25 more than now", "\"Fargate Spot vCPU resource count\" is 10, 9 of them in use", "L-36FBB829"]);
        one(&told(&shop, [tasks("the part", 1, Place::Fargate)]).await.problems, &["On-Demand", "is 6, 6 of them in use"]);
    });
}

#[test]
fn a_quota_that_was_never_raised_is_the_default() {
    virtually(async {
        let shop = shop().await;
        quota(&shop, SPOT, json!({"applied": false, "used": 5})).await;
        assert_eq!(told(&shop, [tasks("the part", 4, Place::FargateSpot)]).await, Findings::default());
        one(&told(&shop, [tasks("the part", 5, Place::FargateSpot)]).await.problems, &["is 6, 5 of them in use"]);
    });
}

#[test]
fn usage_that_is_not_told_is_warned_of_and_the_whole_quota_counts() {
    virtually(async {
        let shop = shop().await;
        for (how, warning) in [
            (json!({"value": 2, "used": null}), "CloudWatch has told no AWS/Usage ResourceCount {Class=Standard/Spot"),
            (json!({"value": 2, "used": 1, "ago": 4000}), "for an hour"),
            (json!({"value": 2, "used": null, "metric": false}), "does not say how the usage of the quota"),
        ] {
            quota(&shop, SPOT, how.clone()).await;
            let findings = told(&shop, [tasks("the part", 8, Place::FargateSpot)]).await;
            assert!(findings.problems.is_empty(), "{how}: {findings:?}");
            one(&findings.warnings, &[warning, "is taken for unused"]);
            let problems = told(&shop, [tasks("the part", 9, Place::FargateSpot)]).await.problems;
            one(&problems, &["needs 2.25 more than now", "is 2, of which is unknown what is used"]);
        }
    });
}

#[test]
fn the_latest_word_on_usage_counts() {
    virtually(async {
        let shop = shop().await;
        quota(&shop, SPOT, json!({"value": 4, "used": 4, "ago": 1800})).await;
        quota(&shop, SPOT, json!({"value": 4, "used": 1, "ago": 300})).await;
        assert_eq!(told(&shop, [tasks("the part", 12, Place::FargateSpot)]).await, Findings::default());
        one(&told(&shop, [tasks("the part", 13, Place::FargateSpot)]).await.problems, &["1 of them in use"]);
    });
}

#[test]
fn a_quota_without_a_number_is_a_warning() {
    virtually(async {
        let shop = shop().await;
        quota(&shop, SPOT, json!({"value": null})).await;
        let findings = told(&shop, [tasks("the part", 400, Place::FargateSpot)]).await;
        assert!(findings.problems.is_empty(), "{findings:?}");
        one(&findings.warnings, &["Fargate does not answer", SPOT]);
    });
}
