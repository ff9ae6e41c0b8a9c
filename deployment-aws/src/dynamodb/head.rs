//! The head of a deployment: where its chain ends, and who may add to it.

use std::time::Duration;

use deployment_core::{
    Result,
    journal::{Lease, LeaseState},
};

use super::{
    change::{ALIVE, Change, Item, n},
    keys::Key,
    refusal,
};

/// The version of the layout that is written, and the newest that is read.
pub(super) const LAYOUT: u64 = 1;

/// The holder of the lease with this epoch, who has not given it up.
pub(super) const HELD: &str = "#epoch = :epoch AND #released = :false";

/// What a head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The mark of the creation: another one for a new deployment under an old id.
    pub(super) birth: String,
    /// The number of the next entry.
    pub(super) next: u64,
    /// The hash of the last line.
    pub(super) last: String,
    /// Nobody ever had it: `None`.
    pub(super) lease: Option<LeaseState>,
    /// The mark of the acquisition.
    pub(super) taken: Option<String>,
    /// Whether its removal has begun: then nobody but the remover sees it.
    pub(super) removed: bool,
}

impl Head {
    pub(super) fn of(operation: &'static str, key: &Key, item: &Item) -> Result<Self> {
        let damaged = |name: &str| refusal::corrupt(operation, &key.pk, &key.sk, &format!("the head has no right {name}"));
        let number = |name: &str| number(item, name).ok_or_else(|| damaged(name));
        let layout = number("v")?;
        if layout > LAYOUT {
            let what = format!("this deployment has layout {layout}, this build knows layouts up to {LAYOUT}");
            return Err(refusal::incompatible(operation, &key.pk, &key.sk, &what));
        }
        let released = item.get("released").and_then(|value| value.as_bool().ok()).copied().ok_or_else(|| damaged("released"))?;
        let lease = LeaseState {
            epoch: number("epoch")?,
            holder: text(item, "holder").unwrap_or_default().to_owned(),
            renewals: number("renewals")?,
            time_to_live: Duration::from_millis(number("ttl")?),
            released,
        };
        Ok(Self {
            birth: text(item, "birth").ok_or_else(|| damaged("birth"))?.to_owned(),
            next: number("next")?,
            last: text(item, "last").ok_or_else(|| damaged("last"))?.to_owned(),
            lease: (lease.epoch > 0).then_some(lease),
            taken: text(item, "taken").map(str::to_owned),
            removed: item.contains_key("removed"),
        })
    }

    /// Refuses who does not hold the lease.
    pub(super) fn fence(&self, operation: &'static str, lease: &Lease) -> Result<()> {
        match &self.lease {
            Some(state) if state.epoch == lease.epoch && !state.released => Ok(()),
            state => Err(refusal::fenced(operation, lease, state.as_ref())),
        }
    }
}

/// A change of the head that only the holder of the lease may do.
pub(super) fn by_holder(lease: &Lease, expression: &'static str) -> Change {
    let change = Change::update(Key::head(&lease.deployment), expression).when(ALIVE).when(HELD);
    change.value("epoch", n(lease.epoch)).value("false", aws_sdk_dynamodb::types::AttributeValue::Bool(false))
}

pub(super) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}
