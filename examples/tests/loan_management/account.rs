//! A run by a file of names, which is told everything that a run in an account is told.

use std::{fs, process::ExitCode};

use aws_sdk_cloudwatch::types::StateValue;
use deployment_core::{
    Error,
    engine::{Outcome, Record},
    journal::Journal as _,
};
use deployment_examples::loan::{AccountOptions, Names, deploy, deploy_in};

use crate::{
    cloud::virtually,
    stories::{TestAccount, image, set_alarm},
};

fn options() -> AccountOptions {
    AccountOptions {
        names: Some("names.json".into()),
        image: Some(image("2")),
        release: None,
        author: "ada".into(),
        dry_run: true,
        policy: false,
        resume: None,
    }
}

const CHANGES: [&str; 6] =
    ["CreateDBSnapshot", "RunTask", "UpdateService", "ModifyRule", "RegisterTaskDefinition", "RegisterScalableTarget"];

#[test]
fn a_dry_run_looks_and_changes_nothing() {
    virtually(async {
        let account = TestAccount::open().await.unwrap();
        let names = account.pipeline.names().clone();
        account.world.proxy().clear();
        assert_eq!(deploy_in(&options(), names.clone(), account.world.virtual_config()).await.unwrap(), ExitCode::SUCCESS);
        let policy = AccountOptions { policy: true, dry_run: false, image: None, ..options() };
        assert_eq!(deploy_in(&policy, names, account.world.virtual_config()).await.unwrap(), ExitCode::SUCCESS);
        let calls = ["GetCallerIdentity", "DescribeServices", "DescribeRules"].map(|call| account.world.proxy().count(call));
        assert!(calls.iter().all(|count| *count > 0), "{calls:?}");
        assert_eq!(CHANGES.map(|call| account.world.proxy().count(call)), [0; 6]);
    });
}

#[test]
fn credentials_of_another_account_and_services_that_are_not_there_are_refused() {
    virtually(async {
        let account = TestAccount::open().await.unwrap();
        let refused = async |names: Names| {
            account.world.proxy().clear();
            let error =
                deploy_in(&AccountOptions { dry_run: false, ..options() }, names, account.world.virtual_config()).await.unwrap_err();
            assert_eq!(CHANGES.map(|call| account.world.proxy().count(call)), [0; 6], "{error}");
            error.downcast::<Error>().unwrap().to_string()
        };
        let names = account.pipeline.names();
        let told = refused(Names { account: "111122223333".into(), ..names.clone() }).await;
        assert!(told.contains(names.account.as_str()) && told.contains("111122223333"), "{told}");
        let told = refused(Names { services: ["loans-blue".into(), "loans-geen".into()], ..names.clone() }).await;
        assert!(told.contains("loans-geen"), "{told}");
    });
}

#[test]
fn a_run_that_is_rejected_is_journaled_and_no_success() {
    let account = virtually(async {
        let account = TestAccount::open().await.unwrap();
        set_alarm(&account.world, "loans-login-broken", StateValue::Alarm).await.unwrap();
        account.world.proxy().clear();
        account
    });
    let (options, names) = (AccountOptions { dry_run: false, ..options() }, account.pipeline.names().clone());
    // By the wall clock, as in an account: the gate rejects at once.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(deploy_in(&options, names, account.world.config())).unwrap();
    assert_eq!(code, ExitCode::FAILURE);
    assert_eq!((account.world.proxy().count("CreateTable"), CHANGES.map(|call| account.world.proxy().count(call))), (1, [0; 6]));
    let journal = account.pipeline.journal();
    let id = runtime.block_on(journal.list()).unwrap().remove(0);
    let last = runtime.block_on(journal.read(&id, 0)).unwrap().pop().unwrap().record;
    assert!(
        matches!(&last, Record::Finished { outcome: Outcome::Rejected { reason } } if reason.contains("loans-login-broken")),
        "{last:?}"
    );
    // Whoever goes on with it gets the same.
    let options = AccountOptions { image: None, resume: Some(id), ..options };
    let names = account.pipeline.names().clone();
    assert_eq!(runtime.block_on(deploy_in(&options, names, account.world.config())).unwrap(), ExitCode::FAILURE);
    assert_eq!(CHANGES.map(|call| account.world.proxy().count(call)), [0; 6]);
}

#[tokio::test]
async fn a_file_with_faults_is_refused_with_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("names.json");
    fs::write(&file, r#"{ "account": "1234", "tasks": "two" }"#).unwrap();
    let told = deploy(&AccountOptions { names: Some(file), ..options() }).await.unwrap_err().to_string();
    for fault in ["account: \"1234\" must have twelve digits", "tasks: is \"two\"", "cluster: is missing", "journal: is missing"] {
        assert!(told.contains(fault), "{told}");
    }
    let missing = folder.path().join("nowhere.json");
    let told = deploy(&AccountOptions { names: Some(missing), ..options() }).await.unwrap_err().to_string();
    assert!(told.contains("nowhere.json cannot be read"), "{told}");
}

#[test]
fn an_image_without_a_digest_is_refused() {
    virtually(async {
        let account = TestAccount::open().await.unwrap();
        let tagged = AccountOptions { image: Some("registry.example/loans:latest".into()), ..options() };
        let names = account.pipeline.names().clone();
        let told = deploy_in(&tagged, names, account.world.virtual_config()).await.unwrap_err().to_string();
        assert!(told.contains("digest"), "{told}");
    });
}
