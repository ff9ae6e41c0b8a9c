//! The last known good release takes over from two sick ones, also if the way back to it is begun a second time: nothing stays behind.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    DeploymentId, ErrorKind, Orchestrator, Plugins, RevisionId, Status,
    memory::{Behaviour, MemoryTarget},
    plan::{Capacity, Policy, SickStable},
    signal::Signal,
    testkit::{
        faults::{Call, Faults},
        sample,
    },
};

use crate::scene::{Desk, MINUTE, begin, builder, canary, drive, is_halted, is_rolled_back, outcome, serves};

struct Scene {
    desk: Desk,
    target: MemoryTarget,
    faults: Faults,
    process: Orchestrator,
    id: DeploymentId,
    stable: RevisionId,
}

impl Scene {
    /// Halted on the way back to version 0, because of these faults: versions 1 and 2 are sick.
    async fn halted(fault: impl FnOnce(&Faults)) -> Self {
        let (desk, faults) = (Desk::new(), Faults::new());
        let target = MemoryTarget::builder()
            .serving(sample::release("1"), 4)
            .behaviour("2", Behaviour::healthy().sick_under_traffic(Duration::from_secs(20)))
            .forgets_tokens()
            .read_lag(Duration::from_secs(2))
            .build();
        let plugins = Plugins::new().target("backend", faults.target("backend", Arc::new(target.clone()))).unwrap();
        let policy = Policy { on_sick_stable: SickStable::Deploy { release: Box::new(sample::release("0")) }, ..Policy::default() };
        let plan = builder().deploy("backend", Capacity::of(4), canary()).policy(policy).build(&plugins).unwrap();
        let process = desk.process(&plugins);
        let (id, mut handle) = begin(&process, &plan).await;
        desk.until_at(&id, "backend/bake-10").await;
        let stable = target.snapshot().revisions[0].id.clone();
        target.interfere(|at| at.sicken(&stable));
        fault(&faults);
        is_halted(&outcome(handle.wait().await.unwrap()), "back/backend/");
        faults.clear();
        Self { desk, target, faults, process, id, stable }
    }

    async fn rolls_back_to(&self, version: &str) {
        self.desk.say(&self.id, Signal::RollBack).await;
        is_rolled_back(&drive(&self.process, &self.id).await, "roll back by bob");
        self.leaves_only(version);
    }

    fn leaves_only(&self, version: &str) {
        let revisions: Vec<_> = self.target.snapshot().revisions.into_iter().map(|left| (left.id, left.desired)).collect();
        assert_eq!((serves(&self.target).as_str(), revisions.len()), (version, 1), "{revisions:?}");
    }

    fn launches(&self) -> usize {
        self.faults.points().iter().filter(|point| *point == "after backend.launch").count()
    }
}

fn refuses_routes(faults: &Faults) {
    faults.fail("backend.route", ErrorKind::Failed, Status::Permanent);
}

#[tokio::test(start_paused = true)]
async fn what_the_first_way_back_has_launched_is_taken_by_the_second() {
    let scene = Scene::halted(refuses_routes).await;
    assert_eq!(scene.target.snapshot().revisions.len(), 3);
    scene.rolls_back_to("0").await;
    assert_eq!(scene.launches(), 2, "the candidate and the last known good one, once each");
}

#[tokio::test(start_paused = true)]
async fn it_goes_if_the_stable_revision_is_well_again() {
    let scene = Scene::halted(refuses_routes).await;
    scene.target.interfere(|at| at.heal(&scene.stable));
    tokio::time::sleep(MINUTE).await;
    scene.rolls_back_to("1").await;
}

#[tokio::test(start_paused = true)]
async fn it_serves_on_if_the_first_way_back_got_further() {
    for left in [1, 2] {
        let scene =
            Scene::halted(|faults| faults.fail(Call::named("backend.retire").nth(left), ErrorKind::Failed, Status::Permanent)).await;
        assert_eq!((serves(&scene.target).as_str(), scene.target.snapshot().revisions.len()), ("0", 4 - usize::try_from(left).unwrap()));
        scene.rolls_back_to("0").await;
        assert_eq!(scene.launches(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_taken_or_launched_by_what_is_there_if_its_launch_was_in_doubt() {
    for (happened, launches) in [(true, 2), (false, 2)] {
        let scene = Scene::halted(|faults| {
            let call = Call::named("backend.launch").nth(1);
            if happened {
                faults.hang_after(call);
            } else {
                faults.hang(call);
            }
            // It falls silent: nobody can tell, until the person comes.
            let silent = faults.clone();
            tokio::spawn(async move {
                while silent.points().iter().filter(|point| *point == "before backend.launch").count() < 2 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                silent.hang("backend.observe");
            });
        })
        .await;
        scene.rolls_back_to("0").await;
        assert_eq!(scene.launches(), launches);
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_launched_anew_if_somebody_has_removed_it() {
    let scene = Scene::halted(refuses_routes).await;
    let newest = scene.target.snapshot().revisions.last().unwrap().id.clone();
    scene.target.interfere(|at| at.remove(&newest));
    tokio::time::sleep(MINUTE).await;
    scene.rolls_back_to("0").await;
    assert_eq!(scene.launches(), 3);
}
