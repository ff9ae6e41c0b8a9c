//! The table itself.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, PointInTimeRecoverySpecification, PointInTimeRecoveryStatus,
    ScalarAttributeType, TableDescription, TableStatus,
};
use deployment_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep};

use super::store::Store;
use crate::{
    error::{Call, Effect},
    preflight::{Findings, Needs, there},
};

/// How long a new table may take. They take seconds.
const LONGEST: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(500);

fn call(action: &'static str, effect: Effect) -> Call {
    Call { operation: "create table", action, effect }
}

/// What is wrong with the table as it is.
pub(super) async fn examine(store: &Store, findings: &mut Findings) -> Result<()> {
    let Some(described) = findings.found(describe(store).await)? else { return Ok(()) };
    let Some(table) = described else {
        findings
            .problem(format!("There is no table {} in this account and region; make it by create_table, or mend the name.", store.table));
        return Ok(());
    };
    findings.found(check(store, &table))?;
    if let Some(state) = table.table_status().filter(|state| !matches!(state, TableStatus::Active | TableStatus::Updating)) {
        findings.problem(format!("The table {} is {state}; it must be ACTIVE.", store.table));
    }
    if table.deletion_protection_enabled() != Some(true) {
        findings.warn(format!("The table {} may be deleted by anybody who is allowed to; protect it from deletion.", store.table));
    }
    Ok(())
}

/// What must be allowed on the table as it is: all that the journal does with it once it is made. Which action is of which resource:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>.
pub(super) async fn needs(store: &Store) -> Result<Needs> {
    let mut needs = Needs::new();
    let table = there(describe(store).await)?.flatten();
    if let Some(arn) = table.as_ref().and_then(TableDescription::table_arn) {
        allow(&mut needs, &USED, arn);
    }
    Ok(needs)
}

/// As [`examine`], of a table that is created where it is missing.
pub(super) async fn examine_to_create(store: &Store, findings: &mut Findings) -> Result<()> {
    match findings.found(describe(store).await)? {
        Some(None) => {
            findings.warn(format!("There is no table {} yet; it is created when the first deployment begins.", store.table));
            Ok(())
        }
        _ => examine(store, findings).await,
    }
}

/// As [`needs`], of a table that is created in this account where it is missing.
pub(super) async fn needs_to_create(store: &Store, account: &str) -> Result<Needs> {
    if let Some(table) = there(describe(store).await)?.flatten() {
        let mut needs = needs(store).await?;
        if there(backups_are_kept(store).await)? == Some(false) {
            allow(&mut needs, &["UpdateContinuousBackups"], table.table_arn().unwrap_or("*"));
        }
        return Ok(needs);
    }
    let region = store.client.config().region().map(ToString::to_string).unwrap_or_default();
    // Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    let partition = match region.split('-').collect::<Vec<_>>().as_slice() {
        ["cn", ..] => "aws-cn",
        ["us", "gov", ..] => "aws-us-gov",
        _ => "aws",
    };
    let mut needs = Needs::new();
    let arn = format!("arn:{partition}:dynamodb:{region}:{account}:table/{}", store.table);
    allow(&mut needs, &USED, &arn);
    allow(&mut needs, &["CreateTable", "UpdateContinuousBackups"], &arn);
    Ok(needs)
}

/// What the journal does with its table, with what [`create`] looks at.
const USED: [&str; 8] =
    ["ConditionCheckItem", "DeleteItem", "DescribeContinuousBackups", "DescribeTable", "GetItem", "PutItem", "Query", "UpdateItem"];

fn allow(needs: &mut Needs, actions: &[&str], arn: &str) {
    actions.iter().for_each(|action| needs.allow(format!("dynamodb:{action}"), arn));
}

/// Creates the table, unless it is there, waits until it can be used, and turns on its backups.
pub(super) async fn create(store: &Store) -> Result<()> {
    if describe(store).await?.is_none() {
        match request(store).await {
            // Somebody else was faster.
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            other => other?,
        }
    }
    let until = Instant::now() + LONGEST;
    loop {
        let table = describe(store).await?;
        if let Some(table) = &table {
            check(store, table)?;
        }
        if table.is_some_and(|table| table.table_status == Some(TableStatus::Active)) {
            return keep_backups(store).await;
        }
        if Instant::now() >= until {
            let message = format!("the table is not active after {} seconds; look at it, and try again", LONGEST.as_secs());
            return Err(store.named(Error::new(ErrorKind::Unreachable, "create table", message)));
        }
        sleep(POLL).await;
    }
}

