//! A while in which the journal's table cannot be asked, in the middle of a canary.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{Ended, Until, engine::Outcome};
use tokio::time::sleep;

use crate::{
    cloud::{Fault, virtually},
    shop::{Shop, canary},
};

const SECOND: Duration = Duration::from_secs(1);
/// All that a journal calls.
const CALLS: [&str; 3] = ["GetItem", "Query", "TransactWriteItems"];

async fn open() -> Shop {
    let mut shop = Shop::open().await;
    let journal = DynamoJournal::new(&shop.world.virtual_config(), "deployments");
    journal.create_table().await.unwrap();
    shop.journal = Arc::new(journal);
    shop
}

/// Five seconds after the first share of traffic the table is away; how many calls met that.
fn away(shop: &Shop, lasts: Duration) -> Arc<AtomicUsize> {
    let (clock, met) = (shop.world.proxy().clock(), Arc::new(AtomicUsize::new(0)));
    let (counter, mut begins) = (Arc::clone(&met), None);
    shop.world.proxy().rule(move |name, _, _| {
        let now = clock.time();
        if name == "ModifyRule" {
            begins = begins.or(Some(now + 5 * SECOND));
        }
        let out = CALLS.contains(&name) && begins.is_some_and(|begin| (begin..begin + lasts).contains(&now));
        counter.fetch_add(usize::from(out), Ordering::SeqCst);
        out.then_some(Fault::Reset)
    });
    met
}

/// Shorter than a lease lives: nobody notices.
#[test]
fn a_short_one_is_waited_out_by_the_driver() {
    virtually(async {
        let shop = open().await;
        let met = away(&shop, 15 * SECOND);
        let outcome = shop.deploy(&shop.plan("2", canary().bake(40 * SECOND))).await;
        assert!(met.load(Ordering::SeqCst) > 0, "nothing met it");
        assert_eq!(outcome, Outcome::Succeeded);
        shop.assert_deployed("after a short outage").await;
    });
}

/// Longer than a lease lives: the driver ends, as it cannot know any more whether it is the only one. What it has done stays as it is until
/// somebody drives on.
#[test]
fn a_long_one_ends_the_driver_and_the_next_goes_on() {
    virtually(async {
        let shop = open().await;
        let met = away(&shop, 150 * SECOND);
        let plan = shop.plan("2", canary().bake(40 * SECOND));
        shop.orchestrator().start_as(&shop.id, &plan).await.unwrap();
        let (mut drivers, mut ended) = (0, None);
        while ended.is_none() && drivers < 30 {
            drivers += 1;
            match shop.orchestrator().drive(&shop.id, Until::End).await {
                Ok(Ended::Outcome(outcome)) => ended = Some(outcome),
                Ok(other) => panic!("{other:?}"),
                Err(error) => println!("driver {drivers}: {error}"),
            }
            sleep(10 * SECOND).await;
        }
        assert!(met.load(Ordering::SeqCst) > 1 && drivers > 1, "{drivers} drivers");
        assert_eq!(ended, Some(Outcome::Succeeded));
        shop.assert_deployed("after a long outage").await;
        assert_eq!(shop.definitions().await, 2);
    });
}
