//! What is wrong in what the library was given, or may not do.

use deployment_aws::ecs::EcsRolling;
use deployment_core::{ErrorKind, Percent, Release, ServiceName, Status, target::Target as _, testkit::sample};

use crate::{
    cloud::{Fault, World, config, virtually},
    goods::digest,
    shop::{Shop, release},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_said_or_cannot_be_is_refused_by_field_with_the_fix() {
    let config = World::new().await.config();
    let builder = || EcsRolling::builder(&config).cluster("main").service("shop").container("app");
    let arn = "arn:aws:ecs:eu-central-1:123456789012:task/main/1";
    let cases = [
        (EcsRolling::builder(&config).service("shop").container("app"), "ecs.cluster", "give"),
        (builder().cluster(arn), "ecs.cluster", "arn:aws:ecs:REGION:ACCOUNT:cluster/NAME"),
        (builder().service("my shop"), "ecs.service", "letters"),
        (builder().service(arn), "ecs.service", "arn:aws:ecs:REGION:ACCOUNT:service/NAME"),
        (builder().container(""), "ecs.container", "name the container"),
        (builder().surge(Percent::new(12.5).unwrap()), "ecs.surge", "whole percent"),
        (builder().surge(Percent::ZERO).minimum_healthy(Percent::ALL), "ecs.surge", "raise the surge"),
        (builder().alarm(""), "ecs.alarms", "CloudWatch"),
    ];
    for (builder, field, fix) in cases {
        let error = builder.build().unwrap_err();
        let said = error.to_string();
        assert!(error.kind() == ErrorKind::InvalidInput && said.contains(field) && said.contains(fix), "{said}");
    }
}

#[test]
fn what_is_not_there_is_named() {
    virtually(async {
        let shop = Shop::open().await;
        for (builder, named) in [(shop.builder().cluster("nowhere"), "nowhere"), (shop.builder().service("nothing"), "nothing")] {
            let error = builder.build().unwrap().observe().await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::NotFound, Status::Permanent), "{error}");
            assert!(error.to_string().contains(named), "{error}");
        }
        let target = shop.builder().container("web").build().unwrap();
        let said = target.replace(&sample::effect("t", 1), &release("2"), 2).await.unwrap_err().to_string();
        assert!(said.contains("no container \"web\"; it has app, envoy"), "{said}");
    });
}

#[test]
fn a_release_that_ecs_cannot_deploy_is_refused_before_anything_is_registered() {
    virtually(async {
        let shop = Shop::open().await;
        let bare = Release::new(ServiceName::new("shop").unwrap(), "2");
        let cases = [
            (bare.clone(), "needs a digest"),
            (bare.artifact("shop:2"), "needs a digest"),
            (release("2").setting("colour", "red"), "it knows env.NAME"),
            (release("2").setting("image.envoy", "envoy:2"), "digest"),
            (release("2").setting("image.nginx", format!("nginx@{}", digest("1"))), "no container \"nginx\""),
        ];
        for (release, why) in cases {
            let error = shop.target().replace(&sample::effect("t", 1), &release, 2).await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, Status::Permanent), "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
        assert_eq!(shop.definitions().await.len(), 1);
    });
}

#[test]
fn a_denial_names_the_action() {
    virtually(async {
        let shop = Shop::open().await;
        let calls = ["DescribeServices", "DescribeTaskDefinition", "ListServiceDeployments", "RegisterTaskDefinition", "UpdateService"];
        for call in calls {
            shop.world.proxy().once(call, 0, &Fault::Refused(400, "AccessDeniedException", "You may not"));
            let error = shop.target().replace(&sample::effect("t", 1), &release("2"), 2).await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Status::Permanent), "{error}");
            assert!(error.to_string().contains(&format!("ecs:{call}")), "{error}");
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_unreachable_and_may_be_tried_again() {
    let nowhere = config(([127, 0, 0, 1], 1).into());
    let target = EcsRolling::builder(&nowhere).cluster("main").service("shop").container("app").build().unwrap();
    let error = target.observe().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary), "{error}");
}
