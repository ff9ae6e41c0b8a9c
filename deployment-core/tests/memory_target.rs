//! The simulated platform does what its builder says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use deployment_core::{
    Error, ErrorKind, Percent, RevisionId, Routes, Split, Status,
    memory::{BadRollout, Behaviour, Cause, Effect, MemoryTarget, MemoryTargetBuilder},
    target::{Capability, RolloutState, Target},
    testkit::sample,
};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn pass(seconds: u64) {
    tokio::time::sleep(secs(seconds)).await;
}

fn id(revision: &str) -> RevisionId {
    RevisionId::new(revision).unwrap()
}

fn routes(stable: &str, candidate: &str, share: f64) -> Routes {
    Routes { split: Split::between(Some(&id(stable)), &id(candidate), Percent::new(share).unwrap()), tests: Vec::new() }
}

fn serving() -> MemoryTargetBuilder {
    MemoryTarget::builder().serving(sample::release("1"), 4)
}

#[tokio::test(start_paused = true)]
async fn instances_get_healthy_after_their_delay() {
    let target = serving().readiness(secs(10)).stagger(secs(1)).build();
    let new = target.launch(&sample::effect("t", 1), &sample::release("2"), 3).await.unwrap();
    let healthy = async || target.observe().await.unwrap().revision(&new).unwrap().healthy;
    pass(9).await;
    assert_eq!(healthy().await, Some(0));
    pass(1).await;
    assert_eq!(healthy().await, Some(1));
    pass(2).await;
    assert_eq!(healthy().await, Some(3));
}

