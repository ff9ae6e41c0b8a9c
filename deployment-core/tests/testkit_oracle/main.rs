//! The oracle finds nothing in a deployment as it should be, and finds every defect that it is for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod driver;

use std::time::Duration;

use deployment_core::{
    EffectContext, Percent, Release, Routes, Split, StepId,
    engine::{Call, Outcome, Record},
    memory::{Behaviour, MemoryTarget},
    plan::Role,
    strategy::{BlueGreen, Rolling, Strategy},
    target::Target,
    testkit::sample,
};
use driver::{Defect, Driver, canary, platform};

fn rolled_back() -> Option<Outcome> {
    Some(Outcome::RolledBack { cause: "test".into(), stayed: Vec::new() })
}

#[track_caller]
fn finds(found: &[String], rule: &str) {
    assert!(found.iter().any(|violation| violation.starts_with(rule)), "{rule} is not among {found:#?}");
}

async fn deployed(target: MemoryTarget, strategy: impl Strategy, defect: Defect) -> Driver {
    let mut driver = Driver::new(target, strategy, defect);
    driver.forward(usize::MAX).await;
    driver
}

#[tokio::test(start_paused = true)]
async fn nothing_is_found_in_a_deployment_as_it_should_be() {
    let none: Vec<String> = Vec::new();
    let done = || Some(Outcome::Succeeded);
    assert_eq!(deployed(platform().build(), canary(), Defect::None).await.found(done()), none);
    assert_eq!(deployed(platform().build(), BlueGreen::new(), Defect::None).await.found(done()), none);
    assert_eq!(deployed(platform().build(), Rolling::new(), Defect::None).await.found(done()), none);
    assert_eq!(deployed(platform().build(), Rolling::new().platform_run(), Defect::None).await.found(done()), none);
    assert_eq!(deployed(MemoryTarget::builder().record_history().build(), BlueGreen::new(), Defect::None).await.found(done()), none);
    let mut back = Driver::new(platform().build(), canary(), Defect::None);
    back.forward(3).await;
    let candidate = back.revision(Role::Candidate);
    back.back([back.all_to(Role::Stable), Call::Retire { revision: candidate }]).await;
    assert_eq!(back.found(rolled_back()), none);
}

