//! Something that a deployment depends on.

use std::sync::Arc;

use async_trait::async_trait;
use deployment_core::Result;

use super::{Findings, Needs};

/// Something that a deployment depends on, and that can be looked at before anything changes.
///
/// # Contract
/// - **Who implements:** the targets, backups, migrations, actions, alarms and the journal of this crate; you, for what else you depend on.
///   **Who calls:** [`Preflight`](super::Preflight), and the `check` of some.
/// - It reads, and changes nothing. It may be asked at any time, also while a deployment is under way, and again.
/// - It tells everything that it finds, not the first thing only. What is wrong goes into `findings`; an error says that it could not look.
///
/// ```
/// use async_trait::async_trait;
/// use deployment_aws::preflight::{Findings, Precondition};
/// use deployment_core::Result;
///
/// struct Licence { days_left: u32 }
///
/// #[async_trait]
/// impl Precondition for Licence {
///     fn describe(&self) -> String {
///         "the licence".into()
///     }
///     async fn examine(&self, findings: &mut Findings) -> Result<()> {
///         match self.days_left {
///             0 => findings.problem("It has expired; renew it."),
///             left @ 1..=14 => findings.warn(format!("It expires in {left} days.")),
///             _ => {}
///         }
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait Precondition: Send + Sync + 'static {
    /// What it is, by name.
    fn describe(&self) -> String;

    /// Looks.
    ///
    /// # Errors
    /// If it could not look. What was found until then is in `findings`.
    async fn examine(&self, findings: &mut Findings) -> Result<()>;

    /// What it will need while the deployment runs, as far as that shows now: nothing, unless it says so. What is not there to be looked at
    /// needs nothing; that it is missing is for [`examine`](Self::examine) to tell.
    ///
    /// # Errors
    /// If it could not look.
    async fn needs(&self) -> Result<Needs> {
        Ok(Needs::new())
    }
}

#[async_trait]
impl<T: Precondition + ?Sized> Precondition for Arc<T> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        (**self).examine(findings).await
    }

    async fn needs(&self) -> Result<Needs> {
        (**self).needs().await
    }
}

/// The warnings of one, if nothing is wrong.
#[cfg(feature = "ecs")]
pub(crate) async fn check(of: &dyn Precondition) -> Result<Vec<String>> {
    let mut findings = Findings::default();
    let unseen = of.examine(&mut findings).await.err().map(|error| (of.describe(), error));
    findings.verdict(&format!("{} cannot be deployed to", of.describe()), unseen.into_iter().collect())
}
