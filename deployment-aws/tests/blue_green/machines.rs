//! Drivers that die or freeze at any point, and the ones that take the deployment up from a journal that they share.

use std::{sync::Arc, time::Duration};

use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{
    Ended, ErrorKind, Plan, Result, Until,
    engine::Outcome,
    journal::Journal,
    strategy::Canary,
    testkit::{fake::FakeMetrics, faults::Faults},
};

use crate::{cloud::virtually, shop::Shop};

/// How many points are swept of each kind.
const KILLS: usize = 16;
const FREEZES: usize = 6;
const SEED: u64 = 7;

/// A release that is good, or bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Good,
    Bad,
}

/// What lives longer than a process.
struct Fleet {
    shop: Shop,
    plan: Plan,
    kind: Kind,
}

impl Fleet {
    async fn new(kind: Kind) -> Self {
        let mut shop = Shop::open().await;
        let journal = DynamoJournal::new(&shop.world.virtual_config(), "deployments");
        journal.create_table().await.unwrap();
        shop.journal = Arc::new(journal);
        if kind == Kind::Bad {
            shop.metrics.set(FakeMetrics::measured(100, 50));
        }
        let canary = Canary::steps([50.0, 100.0]).unwrap().bake(Duration::from_secs(2)).watch("errors").unwrap();
        Self { plan: shop.plan("2", canary), shop, kind }
    }

    /// A process that starts the deployment, unless that has been done, and drives it to its end.
    async fn process(&self, faults: &Faults) -> Result<Ended> {
        let journal: Arc<dyn Journal> = faults.journal(Arc::clone(&self.shop.journal));
        let target = faults.target("backend", Arc::new(self.shop.target()));
        let orchestrator = self.shop.orchestrator_of(journal, target);
        match orchestrator.state(&self.shop.id).await {
            Err(error) if error.kind() == ErrorKind::NotFound => orchestrator.start_as(&self.shop.id, &self.plan).await?,
            other => drop(other?),
        }
        orchestrator.drive(&self.shop.id, Until::End).await
    }

    async fn assert_ended(&self, ended: &Ended, what: &str) {
        match (self.kind, ended) {
            (Kind::Good, Ended::Outcome(Outcome::Succeeded)) => self.shop.assert_deployed(what).await,
            (Kind::Bad, Ended::Outcome(Outcome::RolledBack { .. })) => self.shop.assert_rolled_back(what).await,
            other => panic!("{what}: {other:?}"),
        }
        assert_eq!(self.shop.definitions().await, 2, "{what}: a second task definition was registered");
    }
}

/// The points that change something, on the cloud or in the chain, by their numbers.
async fn points(kind: Kind, wanted: &[&str]) -> Vec<(usize, String)> {
    let (fleet, faults) = (Fleet::new(kind).await, Faults::new());
    let ended = fleet.process(&faults).await.unwrap();
    fleet.assert_ended(&ended, "undisturbed").await;
    let all = faults.points().into_iter().enumerate();
    all.filter(|(_, point)| wanted.iter().any(|wanted| point.ends_with(wanted))).collect()
}

/// So many of them, spread by numbers that look random and are the same in every run (splitmix64).
fn some(mut points: Vec<(usize, String)>, count: usize) -> Vec<(usize, String)> {
    let mut dice = SEED;
    let mut roll = |below: usize| {
        dice = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    };
    while points.len() > count {
        let gone = roll(points.len());
        points.remove(gone);
    }
    points
}

/// Says whether another process took over.
async fn killed_at(kind: Kind, point: usize, what: &str) -> bool {
    let (fleet, faults) = (Fleet::new(kind).await, Faults::new());
    faults.crash_at(point);
    let ended = loop {
        tokio::select! {
            biased;
            () = faults.crashed() => faults.revive(),
            ended = fleet.process(&faults) => break ended.unwrap(),
        }
    };
    fleet.assert_ended(&ended, what).await;
    fleet.shop.entries().await.iter().any(|entry| entry.epoch == 2)
}

/// Says whether it was frozen at an append: two calls that are under way at once may come in another order than before.
async fn frozen_at(kind: Kind, point: usize, what: &str) -> bool {
    let (fleet, frozen, living) = (Fleet::new(kind).await, Faults::new(), Faults::new());
    frozen.freeze_at(point);
    let mut first = Box::pin(fleet.process(&frozen));
    tokio::select! {
        biased;
        () = frozen.frozen() => {}
        ended = &mut first => panic!("{what}: it was not frozen: {ended:?}"),
    }
    if !frozen.points().get(point).is_some_and(|point| point.ends_with("journal.append")) {
        return false;
    }
    let second = async {
        let ended = fleet.process(&living).await;
        frozen.thaw();
        ended
    };
    let (first, second) = tokio::join!(first, second);
    fleet.assert_ended(&second.unwrap(), what).await;
    let stopped = match &first {
        Err(error) => matches!(error.kind(), ErrorKind::Fenced | ErrorKind::Conflict),
        // All that was left to do for it is done.
        Ok(Ended::Outcome(Outcome::Succeeded | Outcome::RolledBack { .. })) => true,
        Ok(_) => false,
    };
    assert!(stopped, "{what}: {first:?}");
    true
}

const CALLS: [&str; 5] = ["journal.append", "backend.launch", "backend.route", "backend.scale", "backend.retire"];

#[test]
fn killed_at_any_point_another_process_ends_it_as_it_would_have_ended() {
    virtually(async {
        for kind in [Kind::Good, Kind::Bad] {
            let all = points(kind, &CALLS).await;
            let (many, some) = (all.len(), some(all, KILLS / 2));
            let mut taken_over = 0;
            for (number, point) in &some {
                taken_over += usize::from(killed_at(kind, *number, &format!("{kind:?}, killed {point} ({number})")).await);
            }
            let tried = some.len();
            println!("{kind:?}: killed at {tried} of {many} points, seed {SEED}, {taken_over} taken over, all ended as they would have");
            assert!(taken_over > tried / 2, "{taken_over} of {tried} were taken over");
        }
    });
}

/// Only where what it does next is written to the journal, which refuses it: neither ECS nor the load balancer knows an epoch, and a call
/// that was on its way lands.
#[test]
fn frozen_for_longer_than_its_lease_a_driver_is_refused_when_it_thaws() {
    virtually(async {
        for kind in [Kind::Good, Kind::Bad] {
            let all = points(kind, &["journal.append"]).await;
            let (many, some) = (all.len(), some(all, FREEZES / 2));
            let mut frozen = 0;
            for (number, point) in &some {
                frozen += usize::from(frozen_at(kind, *number, &format!("{kind:?}, frozen {point} ({number})")).await);
            }
            println!("{kind:?}: frozen at {frozen} of {many} points, seed {SEED}, all ended as they would have");
            assert!(frozen > some.len() / 2, "{frozen} of {} were frozen", some.len());
        }
    });
}
