//! Something that a deployment depends on.

use std::sync::Arc;

use async_trait::async_trait;
use deployment_core::{Error, ErrorKind, Result};

use super::Findings;

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
}

#[async_trait]
impl<T: Precondition + ?Sized> Precondition for Arc<T> {
    fn describe(&self) -> String {
        (**self).describe()
    }

    async fn examine(&self, findings: &mut Findings) -> Result<()> {
        (**self).examine(findings).await
    }
}

/// The warnings of one, if nothing is wrong.
pub(crate) async fn check(of: &dyn Precondition) -> Result<Vec<String>> {
    let mut findings = Findings::default();
    let looked = of.examine(&mut findings).await;
    if findings.problems.is_empty() {
        return looked.map(|()| findings.warnings);
    }
    findings.problems.extend(looked.err().map(|error| format!("The rest could not be looked at: {error}.")));
    let message = format!("{} cannot be deployed to: {}", of.describe(), numbered(&findings.problems));
    Err(Error::new(ErrorKind::InvalidInput, "check", message))
}

pub(super) fn numbered(all: &[String]) -> String {
    let list: Vec<_> = all.iter().enumerate().map(|(at, told)| format!("{}. {told}", at + 1)).collect();
    list.join(" ")
}
