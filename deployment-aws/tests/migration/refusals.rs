//! What is refused, and how it is said.

use deployment_aws::ecs::migration::EcsTaskMigration;
use deployment_core::{
    ErrorKind, Status,
    migration::{Migration, Phase},
};
use serde_json::json;

use crate::{
    cloud::{Fault, HOUR, MINUTE, virtually},
    support::Account,
};

#[test]
fn what_is_missing_is_named_before_any_call() {
    virtually(async {
        let account = Account::new().await;
        let config = account.world.virtual_config();
        let bare = || EcsTaskMigration::builder(&config, Phase::Expand);
        let task = || bare().task("prod", "migrate", "app");
        for (builder, field) in
            [(bare(), "task"), (task(), "apply"), (task().apply(["up"]), "status"), (task().apply(["up"]).status(["status"]), "network")]
        {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(&format!("{field}: ")), "{error}");
        }
        assert!(task().apply(["up"]).status(["status"]).on_instances().build().is_ok());
        assert!(account.world.proxy().calls().is_empty());
    });
}

#[test]
fn a_database_that_is_not_spoken_to_by_tls_is_not_migrated() {
    virtually(async {
        let account = Account::new().await;
        account.tell("task-make", json!({ "environment": { "PGSSLMODE": "prefer" } })).await;
        let lax = |name: &str| account.migration(name, Phase::Expand).task("prod", "migrate:2", "app");
        let error = lax("add").build().unwrap().apply(&account.effect("t", HOUR)).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidInput, Status::Permanent));
        assert!(error.to_string().contains("PGSSLMODE=verify-full"), "{error}");
        assert_eq!(account.world.proxy().count("RunTask"), 0);
        let strict = lax("add").environment("PGSSLMODE", "verify-full").build().unwrap();
        strict.apply(&account.effect("t", HOUR)).await.unwrap();
        assert_eq!(account.tasks("up add").await[0]["environment"], json!([{ "name": "PGSSLMODE", "value": "verify-full" }]));
        let open = lax("drop").without_tls("the socket is in the same task").build().unwrap();
        assert!(open.describe().contains("without TLS: the socket is in the same task"));
        open.apply(&account.effect("t2", HOUR)).await.unwrap();
    });
}

#[test]
fn what_is_not_there_is_named() {
    virtually(async {
        let account = Account::new().await;
        let with = |cluster: &str, definition: &str, container: &str| {
            account.migration("add", Phase::Expand).task(cluster, definition, container).build().unwrap()
        };
        for (migration, named) in [
            (with("nowhere", "migrate:1", "app"), "nowhere"),
            (with("prod", "nothing:1", "app"), "nothing"),
            (with("prod", "migrate:1", "sidecar"), "no container sidecar"),
        ] {
            let error = migration.apply(&account.effect("t", HOUR)).await.unwrap_err();
            assert_eq!(error.status(), Status::Permanent, "{error:?}");
            assert!(error.to_string().contains(named), "{error}");
        }
        assert!(account.tasks("up add").await.is_empty());
    });
}

#[test]
fn a_task_that_aws_does_not_place_is_said_with_its_reason_and_waits_where_that_passes() {
    virtually(async {
        let account = Account::new().await;
        let migration = account.reversible("add");
        let effect = account.effect("t", HOUR);
        for (reason, status) in [
            ("RESOURCE:CPU", Status::Temporary),
            ("AGENT", Status::Temporary),
            ("Capacity is unavailable at this time", Status::Temporary),
            ("ATTRIBUTE", Status::Permanent),
            ("INACTIVE", Status::Permanent),
        ] {
            account.tell("task-refuse", json!({ "reason": reason, "times": 1 })).await;
            let error = migration.apply(&effect).await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (ErrorKind::Failed, status), "{error:?}");
            assert!(error.to_string().contains(reason), "{error}");
        }
        migration.apply(&effect).await.unwrap();
        assert_eq!(account.tasks("up add").await.len(), 1);
    });
}

#[test]
fn a_denial_of_any_call_names_its_action() {
    virtually(async {
        let account = Account::new().await;
        for call in ["DescribeTaskDefinition", "ListTasks", "RunTask", "DescribeTasks", "StopTask"] {
            account.play(json!({ "command": "up add", "takes": null })).await;
            account.world.proxy().rule(move |name, _, _| (name == call).then_some(Fault::Refused(400, "AccessDeniedException", "no")));
            let error = account.reversible("add").apply(&account.effect(call, 5 * MINUTE)).await.unwrap_err();
            let text = format!("{error:?}");
            assert!(text.contains(&format!("ecs:{call}")) && text.contains("allow this action"), "{text}");
            account.world.proxy().clear();
        }
        // A log that cannot be read is said, and hides no failure.
        account.play(json!({ "command": "up add", "code": 9 })).await;
        account.world.proxy().rule(|name, _, _| (name == "GetLogEvents").then_some(Fault::Refused(400, "AccessDeniedException", "no")));
        let error = account.reversible("add").apply(&account.effect("log", HOUR)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("exit code 9") && text.contains("logs:GetLogEvents") && error.kind() == ErrorKind::Failed, "{text}");
    });
}
