//! What ran when, per service and environment, and on each target.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{HistoryEntry, Left, Release, TargetEntry};
use crate::{
    error::{Error, ErrorKind, Result},
    id::{DeploymentId, TargetName},
};

/// The deployments of one service in one environment, oldest first.
///
/// Every question is about one target: a service's backend and frontend may be deployed together or apart, and what one of them ran
/// before says nothing of the other.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use deployment_core::{
///     Actor, EnvironmentName, Orchestrator, Plan, Plugins, Release, ServiceName, TargetName,
///     journal::MemoryJournal, memory::MemoryTarget, plan::Capacity, strategy::BlueGreen,
/// };
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> deployment_core::Result<()> {
/// let (shop, production) = (ServiceName::new("shop")?, EnvironmentName::new("production")?);
/// let target = || MemoryTarget::builder().build();
/// let plugins = Plugins::new().target("backend", target())?.target("frontend", target())?;
/// let orchestrator = Orchestrator::builder(Arc::new(MemoryJournal::new()), plugins.clone()).build();
/// for (part, version) in [("frontend", "1"), ("frontend", "2"), ("backend", "7"), ("backend", "8")] {
///     let plan = Plan::builder(Release::new(shop.clone(), version), production.clone(), Actor::new("ada")?)
///         .deploy(part, Capacity::of(1), BlueGreen::new().grace(Duration::ZERO))
///         .build(&plugins)?;
///     orchestrator.run(&plan).await?;
///     tokio::time::sleep(Duration::from_secs(1)).await;
/// }
/// let (history, frontend) = (orchestrator.history(&shop, &production).await?, TargetName::new("frontend")?);
/// assert_eq!(history.serving(&frontend).map(|release| release.version.as_str()), Some("2"));
/// assert_eq!(history.previous(&frontend).map(|(_, release)| release.version.as_str()), Some("1"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct History(Vec<HistoryEntry>);

impl History {
    /// A history from its entries, in any order.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = HistoryEntry>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|a, b| (a.started, &a.deployment).cmp(&(b.started, &b.deployment)));
        Self(entries)
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[HistoryEntry] {
        &self.0
    }

    /// The deployments that had this target, newest first, with what they did there.
    fn on(&self, target: &TargetName) -> impl Iterator<Item = (&HistoryEntry, &TargetEntry)> + use<'_> {
        let target = target.clone();
        self.0.iter().rev().filter_map(move |entry| Some((entry, entry.on(&target)?)))
    }

    /// The last deployment that has changed what serves this target, and what has had all traffic since, if one release has.
    fn latest(&self, target: &TargetName) -> Option<(&HistoryEntry, Option<&Release>)> {
        self.on(target).find_map(|(entry, on)| match &on.left {
            Left::AsBefore => None,
            Left::Serving(release) => Some((entry, Some(release.as_ref()))),
            Left::Unclear => Some((entry, None)),
        })
    }

    /// What serves this target, unless somebody went round the library. `None` if nothing does as a whole, or it is not known.
    #[must_use]
    pub fn serving(&self, target: &TargetName) -> Option<&Release> {
        self.latest(target)?.1
    }

    /// The good releases of this target and their deployments, newest first.
    fn good(&self, target: &TargetName) -> impl Iterator<Item = (&HistoryEntry, &Release)> + use<'_> {
        self.on(target).filter(|(_, on)| on.good).map(|(entry, on)| (entry, &on.release))
    }

    /// The last release that was verified on this target and stayed, and its deployment.
    #[must_use]
    pub fn last_known_good(&self, target: &TargetName) -> Option<(&HistoryEntry, &Release)> {
        self.good(target).next()
    }

    /// Where "roll back to previous" goes on this target: the last good release there that is not the one that serves, and its deployment.
    #[must_use]
    pub fn previous(&self, target: &TargetName) -> Option<(&HistoryEntry, &Release)> {
        let serves = self.serving(target);
        self.good(target).find(|(_, release)| serves.is_none_or(|serves| !release.runs_the_same_as(serves)))
    }

    /// Each of these targets with its own previous release, as [`Profile::plan_rollback`](crate::environment::Profile::plan_rollback)
    /// takes them.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) that names a target without one.
    pub fn way_back<'a>(&self, targets: impl IntoIterator<Item = &'a TargetName>) -> Result<Vec<(TargetName, Release)>> {
        let back = |target: &TargetName| {
            let message = format!("no other good release of {target} is in the journal; name the one to go back to");
            let (_, release) = self.previous(target).ok_or_else(|| Error::new(ErrorKind::NotFound, "look for the way back", message))?;
            Ok((target.clone(), release.clone()))
        };
        targets.into_iter().map(back).collect()
    }

    /// The deployments without which the questions above would have other answers.
    pub(crate) fn needed(&self) -> BTreeSet<DeploymentId> {
        let targets: BTreeSet<_> = self.0.iter().flat_map(|entry| &entry.targets).map(|on| &on.target).collect();
        let of = |target: &TargetName| {
            let (good, previous) = (self.last_known_good(target), self.previous(target));
            let same = |serves: &Release| good.is_some_and(|(_, good)| good.runs_the_same_as(serves));
            let latest = self.latest(target).filter(|(_, serves)| !serves.is_some_and(same)).map(|(entry, _)| entry);
            let entries = good.into_iter().chain(previous).map(|(entry, _)| entry).chain(latest);
            entries.map(|entry| entry.deployment.clone()).collect::<Vec<_>>()
        };
        targets.into_iter().flat_map(of).collect()
    }
}
