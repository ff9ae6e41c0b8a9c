//! Two orchestrators on two machines: who may drive, whatever their clocks say and however bad the way to the table is.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, ErrorKind, Options, Orchestrator, Plan, Plugins, Release, ServiceName, Until,
    engine::Outcome,
    journal::{Entry, Journal},
    memory::MemoryTarget,
    plan::Capacity,
    strategy::Canary,
    testkit::{SkewedClock, TokioClock},
};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    cloud::{self, Fault, HOUR, virtually},
    support::{PATIENCE, of_an_account},
};

const LEASE_AND_CALL: Duration = Duration::from_secs(60);

/// What there is once: the table, the platform, and what is to be done to it.
struct World {
    account: cloud::World,
    journal: Arc<dyn Journal>,
    target: MemoryTarget,
    time: TokioClock,
}

impl World {
    async fn new() -> Self {
        Self::bearing(PATIENCE).await
    }

    /// Its journal bears faults for this long.
    async fn bearing(patience: Duration) -> Self {
        let (account, journal) = of_an_account(cloud::World::virtual_config, patience).await;
        let old = Release::new(ServiceName::new("shop").unwrap(), "1");
        let target = MemoryTarget::builder().serving(old, 2).readiness(Duration::from_secs(5)).build();
        Self { account, journal: Arc::new(journal), target, time: TokioClock::default() }
    }

    fn plugins(&self) -> Plugins {
        Plugins::new().target("backend", self.target.clone()).unwrap()
    }

    /// Three steps of 40 seconds.
    fn plan(&self) -> Plan {
        let release = Release::new(ServiceName::new("shop").unwrap(), "2");
        let canary = Canary::steps([10.0, 50.0, 100.0]).unwrap().bake(Duration::from_secs(40));
        Plan::builder(release, EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
            .deploy("backend", Capacity::of(2), canary)
            .build(&self.plugins())
            .unwrap()
    }

    /// An orchestrator of this name, and its clock.
    fn machine(&self, name: &str) -> (Orchestrator, SkewedClock<TokioClock>) {
        let clock = SkewedClock::of(self.time);
        let builder = Orchestrator::builder(Arc::clone(&self.journal), self.plugins()).holder(name).clock(Arc::new(clock.clone()));
        let options = Options { inbox_poll: Duration::from_secs(20), ..Options::default() };
        (builder.options(options).build(), clock)
    }

    /// How many revisions of the new version there are.
    fn candidates(&self) -> usize {
        let version = |release: &Arc<Release>| release.version == "2";
        self.target.snapshot().revisions.iter().filter(|revision| revision.release.as_ref().is_some_and(version)).count()
    }

    async fn entries(&self, id: &DeploymentId) -> Vec<Entry> {
        self.journal.read(id, 0).await.unwrap()
    }
}

fn succeeded(ended: &Ended) -> bool {
    matches!(ended, Ended::Outcome(Outcome::Succeeded))
}

#[test]
fn of_two_that_start_the_same_service_at_once_one_does_and_the_other_says_who() {
    virtually(async {
        let world = World::new().await;
        let ids = [DeploymentId::generate(), DeploymentId::generate()];
        let run = |name: &'static str, id: DeploymentId| {
            let (machine, _) = world.machine(name);
            let plan = world.plan();
            async move {
                machine.start_as(&id, &plan).await?;
                machine.drive(&id, Until::End).await
            }
        };
        let (one, other) = tokio::join!(run("one", ids[0].clone()), run("other", ids[1].clone()));
        let (won, lost) = if one.as_ref().is_ok_and(succeeded) { (0, other) } else { (1, one) };
        let told = format!("{lost:?}");
        assert!(told.contains(ids[won].as_str()), "the loser does not say that {} is active: {told}", ids[won]);
        assert!(!lost.is_ok_and(|ended| succeeded(&ended)), "both have won");
        assert_eq!(world.candidates(), 1);
    });
}