#[tokio::test(start_paused = true)]
async fn a_launch_is_recognised_by_its_token_unless_the_platform_forgets() {
    let (remembers, forgets) = (serving().build(), serving().forgets_tokens().build());
    for (target, expected) in [(remembers, 2), (forgets, 3)] {
        for _ in 0..2 {
            target.launch(&sample::effect("t", 1), &sample::release("2"), 1).await.unwrap();
        }
        assert_eq!(target.observe().await.unwrap().revisions.len(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let target = serving().capacity_limit(6).build();
    let before = target.snapshot();
    let refused = |result: Result<(), Error>, kind: ErrorKind| {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Status::Permanent), "{error}");
        assert_eq!(target.snapshot(), before);
    };
    refused(target.launch(&sample::effect("t", 2), &sample::release("2"), 3).await.map(drop), ErrorKind::Failed);
    refused(target.scale(&sample::effect("t", 2), &id("r1"), 7).await, ErrorKind::Failed);
    refused(target.route(&sample::effect("t", 2), &routes("r1", "r9", 10.0)).await, ErrorKind::NotFound);
    refused(target.retire(&sample::effect("t", 2), &id("r1")).await, ErrorKind::Conflict);
    refused(target.scale(&sample::effect("t", 1), &id("r1"), 5).await, ErrorKind::Fenced);
    let switches = serving().capabilities([Capability::Launch, Capability::Switch]).build();
    switches.launch(&sample::effect("t", 1), &sample::release("2"), 1).await.unwrap();
    assert_eq!(switches.route(&sample::effect("t", 1), &routes("r1", "r2", 10.0)).await.unwrap_err().kind(), ErrorKind::Unsupported);
    switches.route(&sample::effect("t", 1), &routes("r1", "r2", 100.0)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn requests_drain_once_the_weight_is_zero() {
    let target = serving().drain(secs(10)).build();
    target.launch(&sample::effect("t", 1), &sample::release("2"), 4).await.unwrap();
    let in_flight = || target.snapshot().revision(&id("r1")).unwrap().in_flight;
    assert!(in_flight() > 0);
    target.route(&sample::effect("t", 1), &routes("r1", "r2", 100.0)).await.unwrap();
    pass(9).await;
    assert!(in_flight() > 0);
    pass(1).await;
    assert_eq!(in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_observation_is_as_old_as_the_read_lag() {
    let target = serving().read_lag(secs(3)).readiness(secs(1)).build();
    pass(1).await;
    target.launch(&sample::effect("t", 1), &sample::release("2"), 1).await.unwrap();
    pass(2).await;
    assert_eq!(target.observe().await.unwrap().revisions.len(), 1, "not seen yet");
    pass(1).await;
    assert_eq!(target.observe().await.unwrap().revision(&id("r2")).unwrap().healthy, Some(0), "seen as it began");
    pass(1).await;
    assert_eq!(target.observe().await.unwrap().revision(&id("r2")).unwrap().healthy, Some(1));
}

#[tokio::test(start_paused = true)]
async fn releases_behave_as_told() {
    let target = serving()
        .readiness(secs(1))
        .behaviour("still", Behaviour::never_healthy().given_up_after(secs(30)))
        .behaviour("crash", Behaviour::healthy().crashes_after(secs(5)))
        .behaviour("shy", Behaviour::healthy().sick_under_traffic(secs(2)))
        .behaviour_by_setting("mode", "dark", Behaviour::healthy().health_unknown())
        .build();
    for version in ["still", "crash", "shy"] {
        target.launch(&sample::effect(version, 1), &sample::release(version), 1).await.unwrap();
    }
    target.launch(&sample::effect("dark", 1), &sample::release("5").setting("mode", "dark"), 1).await.unwrap();
    pass(1).await;
    let view = target.observe().await.unwrap();
    assert_eq!(view.revisions.iter().map(|revision| revision.healthy).collect::<Vec<_>>(), [Some(4), Some(0), Some(1), Some(1), None]);
    target.route(&sample::effect("t", 1), &routes("r1", "r4", 50.0)).await.unwrap();
    pass(5).await;
    let view = target.observe().await.unwrap();
    assert_eq!(view.revision(&id("r3")).unwrap().running, 0, "crashed");
    assert_eq!(view.revision(&id("r4")).unwrap().healthy, Some(0), "sick under traffic");
    pass(24).await;
    assert!(target.observe().await.unwrap().revision(&id("r2")).unwrap().failure.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_platform_replaces_instance_by_instance_and_never_falls_below_what_served() {
    let target = serving().record_history().build();
    let context = sample::effect("t", 1);
    target.replace(&context, &sample::release("2"), 4).await.unwrap();
    pass(600).await;
    let view = target.observe().await.unwrap();
    assert_eq!(view.rollout.unwrap().state, RolloutState::Completed);
    assert_eq!((view.revisions.len(), view.revisions[0].healthy), (1, Some(4)));
    assert_eq!(view.routes.split, Split::all(&id("r2")));
    for event in target.history() {
        let healthy: u32 = event.after.routes.split.iter().map(|(id, _)| event.after.revision(id).unwrap().healthy).sum();
        assert!(healthy >= 4, "{event:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bad_rollout_fails_or_goes_back_or_stalls() {
    let ends = [
        (BadRollout::Fails, RolloutState::Failed, 2),
        (BadRollout::RollsBack, RolloutState::RolledBack, 1),
        (BadRollout::Stalls, RolloutState::InProgress, 2),
    ];
    for (then, state, revisions) in ends {
        let target = serving().behaviour("2", Behaviour::never_healthy()).bad_rollout(secs(60), then).build();
        target.replace(&sample::effect("t", 1), &sample::release("2"), 4).await.unwrap();
        pass(600).await;
        let view = target.observe().await.unwrap();
        assert_eq!((view.rollout.as_ref().unwrap().state, view.revisions.len()), (state, revisions));
        assert_eq!(view.revision(&id("r1")).unwrap().healthy, Some(4));
        assert_eq!(view.routes.split, Split::all(&id("r1")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_rollout_can_wait_be_stopped_and_be_replaced_by_the_release_before() {
    let target = serving().rollout_waits().build();
    let first = sample::effect("t", 1);
    target.replace(&first, &sample::release("2"), 4).await.unwrap();
    pass(600).await;
    assert_eq!(target.observe().await.unwrap().rollout.unwrap().state, RolloutState::Waiting);
    target.proceed(&first, &first.token).await.unwrap();
    pass(7).await;
    target.stop(&first, &first.token).await.unwrap();
    assert_eq!(target.observe().await.unwrap().rollout.unwrap().state, RolloutState::Failed);
    let back = sample::effect("back", 1);
    target.replace(&back, &sample::release("1"), 4).await.unwrap();
    pass(600).await;
    target.proceed(&back, &back.token).await.unwrap();
    pass(600).await;
    let view = target.observe().await.unwrap();
    assert_eq!(view.revisions.len(), 1);
    assert_eq!(view.revisions[0].release, Some(sample::release("1")));
    assert_eq!(view.revisions[0].healthy, Some(4));
}

#[tokio::test(start_paused = true)]
async fn history_tells_every_effect_and_what_came_of_it() {
    let target = serving().record_history().readiness(secs(5)).build();
    let context = sample::effect("t", 1);
    target.launch(&context, &sample::release("2"), 1).await.unwrap();
    pass(10).await;
    target.interfere(|somebody| somebody.sicken(&id("r2")));
    let history = target.history();
    assert_eq!(history[0].cause, Cause::Built);
    assert_eq!(history[1].cause, Cause::Called { effect: Effect::Launch { revision: id("r2"), count: 1 }, context });
    assert_eq!((history[2].at, history[2].after.revision(&id("r2")).unwrap().healthy), (secs(5), 1));
    assert_eq!(history[3].cause, Cause::Interference);
    assert!(history.windows(2).all(|pair| pair[0].order < pair[1].order));
    assert!(serving().build().history().is_empty(), "nothing is kept unless asked for");
}
