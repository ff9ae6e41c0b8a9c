//! All that a deployment depends on, in one go.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result,
    gate::{Gate, GateContext, GateVerdict},
};

use super::{Findings, Precondition, precondition::numbered};

const OPERATION: &str = "preflight";

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

    /// Looks at everything, one after the other, and gives the warnings if nothing is wrong. Reads only.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with all that is wrong in one list, each with what it is about, also if something could not be
    /// looked at; otherwise the error of the first that could not, with the names of all.
    pub async fn check(&self) -> Result<Vec<String>> {
        let (mut whole, mut unseen) = (Findings::default(), Vec::new());
        for part in &self.parts {
            let mut findings = Findings::default();
            if let Err(error) = part.examine(&mut findings).await {
                unseen.push((part.describe(), error));
            }
            let named = |told: String| format!("{}: {told}", part.describe());
            whole.problems.extend(findings.problems.into_iter().map(named));
            whole.warnings.extend(findings.warnings.into_iter().map(named));
        }
        if !whole.problems.is_empty() {
            let unseen = unseen.iter().map(|(part, error)| format!("{part}: could not be looked at: {error}"));
            whole.problems.extend(unseen);
            return Err(Error::new(ErrorKind::InvalidInput, OPERATION, numbered(&whole.problems)));
        }
        let names = unseen.iter().map(|(part, _)| part.as_str()).collect::<Vec<_>>().join(", ");
        match unseen.into_iter().next() {
            Some((_, error)) => Err(error.with("could not be looked at", names)),
            None => Ok(whole.warnings),
        }
    }
}

impl fmt::Debug for Preflight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parts.iter().map(|part| part.describe())).finish()
    }
}

#[async_trait]
impl Gate for Preflight {
    fn describe(&self) -> String {
        format!("preflight of {}", self.parts.iter().map(|part| part.describe()).collect::<Vec<_>>().join(", "))
    }

    async fn evaluate(&self, _: &GateContext) -> Result<GateVerdict> {
        match self.check().await {
            Ok(_) => Ok(GateVerdict::Pass),
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(GateVerdict::reject(error.to_string())),
            Err(error) => Err(error),
        }
    }
}
