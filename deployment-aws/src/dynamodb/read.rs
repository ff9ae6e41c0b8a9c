//! Reading a chain while others may be writing to it, and the list of chains.

use deployment_core::{DeploymentId, Result, journal::Entry};

use super::{
    chain::Walk,
    head::text,
    keys::{DEPLOYMENTS, entry, partition},
    refusal,
    store::{Range, Store},
};

/// The entries from `from` on, as they were when the head was read: what was added since is not looked at, for of that a query may see half.
/// What is returned is checked, with the link to the entry before it and to the head.
pub(super) async fn read(store: &Store, deployment: &DeploymentId, from: u64) -> Result<Vec<Entry>> {
    loop {
        let head = store.head("read", deployment).await?.ok_or_else(|| refusal::no_such("read", deployment))?;
        if from >= head.next {
            return Ok(Vec::new());
        }
        let first = from.saturating_sub(1);
        let range = Range::Between(entry(first, 0), entry(head.next - 1, 99));
        let items = store.query("read", &partition(deployment), &range).await?;
        let mut walk = Walk::new("read", partition(deployment), first);
        let checked = walk.entries(&items).and_then(|entries| walk.end(head.next, &head.last).map(|()| entries));
        match checked {
            Ok(entries) => return Ok(entries.into_iter().filter(|entry| entry.sequence >= from).collect()),
            // Somebody may have removed it meanwhile. Then it is gone, or another one; or else it is damaged.
            Err(error) => match store.head("read", deployment).await? {
                Some(now) if now.birth == head.birth => return Err(error),
                _ => {}
            },
        }
    }
}

/// Every deployment, by id: as sort keys are ordered.
pub(super) async fn list(store: &Store) -> Result<Vec<DeploymentId>> {
    let items = store.query("list", DEPLOYMENTS, &Range::All).await?;
    items.iter().filter_map(|item| text(item, "sk")).map(DeploymentId::new).collect()
}
