//! The table: reads that are consistent, and changes in transactions.

use std::{fmt, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput},
    types::AttributeValue,
};
use aws_smithy_types::error::metadata::ErrorMetadata;
use deployment_core::{DeploymentId, Error, ErrorKind, Result};

use super::{
    change::{Change, Item, s},
    head::Head,
    keys::Key,
    patience::Patience,
    tails::Tails,
};
use crate::{
    client,
    error::{Call, Effect, throttles},
};

/// One table, as one journal object sees it.
pub(super) struct Store {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) patience: Patience,
    pub(super) tails: Tails,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("table", &self.table).field("patience", &self.patience.0).finish_non_exhaustive()
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Done,
    /// A condition did not hold; nothing was changed, unless an earlier try of this very transaction has changed it.
    Refused,
}

/// Which sort keys of a partition.
#[derive(Debug, Clone)]
pub(super) enum Range {
    All,
    /// Both included.
    Between(String, String),
}

impl Store {
    pub(super) fn new(config: &SdkConfig, table: String, patience: Duration) -> Self {
        Self { client: Client::new(&client::settled(config)), table, patience: Patience(patience), tails: Tails::default() }
    }

    /// One item.
    pub(super) async fn get(&self, operation: &'static str, key: &Key) -> Result<Option<Item>> {
        let call = Call { operation, action: "dynamodb:GetItem", effect: Effect::Reads };
        let request = self.client.get_item().table_name(&self.table).consistent_read(true);
        let request = request.key("pk", s(&key.pk)).key("sk", s(&key.sk));
        let found = self.patience.keep(|| request.clone().send(), |answer| answer.map_err(|error| self.named(call.failed(error)))).await?;
        Ok(found.item)
    }

    /// Where a deployment's chain and lease stand. `None` if there is no such deployment.
    pub(super) async fn head(&self, operation: &'static str, deployment: &DeploymentId) -> Result<Option<Head>> {
        Ok(self.any_head(operation, deployment).await?.filter(|head| !head.removed))
    }

    /// The same, also for a deployment whose removal has begun.
    pub(super) async fn any_head(&self, operation: &'static str, deployment: &DeploymentId) -> Result<Option<Head>> {
        let key = Key::head(deployment);
        self.get(operation, &key).await?.map(|item| Head::of(operation, &key, &item)).transpose()
    }

    /// The items of a partition, by sort key, however many pages they take.
    pub(super) async fn query(&self, operation: &'static str, pk: &str, range: &Range) -> Result<Vec<Item>> {
        let call = Call { operation, action: "dynamodb:Query", effect: Effect::Reads };
        let request = self.client.query().table_name(&self.table).consistent_read(true);
        let request = request.expression_attribute_names("#pk", "pk").expression_attribute_values(":pk", s(pk));
        let request = match range {
            Range::All => request.key_condition_expression("#pk = :pk"),
            Range::Between(from, to) => {
                let request = request.key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to");
                let request = request.expression_attribute_names("#sk", "sk");
                request.expression_attribute_values(":from", s(from)).expression_attribute_values(":to", s(to))
            }
        };
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = request.clone().set_exclusive_start_key(after);
            let page = self.patience.keep(|| page.clone().send(), |answer| answer.map_err(|error| self.named(call.failed(error)))).await?;
            items.extend(page.items.unwrap_or_default());
            after = page.last_evaluated_key.filter(|key| !key.is_empty());
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    /// Does all of these changes or none. No token tells DynamoDB that a second try is one: what may be done once only says so in its
    /// conditions, and finds its own mark there.
    pub(super) async fn transact(&self, operation: &'static str, changes: Vec<Change>) -> Result<Written> {
        let unbuilt = |cause: BuildError| Error::new(ErrorKind::InvalidInput, operation, "this cannot be written").because(cause);
        let items = changes.into_iter().map(|change| change.build(&self.table)).collect::<Result<Vec<_>, _>>().map_err(unbuilt)?;
        let request = self.client.transact_write_items().set_transact_items(Some(items));
        let read = |answer| match answer {
            Ok(TransactWriteItemsOutput { .. }) => Ok(Written::Done),
            Err(error) => self.refused(operation, error),
        };
        self.patience.keep(|| request.clone().send(), read).await
    }

    /// Tells a condition that does not hold from a transaction that was cancelled for another reason, and from one that may have happened.
    fn refused(&self, operation: &'static str, error: aws_sdk_dynamodb::error::SdkError<TransactWriteItemsError>) -> Result<Written> {
        // As policies name what a transaction does.
        let action = "dynamodb:PutItem, UpdateItem, DeleteItem, ConditionCheckItem";
        let call = Call { operation, action, effect: Effect::Changes };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
            return Err(self.named(call.failed(error)));
        };
        let reasons: Vec<_> =
            cancelled.cancellation_reasons().iter().filter(|reason| reason.code().is_some_and(|code| code != "None")).collect();
        // What passes by itself is asked again first: the condition may hold then, or still not.
        let passing = reasons.iter().find(|reason| reason.code().is_some_and(|code| code == "TransactionConflict" || throttles(code)));
        let broken = reasons.iter().any(|reason| reason.code() == Some("ConditionalCheckFailed"));
        if broken && passing.is_none() {
            return Ok(Written::Refused);
        }
        let told = ErrorMetadata::builder();
        let told = match passing.or(reasons.first()) {
            Some(reason) => {
                told.code(reason.code().unwrap_or_default()).message(reason.message().unwrap_or("the transaction was cancelled"))
            }
            None => told.code("TransactionCanceledException").message(cancelled.message().unwrap_or("the transaction was cancelled")),
        };
        Err(self.named(call.refused(&told.build(), 400)))
    }

    pub(super) fn named(&self, error: Error) -> Error {
        error.with("table", &self.table)
    }
}

/// What tells one change from every other.
#[derive(Debug)]
pub(super) struct Mark(String);

impl Mark {
    pub(super) fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    pub(super) fn value(&self) -> AttributeValue {
        s(&self.0)
    }

    pub(super) fn is(&self, text: Option<&str>) -> bool {
        text == Some(&*self.0)
    }
}
