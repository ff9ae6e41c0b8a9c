//! What people say counts once it is in the journal, once, with who said it and why.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Actor, DeploymentId, Ended, Handle, Orchestrator, Plan, Plugins, SignalId, Until,
    engine::{Outcome, Record},
    gate::{ApprovalGate, Decision},
    memory::MemoryTarget,
    plan::Capacity,
    signal::{Signal, Signalled},
    strategy::Canary,
    testkit::{faults::Call, faults::Faults, sample},
};

use crate::scene::{Desk, MINUTE, begin, builder, canary, is_rolled_back, outcome, serves, serving, with};

/// A canary that a person must promote twice.
struct Scene {
    desk: Desk,
    target: MemoryTarget,
    plugins: Plugins,
    plan: Plan,
}

fn scene() -> Scene {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let canary = Canary::steps([10.0, 50.0, 100.0]).unwrap().bake(MINUTE);
    let canary = canary.promote_by_hand_at(10.0).unwrap().promote_by_hand_at(50.0).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary).build(&plugins).unwrap();
    Scene { desk, target, plugins, plan }
}

impl Scene {
    async fn at_the_first_hold(&self, process: &Orchestrator) -> (DeploymentId, Handle) {
        let (id, handle) = begin(process, &self.plan).await;
        self.desk.until_at(&id, "backend/hold-10").await;
        (id, handle)
    }

    /// It stands at the second hold and does not go on by itself.
    async fn is_promoted_once(&self, id: &DeploymentId) {
        self.desk.until_at(id, "backend/hold-50").await;
        tokio::time::sleep(120 * MINUTE).await;
        assert_eq!(self.desk.state(id).await.course().current().unwrap().0.id.as_str(), "backend/hold-50");
        assert_eq!(self.said(id).await.len(), 1);
    }

    async fn said(&self, id: &DeploymentId) -> Vec<(Signalled, Option<String>)> {
        let records = self.desk.records(id).await.into_iter();
        let said = records.filter_map(|record| match record {
            Record::Signalled { signal, refused } => Some((signal, refused.map(|refusal| refusal.to_string()))),
            _ => None,
        });
        said.collect()
    }
}

fn promotion() -> Signalled {
    let (id, actor) = (SignalId::generate(), Actor::new("bob").unwrap());
    Signalled { id, actor, reason: "looks good".into(), at: sample::NOON, signal: Signal::Promote }
}

