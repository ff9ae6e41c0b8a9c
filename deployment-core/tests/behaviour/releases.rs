//! Targets that get a release each: whoever is asked about one is told of that one's release.

use std::sync::{Arc, Mutex};

use deployment_core::{
    Plugins,
    engine::Outcome,
    gate::{self, GateVerdict},
    health::{self, HealthReport},
    judge::Tolerance,
    plan::Capacity,
    testkit::sample,
    watch::Watch,
};

use crate::scene::{Desk, builder, canary, drive, serving};

#[tokio::test(start_paused = true)]
async fn checks_gates_and_guards_are_told_of_their_targets_own_release() {
    let (desk, told) = (Desk::new(), Arc::new(Mutex::new(Vec::new())));
    let checked = Arc::clone(&told);
    let check = health::from_fn("says what it was told", move |context| {
        checked.lock().unwrap().push((context.subject.target.to_string(), context.deployment.release.version));
        async { Ok(HealthReport::healthy("here")) }
    });
    let gated = Arc::clone(&told);
    let gate = gate::from_fn("says what it was told", move |context| {
        let step = context.deployment.step.to_string();
        gated.lock().unwrap().push((step.split('/').next().unwrap_or_default().to_owned(), context.deployment.release.version));
        async { Ok(GateVerdict::Pass) }
    });
    let plugins = Plugins::new().target("backend", serving()).unwrap().target("frontend", serving()).unwrap();
    let plugins = plugins.watch("up", Watch::health(check, Tolerance::none())).unwrap().gate("told", gate).unwrap();
    let strategy = || canary().check_first("up").unwrap();
    let plan = builder()
        .deploy_release("backend", sample::release("7"), Capacity::of(4), strategy())
        .deploy_release("frontend", sample::release("9"), Capacity::of(4), strategy())
        .guard("up")
        .gate_traffic("told");
    let process = desk.process(&plugins);
    let id = process.start(&plan.build(&plugins).unwrap()).await.unwrap();
    assert_eq!(drive(&process, &id).await, Outcome::Succeeded);
    let told = told.lock().unwrap();
    for (target, version) in [("backend", "7"), ("frontend", "9")] {
        let of_it: Vec<_> = told.iter().filter(|(of, _)| of == target).collect();
        assert!(of_it.len() > 2 && of_it.iter().all(|(_, told)| told == version), "{target}: {of_it:?}");
    }
    assert!(told.iter().all(|(of, _)| of == "backend" || of == "frontend"), "{told:?}");
}
