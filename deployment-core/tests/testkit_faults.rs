//! Injected faults do what they say, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{sync::Arc, time::Duration};

use deployment_core::{
    ErrorKind, Status,
    memory::MemoryTarget,
    target::Target,
    testkit::{
        faults::{Call, Faults},
        sample,
    },
};

fn platform() -> (MemoryTarget, Faults, Arc<dyn Target>) {
    let platform = MemoryTarget::builder().serving(sample::release("1"), 2).build();
    let faults = Faults::new();
    let target = faults.target("backend", Arc::new(platform.clone()));
    (platform, faults, target)
}

async fn launch(target: &Arc<dyn Target>) -> Result<(), (ErrorKind, Status)> {
    let launched = target.launch(&sample::effect("t", 1), &sample::release("2"), 1).await;
    launched.map(drop).map_err(|error| (error.kind(), error.status()))
}

async fn answers(target: &Arc<dyn Target>) -> bool {
    tokio::time::timeout(Duration::from_secs(60), target.launch(&sample::effect("t", 1), &sample::release("2"), 1)).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_has_no_effect_and_the_next_one_has() {
    let (platform, faults, target) = platform();
    faults.fail(Call::named("launch").first(2), ErrorKind::Unreachable, Status::Temporary);
    for _ in 0..2 {
        assert_eq!(launch(&target).await, Err((ErrorKind::Unreachable, Status::Temporary)));
        assert_eq!(platform.snapshot().revisions.len(), 1);
    }
    assert_eq!(launch(&target).await, Ok(()));
    assert_eq!(platform.snapshot().revisions.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_leaves_the_effect_and_doubt() {
    let (platform, faults, target) = platform();
    faults.lose_answer("backend.launch");
    assert_eq!(launch(&target).await, Err((ErrorKind::Unreachable, Status::InDoubt)));
    assert_eq!(platform.snapshot().revisions.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_hangs_before_or_after_its_effect() {
    let (platform, faults, target) = platform();
    faults.hang(Call::named("launch").nth(1));
    faults.hang_after(Call::named("launch").nth(2));
    assert!(!answers(&target).await);
    assert_eq!(platform.snapshot().revisions.len(), 1);
    assert!(!answers(&target).await);
    assert_eq!(platform.snapshot().revisions.len(), 2);
    assert!(answers(&target).await);
}

#[tokio::test(start_paused = true)]
async fn a_process_dies_before_or_after_the_call_that_was_named() {
    for (crash, revisions) in [(Faults::crash_before as fn(&Faults, &'static str), 1), (Faults::crash_after, 2)] {
        let (platform, faults, target) = platform();
        crash(&faults, "backend.launch");
        target.observe().await.unwrap();
        tokio::select! {
            _ = launch(&target) => panic!("a dead process gets no answer"),
            () = faults.crashed() => {}
        }
        assert_eq!(platform.snapshot().revisions.len(), revisions);
        assert!(faults.is_dead() && !answers(&target).await);
        assert_eq!(platform.snapshot().revisions.len(), revisions);
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_dies_before_or_after_the_effect_and_stays_dead() {
    for (point, revisions) in [(0, 1), (1, 2)] {
        let (platform, faults, target) = platform();
        faults.crash_at(point);
        tokio::select! {
            _ = launch(&target) => panic!("a dead process gets no answer"),
            () = faults.crashed() => {}
        }
        assert_eq!(platform.snapshot().revisions.len(), revisions);
        assert!(faults.is_dead() && !answers(&target).await);
        faults.revive();
        assert!(!answers(&target).await, "what the dead process left behind does not wake up");
        let next = faults.target("backend", Arc::new(platform.clone()));
        faults.crash_at(faults.points().len() + 1);
        assert!(!answers(&next).await, "and it dies again while recovering");
        assert!(faults.is_dead());
    }
}

#[tokio::test(start_paused = true)]
async fn points_are_counted_and_named() {
    let (_, faults, target) = platform();
    launch(&target).await.unwrap();
    target.observe().await.unwrap();
    assert_eq!(faults.points(), ["before backend.launch", "after backend.launch", "before backend.observe", "after backend.observe"]);
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_for_the_calls_that_it_names() {
    let (_, faults, target) = platform();
    faults.fail("frontend.launch", ErrorKind::Failed, Status::Permanent);
    faults.fail(Call::any().nth(3), ErrorKind::Unauthorized, Status::Temporary);
    assert!(launch(&target).await.is_ok() && launch(&target).await.is_ok());
    assert_eq!(launch(&target).await, Err((ErrorKind::Unauthorized, Status::Temporary)));
    faults.fail("launch", ErrorKind::Failed, Status::Permanent);
    assert!(launch(&target).await.is_err());
    faults.clear();
    assert!(launch(&target).await.is_ok());
}