#[test]
fn a_driver_that_lives_is_not_taken_over_by_one_whose_clock_is_an_hour_ahead() {
    virtually(async {
        let world = World::new().await;
        let (right, _) = world.machine("right");
        let (wrong, clock) = world.machine("wrong");
        clock.ahead(HOUR);
        let id = right.start(&world.plan()).await.unwrap();
        let driving = right.drive(&id, Until::End);
        let trying = async {
            sleep(Duration::from_secs(20)).await;
            wrong.drive(&id, Until::End).await
        };
        let (ended, refused) = tokio::join!(driving, trying);
        assert!(succeeded(&ended.unwrap()));
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict);
        assert!(refused.to_string().contains("right drives it"), "{refused}");
    });
}

#[test]
fn clocks_that_are_an_hour_off_neither_speed_a_take_over_up_nor_set_time_back() {
    for (first, second) in [(true, false), (false, true)] {
        virtually(async {
            let world = World::new().await;
            let set = |clock: &SkewedClock<_>, ahead| if ahead { clock.ahead(HOUR) } else { clock.behind(HOUR) };
            let (one, clock) = world.machine("one");
            set(&clock, first);
            let id = one.start(&world.plan()).await.unwrap();
            // It dies in the first bake.
            timeout(Duration::from_secs(20), one.drive(&id, Until::End)).await.unwrap_err();
            let before = world.entries(&id).await.len();
            let (other, clock) = world.machine("other");
            set(&clock, second);
            let began = Instant::now();
            let ended = other.drive(&id, Until::End).await.unwrap();
            assert!(began.elapsed() >= LEASE_AND_CALL, "it took over after {:?}", began.elapsed());
            assert!(succeeded(&ended), "{ended:?}");
            let entries = world.entries(&id).await;
            assert!(entries.is_sorted_by_key(|entry| entry.at), "time goes back");
            assert!(entries[..before].iter().all(|entry| entry.epoch <= 1) && entries[before..].iter().all(|entry| entry.epoch == 2));
        });
    }
}

#[test]
fn a_deployment_goes_through_though_every_third_answer_is_lost() {
    virtually(async {
        let world = World::bearing(Duration::from_secs(120)).await;
        let (proxy, mut writes) = (world.account.proxy(), 0);
        proxy.rule(move |name, _, _| {
            writes += usize::from(name == "TransactWriteItems");
            let fault = [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset][writes / 3 % 3].clone();
            (name == "TransactWriteItems" && writes % 3 == 0).then_some(fault)
        });
        let (machine, _) = world.machine("one");
        let id = machine.start(&world.plan()).await.unwrap();
        assert!(succeeded(&machine.drive(&id, Until::End).await.unwrap()));
        let sequences: Vec<_> = world.entries(&id).await.iter().map(|entry| entry.sequence).collect();
        assert_eq!(sequences, (0..sequences.len() as u64).collect::<Vec<_>>());
        assert_eq!(world.candidates(), 1);
        println!("{} entries over {} transactions, every third answer lost", sequences.len(), proxy.count("TransactWriteItems"));
    });
}

#[test]
fn a_driver_that_cannot_reach_the_table_stops_and_is_taken_up_where_it_was() {
    virtually(async {
        let world = World::bearing(Duration::from_millis(300)).await;
        let (one, _) = world.machine("one");
        let id = one.start(&world.plan()).await.unwrap();
        let unreachable = async {
            sleep(Duration::from_secs(20)).await;
            world.account.proxy().rule(|_, _, _| Some(Fault::Reset));
        };
        let (stopped, ()) = tokio::join!(one.drive(&id, Until::End), unreachable);
        let error = stopped.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Fenced), "{error:?}");
        // A request may still be under way in real time. This time does not go on before it has failed too: it must not arrive below.
        sleep(Duration::from_secs(1)).await;
        world.account.proxy().clear();
        let (other, _) = world.machine("other");
        assert!(succeeded(&other.drive(&id, Until::End).await.unwrap()));
        assert!(
            world
                .journal
                .claimant(&ServiceName::new("shop").unwrap(), &EnvironmentName::new("production").unwrap())
                .await
                .unwrap()
                .is_none()
        );
    });
}
