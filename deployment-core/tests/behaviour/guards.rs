//! Guards look on through every wait while a candidate has traffic, also while another one is being checked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deployment_core::{
    DeploymentId, Error, ErrorKind, Handle, Plugins, Until,
    engine::{Lookout, Record},
    health::{self, HealthReport},
    judge::Tolerance,
    plan::Capacity,
    signal::Signal,
    strategy::Rolling,
    watch::Watch,
};

use crate::scene::{Desk, MINUTE, begin, builder, canary, drive, is_rolled_back, outcome, serves, serving, with};

struct Scene {
    desk: Desk,
    id: DeploymentId,
    handle: Handle,
    alarm: Arc<AtomicBool>,
    versions: Box<dyn Fn() -> [String; 2]>,
}

/// The east serves version 2; in the west the first instance is examined by a check that cannot look, with a guard of another name or the same.
async fn checking(guard: &str, check: &str) -> Scene {
    let (desk, east, west) = (Desk::new(), serving(), serving());
    let alarm = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&alarm);
    let look = move |name: &str| {
        let seen = Arc::clone(&seen);
        let look = health::from_fn(name, move |context| {
            let (west, bad) = (context.subject.target.as_str() == "west", seen.load(Ordering::Relaxed));
            async move {
                match (west, bad) {
                    (true, _) => Err(Error::new(ErrorKind::Unreachable, "look", "the west is silent")),
                    (false, true) => Ok(HealthReport::unhealthy("the east burns")),
                    (false, false) => Ok(HealthReport::healthy("all is well")),
                }
            }
        });
        Watch::health(look, Tolerance::none())
    };
    let mut plugins = Plugins::new().target("east", east.clone()).unwrap().target("west", west.clone()).unwrap();
    plugins = plugins.watch(guard, look(guard)).unwrap();
    if check != guard {
        plugins = plugins.watch(check, look(check)).unwrap();
    }
    let rolling = Rolling::new().surge(1).check_first(check).unwrap();
    let plan = builder().deploy("east", Capacity::of(4), canary()).deploy("west", Capacity::of(4), rolling).guard(guard);
    let plan = plan.build(&plugins).unwrap();
    let (id, handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until_at(&id, "west/check").await;
    Scene { desk, id, handle, alarm, versions: Box::new(move || [serves(&east), serves(&west)]) }
}

#[tokio::test(start_paused = true)]
async fn while_a_check_looks_in_vain() {
    for (guard, check) in [("alarm", "smoke"), ("alarm", "alarm")] {
        let mut scene = checking(guard, check).await;
        tokio::time::sleep(MINUTE).await;
        scene.alarm.store(true, Ordering::Relaxed);
        let rang = tokio::time::Instant::now();
        is_rolled_back(&outcome(scene.handle.wait().await.unwrap()), "alarm: unhealthy");
        assert!(rang.elapsed() < 2 * MINUTE, "{:?}", rang.elapsed());
        assert_eq!((scene.versions)(), ["1", "1"], "{check}");
    }
}

#[tokio::test(start_paused = true)]
async fn and_what_they_see_passes_no_check() {
    let mut scene = checking("alarm", "smoke").await;
    is_rolled_back(&outcome(scene.handle.wait().await.unwrap()), "west/check was not done within");
    let records = scene.desk.records(&scene.id).await;
    let windows = records.iter().filter_map(|record| match record {
        Record::Sampled { step, sample } if step.as_str() == "west/check" && sample.by == Lookout::Guards => Some(sample.window),
        _ => None,
    });
    let windows: Vec<_> = windows.collect();
    assert!(windows.len() > 20, "every ten seconds in five minutes: {}", windows.len());
    assert!(windows.windows(2).all(|pair| pair[1].from >= pair[0].to), "no time is judged twice");
    let seen: Duration = windows.iter().map(|window| window.length()).sum();
    assert!(seen > 4 * MINUTE, "and little is left out: {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn and_while_another_target_bakes_under_a_watch_of_the_same_name() {
    let (desk, east, west) = (Desk::new(), serving(), serving());
    let alarm = Arc::new(AtomicBool::new(false));
    let rings = Arc::clone(&alarm);
    let look = health::from_fn("alarm", move |context| {
        let bad = context.subject.target.as_str() == "east" && rings.load(Ordering::Relaxed);
        async move { Ok(if bad { HealthReport::unhealthy("the east burns") } else { HealthReport::healthy("all is well") }) }
    });
    let plugins = Plugins::new().target("east", east.clone()).unwrap().target("west", west.clone()).unwrap();
    let plugins = plugins.watch("alarm", Watch::health(look, Tolerance::none())).unwrap();
    let watched = canary().watch("alarm").unwrap();
    let plan = builder().deploy("east", Capacity::of(4), watched.clone()).deploy("west", Capacity::of(4), watched).guard("alarm");
    let (id, mut handle) = begin(&desk.process(&plugins), &plan.build(&plugins).unwrap()).await;
    desk.until_at(&id, "west/bake-10").await;
    alarm.store(true, Ordering::Relaxed);
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "alarm: unhealthy");
}

#[tokio::test(start_paused = true)]
async fn what_has_turned_bad_while_nobody_drove_is_found_before_the_next_share() {
    let (desk, target) = (Desk::new(), serving());
    let alarm = Arc::new(AtomicBool::new(false));
    let rings = Arc::clone(&alarm);
    let look = health::from_fn("alarm", move |_| {
        let bad = rings.load(Ordering::Relaxed);
        async move { Ok(if bad { HealthReport::unhealthy("it burns") } else { HealthReport::healthy("all is well") }) }
    });
    let plugins = with(&target).watch("alarm", Watch::health(look, Tolerance::none())).unwrap();
    let held = canary().bake(Duration::ZERO).promote_by_hand_at(10.0).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), held).guard("alarm").build(&plugins).unwrap();
    let process = desk.process(&plugins);
    let id = process.start(&plan).await.unwrap();
    tokio::select! {
        ended = process.drive(&id, Until::End) => panic!("{ended:?}"),
        () = desk.until_at(&id, "backend/hold-10") => {}
    }
    alarm.store(true, Ordering::Relaxed);
    desk.say(&id, Signal::Promote).await;
    is_rolled_back(&drive(&process, &id).await, "alarm: unhealthy");
    let asked = |record: &Record| matches!(record, Record::Intent { step, .. } if step.as_str() == "backend/route-100");
    assert!(!desk.records(&id).await.iter().any(asked));
}
