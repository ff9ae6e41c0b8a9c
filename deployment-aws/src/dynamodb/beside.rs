//! Signals that wait for the driver, and how far each notifier has come.

use deployment_core::{DeploymentId, Error, ErrorKind, Result, SignalId, signal::Signalled};

use super::{
    change::{ALIVE, Change, n, s},
    head::{number, text},
    keys::{HEAD, Key, partition},
    refusal,
    store::{Range, Store, Written},
};

/// After the last signal.
const SIGNALS_END: &str = "s$";
const ABSENT: &str = "attribute_not_exists(#pk)";

pub(super) async fn post(store: &Store, deployment: &DeploymentId, signal: &Signalled) -> Result<()> {
    let unwritable = |cause| Error::new(ErrorKind::InvalidInput, "post", "this signal cannot be written as JSON").because(cause);
    let body = serde_json::to_string(signal).map_err(unwritable)?;
    let there = Change::check(Key::head(deployment)).when(ALIVE);
    let put = Change::put(Key::signal(deployment, &signal.id), [("signal", s(body))]).when(ABSENT);
    if store.transact("post", vec![there, put]).await? == Written::Done {
        return Ok(());
    }
    // Either it was posted before, or there is nobody to post it to.
    store.head("post", deployment).await?.map(drop).ok_or_else(|| refusal::no_such("post", deployment))
}

pub(super) async fn inbox(store: &Store, deployment: &DeploymentId) -> Result<Vec<Signalled>> {
    let pk = partition(deployment);
    // The head's key is just before those of signals: one query has both.
    let items = store.query("inbox", &pk, &Range::Between(HEAD.to_owned(), SIGNALS_END.to_owned())).await?;
    let (heads, items): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| text(item, "sk") == Some(HEAD));
    if heads.first().is_none_or(|head| head.contains_key("removed")) {
        return Ok(Vec::new());
    }
    let signal = |item: &_| {
        let sk = text(item, "sk").unwrap_or_default();
        let what = "a signal that cannot be read; remove this item and give the signal again";
        let unread = || refusal::corrupt("inbox", &pk, sk, what);
        let body = text(item, "signal").ok_or_else(unread)?;
        serde_json::from_str(body).map_err(|cause| unread().because(cause))
    };
    items.iter().map(signal).collect()
}

pub(super) async fn acknowledge(store: &Store, deployment: &DeploymentId, signal: &SignalId) -> Result<()> {
    let gone = Change::delete(Key::signal(deployment, signal));
    store.transact("acknowledge", vec![gone]).await.map(drop)
}

pub(super) async fn cursor(store: &Store, deployment: &DeploymentId, reader: &str) -> Result<u64> {
    let key = Key::cursor(deployment, reader);
    let damaged =
        || refusal::corrupt("cursor", &key.pk, &key.sk, "a cursor that is no number; remove this item, its reader is told all again");
    store.get("cursor", &key).await?.map_or(Ok(0), |item| number(&item, "next").ok_or_else(damaged))
}

pub(super) async fn set_cursor(store: &Store, deployment: &DeploymentId, reader: &str, next: u64) -> Result<()> {
    let there = Change::check(Key::head(deployment)).when(ALIVE);
    let put = Change::put(Key::cursor(deployment, reader), [("next", n(next))]);
    match store.transact("set cursor", vec![there, put]).await? {
        Written::Done => Ok(()),
        Written::Refused => Err(refusal::no_such("set cursor", deployment)),
    }
}
