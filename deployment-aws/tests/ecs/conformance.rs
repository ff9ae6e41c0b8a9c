//! The contract of a target.

use std::{sync::Arc, time::Duration};

use deployment_core::testkit::{assert_none, conformance::target::TargetSuite};

use crate::{
    cloud::virtually,
    shop::{Shop, release},
};

#[test]
fn the_contract_is_kept() {
    virtually(async {
        let shop = Shop::open().await;
        for builder in [shop.builder(), shop.builder().stops_first()] {
            let suite = TargetSuite::new(Arc::new(builder.build().unwrap()), release("2"), release("3"));
            assert_none(&suite.patience(Duration::from_secs(300)).check().await);
        }
    });
}
