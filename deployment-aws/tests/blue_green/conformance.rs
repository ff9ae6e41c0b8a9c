//! The contract of a target.

use std::{sync::Arc, time::Duration};

use deployment_aws::alb::AlbRouter;
use deployment_core::testkit::{assert_none, conformance::target::TargetSuite};
use serde_json::json;

use crate::{
    cloud::virtually,
    shop::{Shop, release},
};

#[test]
fn it_keeps_the_contract_of_a_target() {
    virtually(async {
        // The suite's own header.
        let mut shop = Shop::with([0, 0], json!({})).await;
        shop.read_lag = Duration::from_secs(15);
        let router = AlbRouter::new(&shop.world.virtual_config(), &shop.rule, shop.groups[..2].to_vec()).unwrap();
        let router = router.test_header("x-conformance", "candidate", 10).unwrap();
        let target = shop.target_of(["blue", "green"], router);
        let suite = TargetSuite::new(Arc::new(target), release("2"), release("3")).patience(Duration::from_secs(180));
        assert_none(&suite.check().await);
    });
}
