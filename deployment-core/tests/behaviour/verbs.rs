//! What a person is offered to say is what counts.

use deployment_core::{
    engine::{Outcome, State},
    gate::ApprovalGate,
    plan::Capacity,
    signal::Signal,
};

use crate::scene::{Desk, begin, builder, canary, outcome, serving, with};

fn words(state: &State) -> Vec<&'static str> {
    state.open_verbs().iter().map(Signal::word).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_open_follows_the_deployment() {
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target).gate("approval", ApprovalGate::by(1)).unwrap();
    let canary = canary().promote_by_hand_at(10.0).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary).gate("approval").build(&plugins).unwrap();
    let (id, mut handle) = begin(&desk.process(&plugins), &plan).await;
    desk.until(&id, |state| state.open_verbs().len() > 3).await;
    let asked = desk.state(&id).await.open_verbs();
    assert_eq!(words(&desk.state(&id).await), ["approve", "reject", "pause", "roll back", "abort"]);
    desk.say(&id, asked[0].clone()).await;
    desk.until_at(&id, "backend/bake-10").await;
    assert_eq!(words(&desk.state(&id).await), ["pause", "roll back", "abort"]);
    desk.say(&id, Signal::Pause).await;
    desk.until(&id, State::is_paused).await;
    assert_eq!(words(&desk.state(&id).await), ["resume", "roll back", "abort"]);
    desk.say(&id, Signal::Resume).await;
    desk.until_at(&id, "backend/hold-10").await;
    assert_eq!(words(&desk.state(&id).await), ["pause", "promote", "roll back", "abort"]);
    desk.say(&id, Signal::Promote).await;
    assert_eq!(outcome(handle.wait().await.unwrap()), Outcome::Succeeded);
    assert!(words(&desk.state(&id).await).is_empty(), "nothing counts after the end");
}
