//! What tells two plans apart: their differences in words, and the hash of their bytes.

use std::{collections::BTreeSet, sync::Arc};

use deployment_core::{
    Actor, EnvironmentName, Percent, Plan, Plugins, Result, TestRule,
    engine::Record,
    gate::ApprovalGate,
    memory::MemoryTarget,
    plan::{Capacity, Change, Inconclusive, PlanHash, Policy, Step, WayBack},
    strategy::{BlueGreen, PlanContext, Strategy, StrategyPlan},
    target::{Capabilities, Capability},
    testkit::{fake::FakeAction, sample},
};

use crate::scene::{Desk, MINUTE, builder, canary, serving, with};

fn plugins() -> Plugins {
    let plugins = with(&serving()).gate("approval", ApprovalGate::by(1)).unwrap();
    plugins.action("flag", FakeAction::named("flag")).unwrap()
}

fn plan() -> Plan {
    builder().deploy("backend", Capacity::of(4), canary()).build(&plugins()).unwrap()
}

fn bytes(plan: &Plan) -> Vec<u8> {
    serde_json::to_vec(plan).unwrap()
}

fn changed(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut changed = plan();
    change(&mut changed);
    changed
}

/// Plans that differ from the first one, each in one thing, and what is said of it.
fn others() -> Vec<(&'static str, Plan)> {
    let gated = builder().deploy("backend", Capacity::of(4), canary()).gate("approval").build(&plugins()).unwrap();
    let longer = builder().deploy("backend", Capacity::of(4), canary().bake(2 * MINUTE)).build(&plugins()).unwrap();
    let flag = Step::action("flag", "flag").unwrap();
    let flagged = builder().before(flag).deploy("backend", Capacity::of(4), canary()).build(&plugins()).unwrap();
    vec![
        ("~ release: shop 2 → shop 3", changed(|plan| plan.release.version = "3".into())),
        ("~ artifact: None → Some(\"sha256:4bf5\")", changed(|plan| plan.release = plan.release.clone().artifact("sha256:4bf5"))),
        ("~ commit: ", changed(|plan| plan.release = plan.release.clone().commit("9fceb02"))),
        ("~ notes:  → mended", changed(|plan| plan.release = plan.release.clone().notes("mended"))),
        ("~ settings: ", changed(|plan| plan.release = plan.release.clone().setting("port", "80"))),
        ("~ environment: production → staging", changed(|plan| plan.environment = EnvironmentName::new("staging").unwrap())),
        ("~ author: ada → eve", changed(|plan| plan.author = Actor::new("eve").unwrap())),
        ("~ targets: ", changed(|plan| plan.targets[0].capacity = Capacity::of(4).at_least(3))),
        ("~ policy: ", changed(|plan| plan.policy.on_inconclusive = Inconclusive::Ask)),
        ("~ backend/launch", gated),
        ("~ backend/bake-10\n~ backend/bake-100", longer),
        ("+ flag", flagged),
        ("- backend/verify", changed(|plan| plan.steps.retain(|step| step.id.as_str() != "backend/verify"))),
        ("~ the order of steps", changed(|plan| plan.steps.swap(0, 1))),
        ("~ backend/launch", changed(|plan| plan.steps[0].deadline += MINUTE)),
    ]
}

#[test]
fn the_same_plan_has_no_differences_and_the_same_hash() {
    assert!(plan().diff(&plan()).changes().is_empty());
    assert_eq!(plan().diff(&plan()).to_string(), "the same");
    assert_eq!(PlanHash::of(&bytes(&plan())), PlanHash::of(&bytes(&plan())));
}

#[test]
fn every_difference_is_told_and_changes_the_hash() {
    let mut hashes = BTreeSet::from([PlanHash::of(&bytes(&plan()))]);
    for (says, other) in others() {
        let diff = plan().diff(&other);
        assert!(diff.to_string().contains(says), "{says:?} is not in: {diff}");
        assert!(!other.diff(&plan()).changes().is_empty(), "{says:?} the other way round");
        assert!(hashes.insert(PlanHash::of(&bytes(&other))), "{says:?} has a hash that another plan has");
    }
}

