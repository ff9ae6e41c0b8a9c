//! What is allowed, and that the policy which is printed is enough.

use std::sync::Arc;

use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_ecs::types::{Compatibility, ContainerDefinition, LogConfiguration, LogDriver, NetworkMode, Secret};
use deployment_aws::{
    cloudwatch::{Alarms, CloudWatch},
    dynamodb::DynamoJournal,
    ecs::{EcsBlueGreen, EcsRolling, migration::EcsTaskMigration},
    preflight::{Findings, Needs, Permissions, Preflight, Principal, Supply as _},
};
use deployment_core::{
    ErrorKind, Status,
    engine::Outcome,
    journal::Journal,
    judge::Tolerance,
    migration::Phase,
    plan::{Capacity, Compensation, Step},
    strategy::Rolling,
    watch::Watch,
};
use serde_json::{Value, json};

use crate::{
    cloud::{Fault, virtually},
    put, scaled,
    shop::{Shop, TASKS, canary},
};

/// A shop with all that a deployment may have to do with, and the parts of it.
struct Scene {
    shop: Shop,
    journal: DynamoJournal,
}

impl Scene {
    async fn open() -> Self {
        let shop = Shop::open().await;
        let (config, world) = (shop.world.virtual_config(), Arc::clone(&shop.world));
        shop.world.call(async move { put::set(&world, "shop-5xx", StateValue::Ok, "a test says so").await }).await;
        scaled::set_up(&config, "blue").await;
        let journal = DynamoJournal::new(&config, "deployments");
        journal.create_table().await.unwrap();
        let scene = Self { shop, journal };
        scene.definition_with_roles().await;
        scene
    }

    /// What the services run from now on, and the migration: with roles, secrets, an image of ECR and a log.
    async fn definition_with_roles(&self) {
        let account = self.shop.world.account();
        let image = format!("{account}.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:{}", "1".repeat(64));
        let secret = Secret::builder().name("TOKEN").value_from("/shop/token").build().unwrap();
        let log = LogConfiguration::builder().log_driver(LogDriver::Awslogs).options("awslogs-group", "/ecs/migrate");
        let log = log.options("awslogs-stream-prefix", "ecs").options("awslogs-region", "eu-central-1").build().unwrap();
        let app =
            ContainerDefinition::builder().name("app").image(image).essential(true).memory(512).secrets(secret).log_configuration(log);
        self.shop.world.tell("task-make", &json!({})).await;
        let ecs = aws_sdk_ecs::Client::new(&self.shop.world.virtual_config());
        let definition = ecs.register_task_definition().family("migrate").container_definitions(app.build()).cpu("256").memory("512");
        let definition = definition.requires_compatibilities(Compatibility::Fargate).network_mode(NetworkMode::Awsvpc);
        let role = |name: &str| format!("arn:aws:iam::{account}:role/{name}");
        definition.task_role_arn(role("shop")).execution_role_arn(role("start")).send().await.unwrap();
        self.shop.world.tell("task-play", &json!({"command": "up add", "adds": "add"})).await;
        self.shop.world.tell("task-play", &json!({"command": "status add", "asks": "add", "takes": 5})).await;
    }

    fn migration(&self) -> EcsTaskMigration {
        let builder = EcsTaskMigration::builder(&self.shop.world.virtual_config(), Phase::Expand).task("prod", "migrate", "app");
        let builder = builder
            .network(["subnet-1"], ["sg-1"])
            .apply(["migrate", "up", "add"])
            .status(["migrate", "status", "add"])
            .revert(["migrate", "down", "add"]);
        builder.environment("PGSSLMODE", "verify-full").clock(Arc::new(self.shop.clock)).build().unwrap()
    }

    fn target(&self) -> EcsBlueGreen {
        let config = self.shop.world.virtual_config();
        EcsBlueGreen::new(&config, "main", ["blue", "green"], self.shop.router_by(&config)).unwrap().consistent_after(self.shop.read_lag)
    }

