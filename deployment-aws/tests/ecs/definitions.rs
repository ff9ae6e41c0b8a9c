//! Task definitions by difference: what is declared, and nothing else.

use aws_sdk_ecs::types::{
    ContainerDefinition, ContainerDependency, HostVolumeProperties, LogConfiguration, LogDriver, MountPoint, OsFamily, PortMapping,
    RuntimePlatform, Secret, TaskDefinition, Volume,
};
use deployment_core::{
    engine::Outcome,
    plan::{Policy, Redeploy},
    target::Target as _,
    testkit::sample,
};

use crate::{
    cloud::virtually,
    goods::digest,
    shop::{Shop, image, release},
};

async fn definition(shop: &Shop, name: &'static str) -> TaskDefinition {
    shop.ecs.describe_task_definition().task_definition(name).send().await.unwrap().task_definition.unwrap()
}

/// Registers something with a bit of everything, and deploys it behind the library's back.
async fn rich(shop: &Shop) {
    let log = LogConfiguration::builder().log_driver(LogDriver::Awslogs).options("awslogs-group", "shop").build().unwrap();
    let app = ContainerDefinition::builder()
        .name("app")
        .image(image("1"))
        .memory(256)
        .port_mappings(PortMapping::builder().container_port(8080).name("http").build())
        .secrets(Secret::builder().name("PASSWORD").value_from("arn:aws:ssm:eu-central-1:123456789012:parameter/p").build().unwrap())
        .mount_points(MountPoint::builder().source_volume("scratch").container_path("/scratch").build())
        .docker_labels("team", "checkout")
        .log_configuration(log)
        .depends_on(
            ContainerDependency::builder()
                .container_name("envoy")
                .condition(aws_sdk_ecs::types::ContainerCondition::Start)
                .build()
                .unwrap(),
        )
        .stop_timeout(30)
        .build();
    let envoy = ContainerDefinition::builder().name("envoy").image("envoy:1").memory(64).essential(false).build();
    let volume = Volume::builder().name("scratch").host(HostVolumeProperties::builder().build()).build();
    let platform =
        RuntimePlatform::builder().cpu_architecture(aws_sdk_ecs::types::CpuArchitecture::Arm64).operating_system_family(OsFamily::Linux);
    let request =
        shop.ecs.register_task_definition().family("shop").container_definitions(app).container_definitions(envoy).volumes(volume);
    let request = request.cpu("512").memory("1024").task_role_arn("arn:aws:iam::123456789012:role/task").runtime_platform(platform.build());
    let request = request.enable_fault_injection(true).pid_mode(aws_sdk_ecs::types::PidMode::Task);
    request.send().await.unwrap();
    shop.somebody(serde_json::json!({ "taskDefinition": "shop:2" })).await;
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
}

#[test]
fn what_is_not_declared_stays_as_it_is() {
    virtually(async {
        let shop = Shop::open().await;
        rich(&shop).await;
        let envoy = format!("envoy@{}", digest("7"));
        let declared =
            release("3").setting("env.LOG", "info").setting("env.MODE", "fast").setting("image.envoy", &envoy).setting("cpu", "1024");
        let target = shop.target();
        assert_eq!(shop.run(&target, &shop.plan(declared, &target)).await, Outcome::Succeeded);
        let (before, mut after) = (definition(&shop, "shop:2").await, definition(&shop, "shop:3").await);
        {
            let containers = after.container_definitions.as_mut().unwrap();
            assert_eq!(containers[0].image.replace(image("1")), Some(image("3")));
            assert_eq!(containers[1].image.replace("envoy:1".into()), Some(envoy));
            let variables = containers[0].environment.take().unwrap();
            let variables: Vec<_> = variables.iter().map(|pair| (pair.name().unwrap(), pair.value().unwrap())).collect();
            assert_eq!(variables, [("LOG", "info"), ("MODE", "fast")]);
            containers[0].environment = before.container_definitions.as_ref().unwrap()[0].environment.clone();
        }
        assert_eq!(after.cpu.replace("512".into()).as_deref(), Some("1024"));
        (after.task_definition_arn, after.revision) = (before.task_definition_arn.clone(), before.revision);
        after.registered_at = before.registered_at;
        assert_eq!(after, before);
    });
}

#[test]
fn a_preview_says_what_would_change_and_changes_nothing() {
    virtually(async {
        let shop = Shop::open().await;
        let declared = release("2").setting("env.LOG", "info").setting("env.REGION", "eu").setting("memory", "2048");
        let difference = shop.target().difference(&declared).await.unwrap();
        let (from, to) = (image("1"), image("2"));
        let told = format!(
            "a new revision from shop:1\n  app: image {from} becomes {to}\n  app: LOG becomes \"info\"\n  memory 1024 becomes 2048"
        );
        assert_eq!(difference.to_string(), told);
        assert_eq!(shop.definitions().await.len(), 1);
    });
}

#[test]
fn tags_say_which_deployment_made_it_and_others_stay() {
    virtually(async {
        let shop = Shop::open().await;
        assert_eq!(shop.deploy("2").await, Outcome::Succeeded);
        let (_, tags) = shop.definitions().await.remove(1);
        let value = |key: &str| tags.iter().find(|tag| tag.key() == Some(key)).and_then(|tag| tag.value()).unwrap_or_default().to_owned();
        assert_eq!((value("team"), value("deployment:replaces")), ("checkout".into(), "shop:1".into()));
        assert_eq!(value("deployment:token"), format!("{}/backend/replace", value("deployment:id")));
    });
}

#[test]
fn a_lost_registration_is_found_among_many_newer_ones_of_others() {
    virtually(async {
        let shop = Shop::open().await;
        let (target, context) = (shop.target(), sample::effect("one/backend/replace", 2));
        shop.world.proxy().once("UpdateService", 0, &crate::cloud::Fault::Reset);
        target.replace(&context, &release("2"), 2).await.unwrap_err();
        for _ in 0..120 {
            let app = ContainerDefinition::builder().name("app").image(image("8")).memory(256).build();
            shop.ecs.register_task_definition().family("shop").container_definitions(app).send().await.unwrap();
        }
        let other = shop.target();
        assert_eq!(other.replace(&context, &release("2"), 2).await.unwrap().as_str(), "shop:2");
        assert_eq!(shop.world.proxy().count("RegisterTaskDefinition"), 121, "it is registered once");
    });
}

#[test]
fn by_force_the_same_release_needs_no_digest_of_what_somebody_else_has_made() {
    virtually(async {
        let shop = Shop::open().await;
        let target = shop.target();
        let runs = target.observe().await.unwrap().revisions.remove(0).release.unwrap();
        assert_eq!((runs.version.as_str(), runs.artifact.clone()), ("shop:1", Some(digest("1"))));
        let policy = Policy { redeploy: Redeploy::Force, ..Policy::default() };
        let capacity = deployment_core::plan::Capacity::of(2);
        let builder = shop.plan_builder(runs).policy(policy).deploy("backend", capacity, deployment_core::strategy::Rolling::new());
        assert_eq!(shop.run(&target, &builder.build(&crate::shop::plugins(&target)).unwrap()).await, Outcome::Succeeded);
        assert_eq!(shop.runs().await, ["shop:2", "shop:2"]);
    });
}
