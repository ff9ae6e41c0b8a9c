//! What a person is told before anything is done.

use deployment_core::{
    Actor, EnvironmentName, ErrorKind, Plan, Release, ServiceName, memory::MemoryTarget, plan::Capacity, strategy::BlueGreen,
    target::Target,
};

use crate::scene::{Desk, builder, canary, serving, with};

fn shop(version: &str) -> Release {
    Release::new(ServiceName::new("shop").unwrap(), version)
}

#[tokio::test(start_paused = true)]
async fn it_tells_what_changes_and_no_value_that_was_set_before() {
    let before = shop("1.0").artifact("sha256:aa").setting("token", "old-secret").setting("port", "80").setting("log", "info");
    let after = shop("2.0").artifact("sha256:bb").setting("token", "new").setting("log", "info");
    let target = MemoryTarget::builder().serving(before, 4).build();
    let (plugins, desk) = (with(&target), Desk::new());
    let plan = Plan::builder(after, EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap());
    let plan = plan.deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let was = target.observe().await.unwrap();
    let told = desk.process(&plugins).dry_run(&plan).await.unwrap().to_string();
    let lines = ["version 1.0 becomes 2.0", "artifact sha256:aa becomes sha256:bb", "token becomes \"new\"", "port is not set any more"];
    assert_eq!(told, format!("On backend:\n  {}", lines.join("\n  ")));
    assert_eq!(target.observe().await.unwrap(), was);
    assert_eq!(desk.process(&plugins).list().await.unwrap(), [], "nothing is journalled");
}

#[tokio::test(start_paused = true)]
async fn each_target_is_compared_with_its_own_release() {
    let plugins = with(&serving()).target("frontend", MemoryTarget::builder().serving(shop("f-1"), 1).build()).unwrap();
    let plan = builder().deploy("backend", Capacity::of(4), canary());
    let plan = plan.deploy_release("frontend", shop("f-2"), Capacity::of(1), BlueGreen::new()).build(&plugins).unwrap();
    let told = Desk::new().process(&plugins).dry_run(&plan).await.unwrap();
    let on = |name: &str| told.targets.iter().find(|(target, _)| target.as_str() == name).map(|(_, lines)| lines.clone()).unwrap();
    assert_eq!(on("frontend"), ["version f-1 becomes f-2"]);
    assert!(!on("backend").is_empty() && on("backend").iter().all(|line| !line.contains("f-")), "{told}");
}

#[tokio::test(start_paused = true)]
async fn what_serves_already_changes_nothing_and_what_is_not_known_is_said_to_be_so() {
    let target = serving();
    let serves = target.observe().await.unwrap().revisions.remove(0).release.unwrap();
    assert_eq!(target.changes(&serves).await.unwrap(), Vec::<String>::new());
    let empty = MemoryTarget::builder().build();
    assert_eq!(empty.changes(&serves).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_plan_for_other_plugins_is_refused() {
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&with(&serving())).unwrap();
    let error = Desk::new().process(&deployment_core::Plugins::new()).dry_run(&plan).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incompatible, "{error}");
}
