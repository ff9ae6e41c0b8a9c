//! One migration at a time: the contract, and how a task can end.

use std::time::Duration;

use deployment_core::{
    Error, ErrorKind, Result, Status,
    action::ActionStatus,
    migration::{Migration, Phase, Reversibility},
    testkit::{assert_none, conformance},
    time::Clock as _,
};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::{
    cloud::{Fault, HOUR, MINUTE, virtually},
    support::Account,
};

fn said(result: Result<impl std::fmt::Debug>) -> (ErrorKind, Status, String) {
    let error: Error = result.unwrap_err();
    (error.kind(), error.status(), error.to_string())
}

#[test]
fn a_migration_keeps_the_contract_with_and_without_a_way_back() {
    virtually(async {
        let account = Account::new().await;
        let reversible = account.reversible("add");
        assert_eq!(reversible.reversibility(), Reversibility::Reversible);
        assert_none(&conformance::migration::check(&reversible).await);
        assert_eq!(account.database().await.1, 2, "applied and taken back");
        let irreversible = account.migration("drop", Phase::Contract).build().unwrap();
        assert_eq!((irreversible.phase(), irreversible.reversibility()), (Phase::Contract, Reversibility::Irreversible));
        assert_none(&conformance::migration::check(&irreversible).await);
        assert_eq!(account.database().await.0, ["drop"]);
        let kind = said(irreversible.revert(&account.effect("t", HOUR)).await).0;
        assert_eq!(kind, ErrorKind::Unsupported);
    });
}

#[test]
fn one_effect_is_one_task_and_another_effect_is_another() {
    virtually(async {
        let account = Account::new().await;
        let migration = account.reversible("add");
        let effect = account.effect("t", HOUR);
        // The first caller is cut off; the second waits for the same task, the third finds it done.
        timeout(MINUTE, migration.apply(&effect)).await.unwrap_err();
        migration.apply(&effect).await.unwrap();
        migration.apply(&effect).await.unwrap();
        assert_eq!(account.tasks("up add").await.len(), 1);
        migration.apply(&account.effect("another", HOUR)).await.unwrap();
        assert_eq!(account.tasks("up add").await.len(), 2);
        let started_by = account.tasks("up add").await[0]["startedBy"].as_str().unwrap().to_owned();
        assert!(started_by.len() <= 36 && started_by.starts_with("dm-"), "{started_by}");
    });
}

#[test]
fn a_throttled_start_did_not_happen_and_one_without_an_answer_is_in_doubt() {
    virtually(async {
        let account = Account::new().await;
        let migration = account.reversible("add");
        for (fault, kind, status) in [
            (Fault::Refused(400, "ThrottlingException", "Rate exceeded"), ErrorKind::RateLimited, Status::Temporary),
            (Fault::Reset, ErrorKind::Unreachable, Status::InDoubt),
            (Fault::Refused(500, "ServerException", "no"), ErrorKind::Unreachable, Status::InDoubt),
        ] {
            account.world.proxy().once("RunTask", 0, &fault);
            let failed = said(migration.apply(&account.effect("t", HOUR)).await);
            assert_eq!((failed.0, failed.1), (kind, status), "{}", failed.2);
        }
        assert!(account.tasks("up add").await.is_empty());
        migration.apply(&account.effect("t", HOUR)).await.unwrap();
        assert_eq!(account.database().await.1, 1);
    });
}

#[test]
fn a_start_that_does_not_show_yet_is_not_repeated() {
    for fault in [Fault::LostAnswer, Fault::FailedAfter] {
        virtually(async {
            let account = Account::new().await;
            account.play(json!({ "command": "up add", "adds": "add", "unknown_for": 25 })).await;
            let (migration, effect) = (account.reversible("add"), account.effect("t", HOUR));
            account.world.proxy().once("RunTask", 0, &fault);
            assert_eq!(said(migration.apply(&effect).await).1, Status::InDoubt);
            migration.apply(&effect).await.unwrap();
            assert_eq!(account.world.proxy().count("RunTask"), 2, "it was not found, and asked for by the same token");
            assert_eq!(account.tasks("up add").await.len(), 1);
        });
    }
}

#[test]
fn what_somebody_else_has_undone_is_done_again() {
    virtually(async {
        let account = Account::new().await;
        let (migration, effect) = (account.reversible("add"), account.effect("t", HOUR));
        migration.apply(&effect).await.unwrap();
        sleep(MINUTE).await;
        account.tell("task-database", json!({ "applied": [] })).await;
        assert_eq!(migration.status().await.unwrap(), ActionStatus::NotDone);
        migration.apply(&effect).await.unwrap();
        assert_eq!(account.database().await.0, ["add"]);
    });
}

#[test]
fn what_has_failed_is_done_again_when_it_is_asked_for_again() {
    virtually(async {
        let account = Account::new().await;
        account.play(json!({ "command": "up add", "code": 1, "logs": ["the lock is taken"] })).await;
        let migration = account.reversible("add");
        let effect = account.effect("t", HOUR);
        let failed = said(migration.apply(&effect).await);
        assert_eq!((failed.0, failed.1), (ErrorKind::Failed, Status::Permanent));
        assert!(failed.2.contains("exit code 1") && failed.2.contains("the lock is taken"), "{}", failed.2);
        account.play(json!({ "command": "up add", "adds": "add" })).await;
        migration.apply(&effect).await.unwrap();
        assert_eq!(account.tasks("up add").await.len(), 2);
        assert_eq!(account.database().await, (vec!["add".to_owned()], 1));
    });
}