    fn rolling(&self) -> EcsRolling {
        let builder = EcsRolling::builder(&self.shop.world.virtual_config()).cluster("main").service("blue").container("app");
        builder.clock(Arc::new(self.shop.clock)).build().unwrap()
    }

    fn alarms(&self) -> Alarms {
        Alarms::named(&CloudWatch::new(&self.shop.world.virtual_config()), ["shop-5xx"]).unwrap()
    }

    /// All parts of a canary.
    fn preflight(&self) -> Preflight {
        let config = self.shop.world.virtual_config();
        Preflight::new()
            .of(self.target())
            .of(self.migration())
            .of(scaled::paused(&config, "blue"))
            .of(scaled::paused(&config, "green"))
            .of(self.alarms())
            .of(CloudWatch::new(&config))
            .of(self.journal.clone())
            .against(Permissions::new(&config))
    }

    /// From now on the driver may do what these policies say, and the tasks' role what `needs` has.
    async fn allow(&self, needs: &Needs, driver: Value) {
        let mut of_role = Needs::new();
        for permission in needs.permissions.iter().filter(|permission| permission.by != Principal::Driver) {
            of_role.allow(&permission.action, &permission.resource);
        }
        let world = &self.shop.world;
        world.tell("iam-role", &json!({"name": "start", "policies": {"start": document(&of_role)}})).await;
        world.tell("iam-driver", &driver).await;
    }

    async fn refused(&self) -> Value {
        self.shop.world.tell("iam-refused", &json!({})).await
    }

    /// The findings of the permissions alone.
    async fn compared(&self, needs: &Needs) -> Findings {
        let mut findings = Findings::default();
        Permissions::new(&self.shop.world.virtual_config()).compare(needs, &mut findings).await.unwrap();
        findings
    }
}

fn document(needs: &Needs) -> Value {
    serde_json::from_str(&needs.policy()).unwrap()
}

fn printed(needs: &Needs) -> Value {
    json!({"policies": {"printed": document(needs)}})
}

#[test]
fn a_whole_canary_needs_no_more_than_the_policy_that_is_printed() {
    virtually(async {
        let scene = Scene::open().await;
        let preflight = scene.preflight();
        let needs = preflight.needs().await.unwrap();
        scene.allow(&needs, printed(&needs)).await;
        assert_eq!(preflight.check().await.unwrap(), Vec::<String>::new());
        assert_eq!(scene.refused().await, json!([]));

        let config = scene.shop.world.virtual_config();
        let plugins = scene.shop.plugins_of(Arc::new(scene.target()));
        let plugins = plugins.gate("preflight", scene.preflight()).unwrap().migration("add", scene.migration()).unwrap();
        let plugins = plugins.action("scaling-of-blue", scaled::paused(&config, "blue")).unwrap();
        let plugins = plugins.action("scaling-of-green", scaled::paused(&config, "green")).unwrap();
        let plugins = plugins.watch("alarms", Watch::health(scene.alarms(), Tolerance::none())).unwrap();
        let paused = |name: &str| Step::action(&format!("pause-{name}"), name).unwrap().compensated_by(Compensation::Finally);
        let plan = scene.shop.plan_builder("2").gate("preflight").guard("alarms");
        let plan = plan.before(paused("scaling-of-blue")).before(paused("scaling-of-green"));
        let plan = plan.deploy("backend", Capacity::of(TASKS), canary()).migrate("add").build(&plugins).unwrap();
        let journal: Arc<dyn Journal> = Arc::new(scene.journal.clone());
        let orchestrator = scene.shop.orchestrator_with(journal, plugins);
        orchestrator.start_as(&scene.shop.id, &plan).await.unwrap();
        assert_eq!(scene.shop.drive(&orchestrator).await, Outcome::Succeeded);
        // Nothing was refused that was then done in another way, or not at all.
        assert_eq!(scene.refused().await, json!([]));
    });
}

