//! All that a deployment depends on, in one go.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use deployment_core::{
    Error, Result,
    gate::{Gate, GateContext, GateVerdict},
};

use super::{Findings, Needs, Precondition, Supply, findings::gate};

/// All that a deployment depends on, looked at before anything changes, and told in one go: a [`Gate`] that rejects a deployment that would
/// fail on its way.
///
/// ```no_run
/// # #[cfg(all(feature = "ecs", feature = "rds"))] mod example {
/// use std::sync::Arc;
/// use deployment_aws::{ecs::EcsBlueGreen, preflight::{Account, Preflight}, rds::RdsSnapshot};
/// use deployment_core::{Plugins, Result};
///
/// async fn plugins(account: Account, target: EcsBlueGreen, backups: RdsSnapshot) -> Result<Plugins> {
///     let target = Arc::new(target);
///     let preflight = Preflight::new().of(account).of(Arc::clone(&target)).of(backups.clone());
///     for warning in preflight.check().await? {
///         eprintln!("{warning}");
///     }
///     Plugins::new().gate("preflight", preflight)?.target("backend", target)?.backup("db", backups) // in the plan: `.gate("preflight")`
/// }
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Preflight {
    parts: Vec<Arc<dyn Precondition>>,
    supplies: Vec<Arc<dyn Supply>>,
}

impl Preflight {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also this.
    pub fn of(mut self, part: impl Precondition) -> Self {
        self.parts.push(Arc::new(part));
        self
    }

    /// Also that what all parts need is there.
    pub fn against(mut self, supply: impl Supply) -> Self {
        self.supplies.push(Arc::new(supply));
        self
    }

    /// What all parts need while the deployment runs, as they are now, and what this look takes: with [`Needs::policy`] a policy that is
    /// enough for it. What is not there yet needs nothing. Reads only.
    ///
    /// # Errors
    /// That of the first part which could not look, also where it is not allowed to: a policy would lack what that part needs.
    pub async fn needs(&self) -> Result<Needs> {
        let mut all = Needs::new();
        for part in &self.parts {
            all.extend(part.needs().await.map_err(|error| error.with("needs of", part.describe()))?);
        }
        let taken: Vec<_> = self.supplies.iter().map(|supply| supply.takes(&all)).collect();
        taken.into_iter().for_each(|more| all.extend(more));
        Ok(all)
    }

    /// Looks at everything, one after the other, and gives the warnings if nothing is wrong. Reads only.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) with all that is wrong in one list, each with what it is about, also if
    /// something could not be looked at; otherwise the error of the first that could not, with the names of all.
    pub async fn check(&self) -> Result<Vec<String>> {
        let (mut whole, mut unseen) = (Findings::default(), Vec::new());
        for part in &self.parts {
            let mut findings = Findings::default();
            let looked = part.examine(&mut findings).await;
            add(&mut whole, &mut unseen, &part.describe(), findings, looked);
        }
        if !self.supplies.is_empty() {
            self.compare(&mut whole, &mut unseen).await;
        }
        whole.verdict("what the deployment depends on is not as it must be", unseen)
    }

    async fn compare(&self, whole: &mut Findings, unseen: &mut Vec<(String, Error)>) {
        let mut needs = Needs::new();
        for part in &self.parts {
            match part.needs().await {
                Ok(more) => needs.extend(more),
                Err(error) => unseen.push((format!("what {} needs", part.describe()), error)),
            }
        }
        for supply in &self.supplies {
            let mut findings = Findings::default();
            let looked = supply.compare(&needs, &mut findings).await;
            add(whole, unseen, &supply.describe(), findings, looked);
        }
    }
}

/// What one part has found, by its name.
fn add(whole: &mut Findings, unseen: &mut Vec<(String, Error)>, part: &str, found: Findings, looked: Result<()>) {
    let named = |told: String| format!("{part}: {told}");
    whole.problems.extend(found.problems.into_iter().map(named));
    whole.warnings.extend(found.warnings.into_iter().map(named));
    unseen.extend(looked.err().map(|error| (part.to_owned(), error)));
}

impl fmt::Debug for Preflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let supplies = self.supplies.iter().map(|supply| supply.describe());
        f.debug_list().entries(self.parts.iter().map(|part| part.describe())).entries(supplies).finish()
    }
}

#[async_trait]
impl Gate for Preflight {
    fn describe(&self) -> String {
        let parts = self.parts.iter().map(|part| part.describe()).chain(self.supplies.iter().map(|supply| supply.describe()));
        format!("preflight of {}", parts.collect::<Vec<_>>().join(", "))
    }

    async fn evaluate(&self, _: &GateContext) -> Result<GateVerdict> {
        gate(self.check().await)
    }
}