#[test]
fn a_task_that_cannot_start_or_is_interrupted_says_so() {
    virtually(async {
        let account = Account::new().await;
        let migration = account.reversible("add");
        account.play(json!({ "command": "up add", "refuses": "CannotPullContainerError: pull image manifest has been retried" })).await;
        let failed = said(migration.apply(&account.effect("one", HOUR)).await);
        assert_eq!(failed.1, Status::Permanent);
        assert!(
            ["did not run to an end", "TaskFailedToStart", "CannotPullContainerError"].iter().all(|part| failed.2.contains(part)),
            "{}",
            failed.2
        );
        // What AWS takes back may have done a part: nobody says that it did not happen.
        account.play(json!({ "command": "up add", "interrupted": "SpotInterruption" })).await;
        let effect = account.effect("two", HOUR);
        assert_eq!(said(migration.apply(&effect).await).1, Status::InDoubt);
        assert_eq!(migration.status().await.unwrap(), ActionStatus::NotDone);
        account.play(json!({ "command": "up add", "adds": "add" })).await;
        migration.apply(&effect).await.unwrap();
        assert_eq!(migration.status().await.unwrap(), ActionStatus::Done);
    });
}

#[test]
fn a_task_whose_time_is_over_is_stopped_however_bad_the_way_there_is() {
    for fault in [
        None,
        Some(Fault::LostAnswer),
        Some(Fault::FailedAfter),
        Some(Fault::Reset),
        Some(Fault::Refused(400, "ThrottlingException", "Rate exceeded")),
    ] {
        virtually(async {
            let account = Account::new().await;
            account.play(json!({ "command": "up add", "takes": null })).await;
            if let Some(fault) = &fault {
                account.world.proxy().once("StopTask", 0, fault);
            }
            let effect = account.effect("t", 10 * MINUTE);
            let overdue = said(account.reversible("add").apply(&effect).await);
            assert_eq!((overdue.0, overdue.1), (ErrorKind::Failed, Status::InDoubt), "{fault:?}");
            assert!(overdue.2.contains("it was RUNNING when its time was over, and is stopped"), "{}", overdue.2);
            assert!(account.clock.now() <= effect.deadline, "{fault:?}");
            sleep(2 * MINUTE).await;
            let tasks = account.tasks("up add").await;
            assert_eq!((tasks.len(), &tasks[0]["status"], &tasks[0]["stopCode"]), (1, &json!("STOPPED"), &json!("UserInitiated")));
        });
    }
}

#[test]
fn the_status_is_told_by_one_task_however_often_the_question_is_cut_off() {
    virtually(async {
        let account = Account::new().await;
        let migration = account.reversible("add");
        let mut cut = 0;
        // As an engine asks, whose patience with one call is shorter than a task takes to start.
        let status = loop {
            match timeout(Duration::from_secs(30), migration.status()).await {
                Ok(status) => break status.unwrap(),
                Err(_) => cut += 1,
            }
        };
        assert_eq!((status, account.tasks("status add").await.len()), (ActionStatus::NotDone, 1));
        assert!(cut >= 2, "it was cut off {cut} times");
        for (code, status) in [(11, Some(ActionStatus::Partial)), (0, Some(ActionStatus::Done)), (1, None), (127, None)] {
            account.play(json!({ "command": "status add", "code": code, "logs": ["no such table"] })).await;
            match (migration.status().await, status) {
                (Ok(found), Some(status)) => assert_eq!(found, status),
                (Err(error), None) => assert!(error.to_string().contains("no such table"), "{error}"),
                (found, _) => panic!("{code}: {found:?}"),
            }
        }
        assert_eq!(account.tasks("status add").await.len(), 5, "each question has a task of its own");
    });
}

#[test]
fn an_answer_that_nobody_came_for_is_too_old_later() {
    virtually(async {
        let account = Account::new().await;
        let migration = account.reversible("add");
        timeout(Duration::from_secs(30), migration.status()).await.unwrap_err();
        sleep(20 * MINUTE).await;
        account.tell("task-database", json!({ "applied": ["add"] })).await;
        assert_eq!(migration.status().await.unwrap(), ActionStatus::Done);
        // One that still runs then is stopped.
        account.play(json!({ "command": "status add", "takes": null })).await;
        timeout(Duration::from_secs(30), migration.status()).await.unwrap_err();
        sleep(20 * MINUTE).await;
        account.play(json!({ "command": "status add", "code": 10 })).await;
        assert_eq!(migration.status().await.unwrap(), ActionStatus::NotDone);
        let tasks = account.tasks("status add").await;
        assert_eq!((tasks.len(), &tasks[2]["stopCode"]), (4, &json!("UserInitiated")));
    });
}

#[test]
fn a_status_that_never_comes_is_given_up_and_its_task_stopped() {
    virtually(async {
        let account = Account::new().await;
        account.play(json!({ "command": "status add", "takes": null })).await;
        let migration = account.reversible("add");
        let text = said(migration.status().await).2;
        assert!(text.contains("ask for the status") && text.contains("is stopped"), "{text}");
        sleep(2 * MINUTE).await;
        let tasks = account.tasks("status add").await;
        assert_eq!((tasks.len(), &tasks[0]["status"]), (1, &json!("STOPPED")));
    });
}