#[tokio::test(start_paused = true)]
async fn sent_twice_it_counts_once() {
    let scene = scene();
    let (id, _handle) = scene.at_the_first_hold(&scene.desk.process(&scene.plugins)).await;
    let promotion = promotion();
    scene.desk.journal.post(&id, &promotion).await.unwrap();
    scene.desk.journal.post(&id, &promotion).await.unwrap();
    scene.desk.until_at(&id, "backend/hold-50").await;
    // Once more, when it is long gone from the inbox.
    scene.desk.journal.post(&id, &promotion).await.unwrap();
    scene.is_promoted_once(&id).await;
    assert_eq!(scene.desk.journal.inbox(&id).await.unwrap(), []);
    let (signal, refused) = scene.said(&id).await.remove(0);
    assert_eq!((signal, refused), (promotion, None), "who, why and when are kept");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_after_copying_it_makes_it_count_once() {
    for point in ["before", "after"] {
        for method in ["append", "acknowledge"] {
            let (scene, faults) = (scene(), Faults::new());
            let mortal = scene.desk.process_on(faults.journal(Arc::clone(&scene.desk.journal)), &scene.plugins);
            let (id, handle) = scene.at_the_first_hold(&mortal).await;
            scene.desk.journal.post(&id, &promotion()).await.unwrap();
            // The promotion is read, appended and acknowledged: six points.
            let read = faults.points().len();
            let names = ["before inbox", "after inbox", "before append", "after append", "before acknowledge", "after acknowledge"];
            let offset = names.iter().position(|name| *name == format!("{point} {method}")).unwrap();
            faults.crash_at(read + offset);
            faults.crashed().await;
            assert_eq!(faults.points()[read + offset], format!("{point} journal.{method}"));
            drop(handle);
            let _next = scene.desk.process(&scene.plugins).spawn(&id, Until::End);
            scene.is_promoted_once(&id).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_count_when_it_is_read_is_kept_with_the_reason() {
    let scene = scene();
    let (id, mut handle) = scene.at_the_first_hold(&scene.desk.process(&scene.plugins)).await;
    // Two people promote at the same moment: each of them was right to.
    let (first, second) = (promotion(), promotion());
    scene.desk.journal.post(&id, &first).await.unwrap();
    scene.desk.journal.post(&id, &second).await.unwrap();
    scene.desk.until_at(&id, "backend/hold-50").await;
    let said = scene.said(&id).await;
    assert_eq!(said[0], (first, None));
    assert!(matches!(&said[1], (signal, Some(why)) if *signal == second && why.contains("does not wait for a promotion")), "{:?}", said[1]);
    scene.desk.say(&id, Signal::Promote).await;
    assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
    assert_eq!(serves(&scene.target), "2");
}

#[tokio::test(start_paused = true)]
async fn an_abort_waits_for_the_call_that_is_under_way() {
    let (scene, faults) = (scene(), Faults::new());
    faults.hang_after(Call::named("backend.scale").nth(1));
    let wrapped = faults.target("backend", Arc::new(scene.target.clone()));
    let plugins = Plugins::new().target("backend", wrapped).unwrap();
    let (id, mut handle) = scene.at_the_first_hold(&scene.desk.process(&plugins)).await;
    scene.desk.say(&id, Signal::Promote).await;
    scene.desk.until_at(&id, "backend/scale-candidate-2").await;
    scene.desk.say(&id, Signal::Abort).await;
    is_rolled_back(&outcome(handle.wait().await.unwrap()), "abort by bob: because");
    let records = scene.desk.records(&id).await;
    let place = |what: &dyn Fn(&Record) -> bool| records.iter().rposition(what).unwrap();
    let answered = place(&|record| matches!(record, Record::Returned { step, .. } if step.as_str() == "backend/scale-candidate-2"));
    assert!(answered < place(&|record| matches!(record, Record::ReversalPlanned { .. })), "the way back was planned with a call open");
    assert_eq!(serves(&scene.target), "1");
    let late = scene.desk.try_say(&id, Signal::Abort).await.unwrap_err();
    assert!(late.to_string().contains("has ended"), "{late}");
}

#[tokio::test(start_paused = true)]
async fn a_word_to_a_deployment_that_nobody_drives_waits_for_the_next_driver() {
    let scene = scene();
    let id = scene.desk.process(&scene.plugins).start(&scene.plan).await.unwrap();
    scene.desk.say(&id, Signal::Abort).await;
    assert_eq!(scene.said(&id).await, []);
    let ended = outcome(scene.desk.process(&scene.plugins).drive(&id, Until::End).await.unwrap());
    assert!(matches!(&ended, Outcome::Rejected { reason } if reason.contains("abort by bob")), "{ended:?}");
    assert_eq!(scene.target.snapshot().revisions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_approval_from_a_clock_that_is_ahead_expires_like_any_other() {
    const DAY: Duration = Duration::from_secs(86_400);
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target).gate("managers", ApprovalGate::by(2)).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary()).gate("managers").build(&plugins).unwrap();
    let id = desk.process(&plugins).start(&plan).await.unwrap();
    let (step, hash) = (plan.steps[0].id.clone(), desk.state(&id).await.hash().clone());
    let signal = Signal::Approval { step, plan: hash, decision: Decision::Approved };
    desk.journal.post(&id, &Signalled { at: sample::NOON + 7 * DAY, signal, ..promotion() }).await.unwrap();
    for says in ["1 of 2 approvals", "0 of 2 approvals"] {
        let ended = desk.process(&plugins).drive(&id, Until::Waiting).await.unwrap();
        assert!(matches!(&ended, Ended::Parked { reason } if reason.contains(says)), "{ended:?} does not say {says:?}");
        tokio::time::sleep(2 * DAY).await;
    }
}