#[tokio::test(start_paused = true)]
async fn each_defect_is_found() {
    let defects = [
        (Defect::RetireBeforeDrain, "4 the stable revision stays whole"),
        (Defect::SkipReadBack, "2 routes are read back"),
        (Defect::RepeatLaunch, "6 nothing is launched twice"),
        (Defect::RepeatLaunch, "nothing is left behind"),
        (Defect::NoIntent, "6 the intent is durable"),
        (Defect::NoBake, "1 no traffic above"),
        (Defect::NoBake, "4 the stable revision stays whole"),
        (Defect::EarlyTraffic, "3 serving capacity"),
        (Defect::OldEpoch, "5 epochs only grow"),
    ];
    for (defect, rule) in defects {
        // A grace period would hide that nobody waits for draining.
        let strategy = canary().bake_at(100.0, Duration::ZERO).unwrap();
        finds(&deployed(platform().build(), strategy, defect).await.found(Some(Outcome::Succeeded)), rule);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_is_not_so_is_found() {
    let mut driver = Driver::new(platform().build(), canary(), Defect::None);
    driver.forward(3).await;
    finds(&driver.found(Some(Outcome::Succeeded)), "8 success means");
    finds(&driver.found(rolled_back()), "8 rolled back means");
    finds(&driver.found(Some(Outcome::Rejected { reason: "test".into() })), "16 nothing was changed");
    let went_back = platform().behaviour("2", Behaviour::never_healthy());
    let went_back = went_back.bad_rollout(Duration::from_secs(60), deployment_core::memory::BadRollout::RollsBack).build();
    let driver = deployed(went_back, Rolling::new().platform_run(), Defect::None).await;
    finds(&driver.found(Some(Outcome::Succeeded)), "8 success means");
    assert_eq!(driver.found(rolled_back()), Vec::<String>::new(), "the platform's own way back");
}

#[tokio::test(start_paused = true)]
async fn a_way_back_that_is_slow_or_rises_or_leaves_something_is_found() {
    let mut driver = Driver::new(platform().build(), canary(), Defect::None);
    driver.forward(3).await;
    let (stable, candidate) = (driver.revision(Role::Stable), driver.revision(Role::Candidate));
    let to = |share: f64| Call::Route {
        routes: Routes { split: Split::between(Some(&stable), &candidate, Percent::new(share).unwrap()), tests: Vec::new() },
    };
    driver.back([to(8.0), to(30.0), to(5.0), to(0.0)]).await;
    let found = driver.found(rolled_back());
    finds(&found, "12 at most two calls");
    finds(&found, "1 no traffic above");
    finds(&found, "nothing is left behind");
}

#[tokio::test(start_paused = true)]
async fn a_way_back_onto_a_sick_stable_is_found() {
    let mut driver = Driver::new(platform().build(), canary(), Defect::None);
    driver.forward(3).await;
    let stable = driver.revision(Role::Stable);
    driver.target.interfere(|somebody| somebody.sicken(&stable));
    driver.look().await;
    driver.back([driver.all_to(Role::Stable)]).await;
    finds(&driver.found(None), "9 never back");
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_known_is_not_blamed() {
    let mut driver = Driver::new(platform().build(), canary(), Defect::None);
    driver.forward(3).await;
    let stable = driver.revision(Role::Stable);
    driver.look().await;
    driver.target.interfere(|somebody| somebody.sicken(&stable));
    driver.back([driver.all_to(Role::Stable)]).await;
    assert_eq!(driver.found(None), Vec::<String>::new(), "it was healthy when last looked at");
}

#[tokio::test(start_paused = true)]
async fn rolling_too_fast_or_too_low_is_found() {
    let hurried = deployed(platform().readiness(Duration::from_secs(45)).build(), Rolling::new(), Defect::None).await;
    finds(&hurried.found(None), "4 no batch before");
    let mut low = Driver::new(platform().build(), Rolling::new(), Defect::None);
    low.forward(2).await;
    let revision = low.revision(Role::Stable);
    low.call(&StepId::new("low").unwrap(), Call::Scale { revision, count: 1 }).await;
    finds(&low.found(None), "3 serving capacity");
}

#[tokio::test(start_paused = true)]
async fn acting_on_an_unclean_or_drifted_target_is_found() {
    let unclean = platform().unknown_serving(1, Percent::new(10.0).unwrap()).build();
    let mut driver = Driver::new(unclean, canary(), Defect::None);
    driver.forward(1).await;
    finds(&driver.found(None), "16 a deployment starts");

    let mut driver = Driver::new(platform().build(), canary(), Defect::None);
    driver.forward(3).await;
    let candidate = driver.revision(Role::Candidate);
    driver.target.interfere(|somebody| somebody.route(Routes { split: Split::all(&candidate), tests: Vec::new() }));
    driver.look().await;
    let scale = Call::Scale { revision: candidate, count: 2 };
    driver.call(&StepId::new("backend/scale-candidate-2").unwrap(), scale).await;
    finds(&driver.found(None), "16 drift halts");
}

#[tokio::test(start_paused = true)]
async fn acting_after_the_end_or_with_two_deployments_is_found() {
    let mut driver = deployed(platform().build(), BlueGreen::new(), Defect::None).await;
    driver.says(Record::Finished { outcome: Outcome::Succeeded });
    let other = EffectContext { deployment: deployment_core::DeploymentId::new("other").unwrap(), ..sample::effect("o", 1) };
    let revision = driver.revision(Role::Candidate);
    driver.target.scale(&other, &revision, 5).await.unwrap();
    driver.call(&StepId::new("late").unwrap(), Call::Scale { revision, count: 4 }).await;
    let found = driver.found(None);
    finds(&found, "6 nothing is done after the end");
    finds(&found, "5 one deployment at a time");
}

#[tokio::test(start_paused = true)]
async fn another_release_than_the_approved_one_is_found() {
    let mut driver = Driver::new(platform().build(), canary(), Defect::None);
    let approved = driver.plan.steps[0].id.clone();
    let other: Release = sample::release("3");
    driver.call(&approved, Call::Launch { role: Role::Candidate, release: Box::new(other), count: 1 }).await;
    finds(&driver.found(None), "1 no traffic above");
}
