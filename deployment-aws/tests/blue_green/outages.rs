//! A while in which nothing can be asked of the cloud, in the middle of a canary: it is waited out, and no reason to go back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deployment_core::{engine::Outcome, testkit::fake::FakeMetrics};
use tokio::time::Instant;

use crate::{
    cloud::{Fault, virtually},
    shop::{Shop, canary},
};

const SECOND: Duration = Duration::from_secs(1);
const BAKE: Duration = Duration::from_secs(20);

/// Every call of that time meets one of these: what it is, and for how many seconds.
const OUTAGES: [(&str, Fault, u32); 3] = [
    ("expired credentials", Fault::Refused(400, "ExpiredTokenException", "The security token included in the request is expired"), 90),
    ("unreachable", Fault::Reset, 90),
    ("throttled", Fault::Refused(400, "ThrottlingException", "Rate exceeded"), 60),
];

/// When it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// With the call that launches.
    Launch,
    /// Five seconds after the first share of traffic.
    Bake,
    /// With the call that gives the second share.
    Weights,
    /// With the call that scales or removes after the last share.
    Removal,
    /// With the call that sends traffic back.
    WayBack,
}

impl Moment {
    const ALL: [Self; 5] = [Self::Launch, Self::Bake, Self::Weights, Self::Removal, Self::WayBack];

    /// How long after this call it begins, if this call is what it begins by.
    fn begins(self, name: &str, routed: usize) -> Option<Duration> {
        let (call, shares, after) = match self {
            Self::Launch => ("RegisterTaskDefinition", 0, Duration::ZERO),
            Self::Bake => ("ModifyRule", 1, 5 * SECOND),
            Self::Weights | Self::WayBack => ("ModifyRule", 2, Duration::ZERO),
            Self::Removal => ("UpdateService", 4, Duration::ZERO),
        };
        (name == call && routed == shares).then_some(after)
    }
}

/// How many calls were refused.
fn break_down(shop: &Shop, fault: Fault, moment: Moment, lasts: Duration) -> Arc<AtomicUsize> {
    let (clock, met) = (shop.world.proxy().clock(), Arc::new(AtomicUsize::new(0)));
    let (counter, mut routed, mut begins) = (Arc::clone(&met), 0, None);
    shop.world.proxy().rule(move |name, _, _| {
        routed += usize::from(name == "ModifyRule");
        let now = clock.time();
        begins = begins.or_else(|| Some(now + moment.begins(name, routed)?));
        let out = begins.is_some_and(|begin| (begin..begin + lasts).contains(&now));
        counter.fetch_add(usize::from(out), Ordering::SeqCst);
        out.then(|| fault.clone())
    });
    met
}

#[test]
fn what_cannot_be_asked_for_a_while_is_waited_for_and_no_reason_to_go_back() {
    let (mut deployments, mut refused) = (0, 0);
    for moment in Moment::ALL {
        for (name, fault, seconds) in OUTAGES {
            virtually(async {
                let (shop, what) = (Shop::open().await, format!("{name}, {moment:?}"));
                if moment == Moment::WayBack {
                    shop.metrics.set(FakeMetrics::measured(100, 50));
                }
                let met = break_down(&shop, fault, moment, seconds * SECOND);
                let began = Instant::now();
                let outcome = shop.deploy(&shop.plan("2", canary().bake(BAKE))).await;
                shop.world.proxy().clear();
                let met = met.load(Ordering::SeqCst);
                println!("{what}: {met} calls refused, {outcome:?} after {:?}", began.elapsed());
                assert!(met > 1, "{what}: {met} calls were refused");
                if moment == Moment::WayBack {
                    assert!(matches!(&outcome, Outcome::RolledBack { cause, .. } if cause.starts_with("errors")), "{what}: {outcome:?}");
                    shop.assert_rolled_back(&what).await;
                } else {
                    assert_eq!(outcome, Outcome::Succeeded, "{what}");
                    shop.assert_deployed(&what).await;
                }
                assert_eq!(shop.definitions().await, 2, "{what}");
                refused += met;
            });
            deployments += 1;
        }
    }
    println!("{deployments} deployments through an outage, {refused} calls refused");
}
