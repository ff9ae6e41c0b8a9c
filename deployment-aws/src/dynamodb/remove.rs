//! Removing a deployment, in two steps: it is gone for everybody at once, and then its items go, a few at a time.
//!
//! Who dies between the two leaves a note under `removing`; the next removal, or a creation under the same id, ends the work.

use aws_sdk_dynamodb::types::AttributeValue;
use deployment_core::{DeploymentId, Result};

use super::{
    change::{ALIVE, Change, s},
    claim,
    head::text,
    keys::{HEAD, Key, REMOVING, partition},
    refusal,
    store::{Range, Store, Written},
};

/// How many items one transaction deletes: as many as may be of the longest kind.
const AT_ONCE: usize = 10;
/// How often a removal is tried that others disturb.
const TRIES: usize = 5;

pub(super) async fn remove(store: &Store, deployment: &DeploymentId) -> Result<()> {
    store.tails.forget(deployment);
    for item in store.query("remove", REMOVING, &Range::All).await? {
        if let (Some(id), Some(birth)) = (text(&item, "sk"), text(&item, "birth")) {
            finish_removal(store, &DeploymentId::new(id)?, birth).await?;
        }
    }
    for _ in 0..TRIES {
        let Some(head) = store.any_head("remove", deployment).await? else {
            return claim::release_all(store, deployment).await;
        };
        let birth = head.birth;
        if head.removed || begin(store, deployment, &birth).await? == Written::Done {
            return finish_removal(store, deployment, &birth).await;
        }
    }
    Err(refusal::contended("remove"))
}

/// From here on nobody sees it.
async fn begin(store: &Store, deployment: &DeploymentId, birth: &str) -> Result<Written> {
    let head = Change::update(Key::head(deployment), "SET #removed = :true").when(ALIVE).when("#birth = :birth");
    let head = head.value("true", AttributeValue::Bool(true)).value("birth", s(birth));
    let note = Change::put(Key::removing(deployment), [("birth", s(birth))]);
    store.transact("remove", vec![head, Change::delete(Key::listed(deployment)), note]).await
}

/// Deletes everything of a deployment whose removal has begun. Several may do so at once: each deletion says which deployment it means.
pub(super) async fn finish_removal(store: &Store, deployment: &DeploymentId, birth: &str) -> Result<()> {
    claim::release_all(store, deployment).await?;
    let key = Key::head(deployment);
    let meant = |change: Change| change.when("#birth = :birth AND attribute_exists(#removed)").value("birth", s(birth));
    let items = store.query("remove", &partition(deployment), &Range::All).await?;
    let keys: Vec<_> = items.iter().filter_map(|item| text(item, "sk")).filter(|sk| *sk != HEAD).collect();
    for some in keys.chunks(AT_ONCE) {
        let mut changes = vec![meant(Change::check(key.clone()))];
        changes.extend(some.iter().map(|sk| Change::delete(Key::new(&*key.pk, *sk))));
        if store.transact("remove", changes).await? == Written::Refused {
            // Somebody else has ended it.
            return Ok(());
        }
    }
    let note = Change::delete(Key::removing(deployment)).when("(attribute_not_exists(#pk) OR #birth = :birth)").value("birth", s(birth));
    store.transact("remove", vec![meant(Change::delete(key)), note]).await.map(drop)
}