async fn request(store: &Store) -> Result<()> {
    let call = call("dynamodb:CreateTable", Effect::Changes);
    let unbuilt = |cause| Error::new(ErrorKind::InvalidInput, "create table", "this table cannot be described").because(cause);
    let mut request = store.client.create_table().table_name(&store.table);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
        request = request.attribute_definitions(attribute.map_err(unbuilt)?).key_schema(key.map_err(unbuilt)?);
    }
    let request = request.billing_mode(BillingMode::PayPerRequest).deletion_protection_enabled(true);
    let failed = |error| store.named(call.failed(error));
    store.patience.keep(|| request.clone().send(), |answer| answer.map(drop).map_err(failed)).await
}

/// The table as it is. `None` for one that was asked for and does not show yet.
async fn describe(store: &Store) -> Result<Option<TableDescription>> {
    let call = call("dynamodb:DescribeTable", Effect::Reads);
    let request = store.client.describe_table().table_name(&store.table);
    let failed = |error| store.named(call.failed(error));
    match store.patience.keep(|| request.clone().send(), |answer| answer.map_err(failed)).await {
        Ok(described) => Ok(described.table),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn backups_are_kept(store: &Store) -> Result<bool> {
    let call = call("dynamodb:DescribeContinuousBackups", Effect::Reads);
    let request = store.client.describe_continuous_backups().table_name(&store.table);
    let failed = |error| store.named(call.failed(error));
    let answer = store.patience.keep(|| request.clone().send(), |answer| answer.map_err(failed)).await?;
    let recovery = answer.continuous_backups_description.and_then(|backups| backups.point_in_time_recovery_description);
    Ok(recovery.is_some_and(|recovery| recovery.point_in_time_recovery_status == Some(PointInTimeRecoveryStatus::Enabled)))
}

/// A table of this name that somebody made for something else is not written to.
fn check(store: &Store, table: &TableDescription) -> Result<()> {
    let mut keys: Vec<_> = table.key_schema().iter().map(|key| (key.attribute_name(), key.key_type().as_str())).collect();
    keys.sort_unstable();
    let text = |name: &&str| {
        let mut attributes = table.attribute_definitions().iter();
        attributes.any(|attribute| attribute.attribute_name() == *name && attribute.attribute_type() == &ScalarAttributeType::S)
    };
    if keys == [("pk", "HASH"), ("sk", "RANGE")] && ["pk", "sk"].iter().all(text) {
        return Ok(());
    }
    let message = format!("table: {} exists with other keys than pk and sk, both strings; choose another name", store.table);
    Err(Error::new(ErrorKind::InvalidInput, "create table", message))
}

/// Point-in-time recovery. Just after its creation a table may not take this yet.
async fn keep_backups(store: &Store) -> Result<()> {
    if backups_are_kept(store).await? {
        return Ok(());
    }
    // Asked for again it changes nothing: a lost answer leaves no doubt.
    let call = call("dynamodb:UpdateContinuousBackups", Effect::Reads);
    let unbuilt = |cause| Error::new(ErrorKind::InvalidInput, "create table", "backups cannot be described").because(cause);
    let on = PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build().map_err(unbuilt)?;
    let request = store.client.update_continuous_backups().table_name(&store.table).point_in_time_recovery_specification(on);
    let failed = |error: aws_sdk_dynamodb::error::SdkError<_>| {
        use aws_sdk_dynamodb::operation::update_continuous_backups::UpdateContinuousBackupsError as Refused;
        let early = error.as_service_error().is_some_and(Refused::is_continuous_backups_unavailable_exception);
        let error = store.named(call.failed(error));
        // It passes by itself.
        if early { Error::new(ErrorKind::Unreachable, "create table", "backups cannot be turned on yet").because(error) } else { error }
    };
    store.patience.keep(|| request.clone().send(), |answer| answer.map(drop).map_err(failed)).await
}
