//! Who else sets the number of tasks: auto scaling, and a person in an emergency.

use std::sync::Arc;

use deployment_aws::ecs::ScalingPaused;
use deployment_core::{
    ErrorKind, Status,
    action::Action as _,
    engine::Outcome,
    plan::{Capacity, Compensation, Step},
    strategy::Rolling,
    testkit::{assert_none, conformance, sample},
};
use serde_json::{Value, json};

use crate::{
    cloud::{Fault, virtually},
    scaled::{self, AS_SET_UP, PAUSED, Scaling},
    shop::{Shop, plugins, release},
};

fn paused(shop: &Shop) -> ScalingPaused {
    scaled::paused(&shop.world.virtual_config(), "shop")
}

/// The service is scaled automatically.
async fn scaled(shop: &Shop) {
    scaled::set_up(&shop.world.virtual_config(), "shop").await;
}

async fn now(shop: &Shop) -> Scaling {
    scaled::now(&shop.world.virtual_config(), "shop").await
}

#[test]
fn scaling_stands_still_during_a_deployment_and_is_as_before_after_it_however_it_ends() {
    for behaviour in [json!({}), json!({ "crashes_at_start": true })] {
        for fault in [None, Some(Fault::LostAnswer), Some(Fault::Reset), Some(Fault::Refused(400, "ThrottlingException", "Rate exceeded"))]
        {
            virtually(async {
                let shop = Shop::open().await;
                scaled(&shop).await;
                shop.behaves("2", behaviour.clone()).await;
                if let Some(fault) = &fault {
                    let (fault, mut seen) = (fault.clone(), 0);
                    shop.world.proxy().rule(move |name, _, _| {
                        seen += usize::from(name == "RegisterScalableTarget");
                        (name == "RegisterScalableTarget" && seen % 2 == 1).then(|| fault.clone())
                    });
                }
                let target = shop.target();
                let plugins = plugins(&target).action("scaling", paused(&shop)).unwrap();
                let step = Step::action("pause-scaling", "scaling").unwrap().compensated_by(Compensation::Finally);
                let plan = shop.plan_builder(release("2")).before(step).deploy("backend", Capacity::of(2), Rolling::new());
                let plan = plan.build(&plugins).unwrap();
                let orchestrator = shop.orchestrator_with(Arc::clone(&shop.journal), plugins);
                let id = orchestrator.start(&plan).await.unwrap();
                let still = async {
                    tokio::time::sleep(std::time::Duration::from_secs(12)).await;
                    now(&shop).await
                };
                let (outcome, still) = tokio::join!(shop.drive(&orchestrator, &id), still);
                assert_eq!(still, PAUSED, "{fault:?}");
                assert_eq!(outcome == Outcome::Succeeded, behaviour == json!({}), "{fault:?} {outcome:?}");
                assert_eq!(now(&shop).await, AS_SET_UP, "{fault:?}");
            });
        }
    }
}

#[test]
fn the_contract_of_an_action_is_kept_and_a_service_that_is_not_scaled_is_left_alone() {
    virtually(async {
        let shop = Shop::open().await;
        let action = paused(&shop);
        let before = action.prepare(&sample::deployment(sample::NOON)).await.unwrap();
        action.apply(&sample::effect("t", 1), &before).await.unwrap();
        action.undo(&sample::effect("t", 1), &before).await.unwrap();
        assert_eq!((before, shop.world.proxy().count("RegisterScalableTarget")), (Value::Null, 0));
        scaled(&shop).await;
        assert_none(&conformance::action::check(&action).await);
        shop.world.proxy().once("RegisterScalableTarget", 0, &Fault::Refused(400, "AccessDeniedException", "You may not"));
        let before = action.prepare(&sample::deployment(sample::NOON)).await.unwrap();
        let error = action.apply(&sample::effect("t", 1), &before).await.unwrap_err();
        assert!(
            error.status() == Status::Permanent && error.to_string().contains("application-autoscaling:RegisterScalableTarget"),
            "{error}"
        );
    });
}

#[test]
fn more_tasks_than_the_plan_says_stay_where_others_scale() {
    virtually(async {
        let shop = Shop::open().await;
        shop.somebody(json!({ "desiredCount": 4 })).await;
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        let target = shop.builder().scaled_by_others().build().unwrap();
        assert_eq!(shop.run(&target, &shop.plan(release("2"), &target)).await, Outcome::Succeeded);
        assert_eq!(shop.runs().await, ["shop:2"; 4]);
    });
}

#[test]
fn an_emergency_only_raises_the_number_and_not_over_the_limit() {
    virtually(async {
        let shop = Shop::open().await;
        let target = shop.target();
        let scale = |to, at_most| target.scale_up(to, at_most);
        assert_eq!(scale(6, 8).await.unwrap(), 2);
        assert_eq!(scale(3, 8).await.unwrap(), 6);
        assert_eq!(scale(9, 8).await.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(shop.service().await.desired_count(), 6);
        assert_eq!(shop.world.proxy().count("UpdateService"), 1);
        shop.world.proxy().once("UpdateService", 0, &Fault::LostAnswer);
        assert_eq!(scale(7, 8).await.unwrap_err().status(), Status::InDoubt);
        assert_eq!((scale(7, 8).await.unwrap(), shop.rollouts().await), (7, 1));
    });
}
