//! What needs are compared with.

use async_trait::async_trait;
use deployment_core::Result;

use super::{Findings, Needs};

/// What the [needs](Needs) of a deployment are compared with: what its credentials may do, what an account has room for.
///
/// # Contract
/// - **Who implements:** `Permissions` and `Capacity` of this crate; you, for a budget or a quota of your own. **Who calls:**
///   [`Preflight`](super::Preflight), once for all its parts together.
/// - It reads, and changes nothing. It may be asked at any time, and again.
/// - It tells everything that is missing, not the first thing only, and passes over needs of a kind that is not its own. An error says that
///   it could not look.
///
/// ```
/// use async_trait::async_trait;
/// use deployment_aws::preflight::{Findings, Needs, Supply};
/// use deployment_core::Result;
///
/// struct Budget { tasks: u32 }
///
/// #[async_trait]
/// impl Supply for Budget {
///     fn describe(&self) -> String {
///         "the budget".into()
///     }
///     async fn compare(&self, needs: &Needs, findings: &mut Findings) -> Result<()> {
///         let asked: u32 = needs.tasks.iter().map(|tasks| tasks.count).sum();
///         if asked > self.tasks {
///             findings.problem(format!("{asked} tasks more are not paid for, {} are; ask for them.", self.tasks));
///         }
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait Supply: Send + Sync + 'static {
    /// What it is, by name.
    fn describe(&self) -> String;

    /// Looks.
    ///
    /// # Errors
    /// If it could not look. What was found until then is in `findings`.
    async fn compare(&self, needs: &Needs, findings: &mut Findings) -> Result<()>;

    /// What looking at these needs takes itself: nothing, unless it says so.
    fn takes(&self, needs: &Needs) -> Needs {
        let _ = needs;
        Needs::new()
    }
}
