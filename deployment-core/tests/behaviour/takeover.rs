//! A driver that takes over judges what was journalled as the one before it did, or watches the bake once more.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Plugins, Until,
    engine::Record,
    judge::{self, Judge, Verdict},
    memory::MemoryTarget,
    metric::Query,
    plan::Capacity,
    testkit::fake::FakeMetrics,
    watch::Watch,
};

use crate::scene::{Desk, MINUTE, builder, canary, serving, with};

/// A judge that says the same whatever it sees.
fn says(verdict: Verdict) -> impl Judge {
    judge::from_fn("a judge that was mended", move || {
        let verdict = verdict.clone();
        Box::new(move |_| verdict.clone())
    })
}

fn guarded(target: &MemoryTarget, verdict: Verdict) -> Plugins {
    let metrics = Arc::new(FakeMetrics::requests(100, 0));
    with(target).watch("errors", Watch::metrics(metrics, Query::default(), says(verdict))).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_judges_otherwise_now_restarts_the_bake_once() {
    let (desk, target) = (Desk::new(), serving());
    let before = guarded(&target, Verdict::Continue);
    let after = guarded(&target, Verdict::Inconclusive { reason: "hm".into() });
    let canary = canary().bake(Duration::from_secs(3_600));
    let plan = builder().deploy("backend", Capacity::of(4), canary).guard("errors").build(&before).unwrap();
    let id = desk.process(&before).start(&plan).await.unwrap();
    for (plugins, restarts) in [(&before, 0), (&after, 1), (&after, 1), (&after, 1)] {
        let mut handle = desk.process(plugins).spawn(&id, Until::End);
        tokio::time::sleep(5 * MINUTE).await;
        handle.stop();
        handle.wait().await.unwrap();
        let restarted = desk.records(&id).await.iter().filter(|record| matches!(record, Record::BakeRestarted { .. })).count();
        assert_eq!(restarted, restarts);
    }
    assert_eq!(desk.state(&id).await.course().current().unwrap().0.id.as_str(), "backend/bake-10");
}