#[test]
fn a_rolling_deployment_needs_no_more_than_the_policy_that_is_printed() {
    virtually(async {
        let scene = Scene::open().await;
        let preflight = Preflight::new().of(scene.rolling()).against(Permissions::new(&scene.shop.world.virtual_config()));
        let needs = preflight.needs().await.unwrap();
        scene.allow(&needs, printed(&needs)).await;
        assert_eq!(preflight.check().await.unwrap(), Vec::<String>::new());
        let plugins = scene.shop.plugins_of(Arc::new(scene.rolling()));
        let plan = scene.shop.plan_builder("2").deploy("backend", Capacity::of(TASKS), Rolling::new()).build(&plugins).unwrap();
        let orchestrator = scene.shop.orchestrator_with(Arc::clone(&scene.shop.journal), plugins);
        orchestrator.start_as(&scene.shop.id, &plan).await.unwrap();
        assert_eq!(scene.shop.drive(&orchestrator).await, Outcome::Succeeded);
        assert_eq!(scene.refused().await, json!([]));
    });
}

#[test]
fn every_single_permission_that_is_missing_is_told() {
    virtually(async {
        let scene = Scene::open().await;
        let needs = scene.preflight().needs().await.unwrap();
        for missing in &needs.permissions {
            let mut fewer = needs.clone();
            fewer.permissions.remove(missing);
            let mut driver = printed(&fewer);
            driver["heeded"] = json!(false);
            scene.allow(&fewer, driver).await;
            let told = scene.compared(&needs).await;
            let sentence = format!("may not {} on {}; no policy allows it", missing.action, missing.resource);
            // A repository may allow it by a policy of its own.
            let certain = !missing.action.starts_with("ecr:") || missing.resource == "*";
            let (expected, others) = if certain { (&told.problems, &told.warnings) } else { (&told.warnings, &told.problems) };
            assert!(matches!(expected.as_slice(), [one] if one.contains(&sentence)) && others.is_empty(), "{missing:?}: {told:?}");
        }
    });
}

#[test]
fn it_is_told_what_denies() {
    virtually(async {
        let scene = Scene::open().await;
        let needs = scene.preflight().needs().await.unwrap();
        let denying = |action: &str| json!({"Statement": {"Effect": "Deny", "Action": action, "Resource": "*"}});
        let all_but =
            |action: &str| json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, denying(action)["Statement"]]});
        let depends = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestTag/team": "checkout"}}}});
        let cases = [
            (json!({"policies": {"printed": document(&needs), "no-tasks": denying("ecs:RunTask")}}), "the policy no-tasks denies it"),
            (json!({"policies": {"printed": document(&needs)}, "boundary": all_but("ecs:RunTask")}), "its permissions boundary does not"),
            (
                json!({"policies": {"printed": document(&needs)}, "scp": all_but("ecs:RunTask")}),
                "a service control policy of the organization",
            ),
        ];
        for (mut driver, why) in cases {
            driver["heeded"] = json!(false);
            scene.allow(&needs, driver).await;
            let told = scene.compared(&needs).await;
            assert!(matches!(told.problems.as_slice(), [one] if one.contains("ecs:RunTask") && one.contains(why)), "{why}: {told:?}");
        }
        scene.allow(&needs, json!({"policies": {"tagged": depends}, "heeded": false})).await;
        let told = scene.compared(&needs).await;
        assert!(told.problems.is_empty(), "{told:?}");
        assert!(
            told.warnings
                .iter()
                .any(|told| told.contains("ecs:UpdateService") && told.contains("without aws:RequestTag/team, which only a call has")),
            "{told:?}"
        );
    });
}