#[test]
fn another_strategy_is_told_step_by_step() {
    let other = builder().deploy("backend", Capacity::of(4), BlueGreen::new()).build(&plugins()).unwrap();
    let diff = plan().diff(&other);
    let removed = |step: &str| diff.changes().iter().any(|change| matches!(change, Change::Removed(id) if id.as_str() == step));
    assert!(removed("backend/route-10") && removed("backend/bake-10"), "{diff}");
    let field = |name: &str| diff.changes().iter().any(|change| matches!(change, Change::Field { field, .. } if *field == name));
    assert!(field("strategy") && !field("release") && !field("policy"), "{diff}");
}

#[test]
fn every_byte_counts_for_the_hash() {
    let bytes = bytes(&plan());
    let hash = PlanHash::of(&bytes);
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        assert_ne!(PlanHash::of(&other), hash, "byte {at}");
    }
    assert_ne!(PlanHash::of(&bytes[..bytes.len() - 1]), hash);
}

#[test]
fn a_plan_survives_its_bytes() {
    let ramped = WayBack::Ramped { shares: vec![Percent::new(30.0).unwrap()], pause: MINUTE };
    let policy = Policy { way_back: ramped, expected_duration: Some(MINUTE), ..Policy::default() };
    for (_, plan) in others().into_iter().chain([("", changed(|plan| plan.policy = policy))]) {
        let read: Plan = serde_json::from_slice(&bytes(&plan)).unwrap();
        assert!(plan.diff(&read).changes().is_empty());
        assert_eq!(bytes(&read), bytes(&plan));
    }
}

/// Says less than its steps need.
#[derive(Debug)]
struct Modest;

impl Strategy for Modest {
    fn describe(&self) -> String {
        "modest".into()
    }

    fn needs(&self, _can: &Capabilities) -> Capabilities {
        Capabilities::of([Capability::Launch, Capability::Switch])
    }

    fn plan(&self, context: &PlanContext) -> Result<StrategyPlan> {
        let tests = vec![TestRule::Listener { port: 8_443 }];
        let prepare = vec![context.launch(context.capacity.desired), context.route_tests(tests)];
        Ok(StrategyPlan { prepare, shift: vec![context.route(Percent::ALL)], finish: context.remove_stable() })
    }
}

#[test]
fn a_test_rule_that_the_target_cannot_follow_is_refused_when_the_plan_is_built() {
    use Capability::{Launch, Split, Switch, TestListener, TestRoute};
    let build = |can: Capability, strategy: Arc<dyn Strategy>| {
        let target = MemoryTarget::builder().serving(sample::release("1"), 4).capabilities([Launch, Switch, Split, can]).build();
        builder().deploy_with("backend", Capacity::of(4), strategy).build(&with(&target))
    };
    let header = || TestRule::Header { name: "x-test".into(), value: "yes".into() };
    let listener = || TestRule::Listener { port: 8_443 };
    let strategies: [(Arc<dyn Strategy>, Capability); 5] = [
        (Arc::new(BlueGreen::new().test_route(header())), TestRoute),
        (Arc::new(BlueGreen::new().test_route(listener())), TestListener),
        (Arc::new(canary().test_route(header())), TestRoute),
        (Arc::new(canary().test_route(listener())), TestListener),
        (Arc::new(Modest), TestListener),
    ];
    for (strategy, needed) in strategies {
        for can in [TestRoute, TestListener] {
            let built = build(can, Arc::clone(&strategy));
            assert_eq!(built.is_ok(), can == needed, "{strategy:?} where the target can {can}: {built:?}");
            if let Err(error) = built {
                let said = error.to_string();
                assert!(said.contains(&format!("backend cannot {needed}")), "{said}");
            }
        }
    }
    let both = Arc::new(canary().test_route(header()).test_route(listener()));
    assert!(build(TestRoute, both).is_err());
}

#[tokio::test(start_paused = true)]
async fn the_hash_of_a_deployment_is_that_of_the_stored_bytes() {
    let (desk, plan) = (Desk::new(), plan());
    let id = desk.process(&plugins()).start(&plan).await.unwrap();
    let records = desk.records(&id).await;
    let Record::Started { plan: stored, hash, .. } = &records[0] else { panic!("{records:?}") };
    assert_eq!(*hash, PlanHash::of(stored.get().as_bytes()));
    assert_eq!(stored.get().as_bytes(), bytes(&plan));
    assert_eq!(desk.state(&id).await.hash(), hash);
    assert_eq!(desk.state(&id).await.plan().release, sample::release("2"));
}