#[test]
fn conditions_that_have_nothing_to_do_with_it_hide_nothing() {
    virtually(async {
        let scene = Scene::open().await;
        let needs = scene.preflight().needs().await.unwrap();
        let mut fewer = needs.clone();
        fewer.permissions.retain(|permission| permission.action != "ecs:UpdateService");
        let condition = |operator: &str, key: &str, value: &str| json!({operator: {key: value}});
        let files = json!({"Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*",
            "Condition": condition("StringEquals", "s3:prefix", "shop")}});
        let region = json!({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": condition("StringNotEquals", "aws:RequestedRegion", "eu-central-1")}});
        scene.allow(&fewer, json!({"policies": {"printed": document(&fewer), "files": files, "region": region}, "heeded": false})).await;
        let told = scene.compared(&needs).await;
        assert!(told.warnings.is_empty(), "{told:?}");
        assert!(told.problems.len() == 2 && told.problems.iter().all(|told| told.contains("may not ecs:UpdateService on")), "{told:?}");
    });
}

#[test]
fn what_was_found_is_told_also_if_the_rest_may_not_be_looked_at() {
    virtually(async {
        let scene = Scene::open().await;
        let needs = scene.preflight().needs().await.unwrap();
        scene.allow(&Needs::new(), json!({"policies": {"nothing": {"Statement": []}}, "heeded": false})).await;
        let denied = Fault::Refused(403, "AccessDenied", "User is not authorized to perform: iam:SimulatePrincipalPolicy");
        let mut seen = 0;
        scene.shop.world.proxy().rule(move |name, _, _| {
            seen += usize::from(name == "SimulatePrincipalPolicy");
            (name == "SimulatePrincipalPolicy" && seen > 12).then(|| denied.clone())
        });
        let told = scene.compared(&needs).await;
        assert!(!told.problems.is_empty() && told.warnings.iter().any(|told| told.contains("iam:SimulatePrincipalPolicy")), "{told:?}");
    });
}

#[test]
fn a_role_that_is_not_there_is_a_problem_and_one_that_may_not_be_looked_at_a_warning() {
    virtually(async {
        let scene = Scene::open().await;
        let needs = scene.preflight().needs().await.unwrap();
        scene.shop.world.tell("iam-driver", &printed(&needs)).await;
        let told = scene.preflight().check().await.unwrap_err().to_string();
        assert!(told.contains("permissions: There is no arn:aws:iam::") && told.contains("role/start"), "{told}");

        let mut fewer = needs.clone();
        fewer.permissions.retain(|permission| permission.action != "iam:SimulatePrincipalPolicy");
        scene.allow(&needs, printed(&fewer)).await;
        let warnings = scene.preflight().check().await.unwrap();
        assert!(warnings.iter().all(|told| told.contains("action: iam:SimulatePrincipalPolicy")), "{warnings:?}");
        fewer.permissions.retain(|permission| permission.action != "iam:GetRole");
        scene.allow(&needs, printed(&fewer)).await;
        let warnings = scene.preflight().check().await.unwrap();
        assert!(warnings.iter().any(|told| told.contains("action: iam:GetRole")), "{warnings:?}");
    });
}

#[test]
fn what_is_throttled_is_asked_for_again_by_whoever_asks() {
    virtually(async {
        let scene = Scene::open().await;
        let preflight = scene.preflight();
        let needs = preflight.needs().await.unwrap();
        scene.allow(&needs, printed(&needs)).await;
        scene.shop.world.proxy().once("SimulatePrincipalPolicy", 3, &Fault::Refused(400, "Throttling", "Rate exceeded"));
        let error = preflight.check().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Status::Temporary), "{error:?}");
        assert!(error.to_string().contains("could not be looked at: permissions"), "{error}");
        scene.shop.world.proxy().once("SimulatePrincipalPolicy", 3, &Fault::Reset);
        assert_eq!(preflight.check().await.unwrap_err().status(), Status::Temporary);
        assert_eq!(preflight.check().await.unwrap(), Vec::<String>::new());
    });
}
