//! What a restored database is asked.

use std::{fmt, future::Future};

use async_trait::async_trait;
use deployment_core::Result;

/// A database that was made from a backup, and can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredDatabase {
    /// Its identifier at AWS.
    pub identifier: String,
    /// Its engine, as AWS names it: `postgres`, `aurora-mysql`, `docdb`.
    pub engine: String,
    /// The name of its host; that of the writer, if it is a cluster.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Asks a restored database whether it holds what it should.
///
/// # Contract
/// - **Who implements:** a team that knows its data, with the client of its database. **Who calls:**
///   [`verify`](deployment_core::backup::BackupProvider::verify) at the level `Queried`, once the restored database takes connections.
/// - The database is a copy that is removed afterwards, whatever the check says. It has the users and passwords that the source had when the
///   backup was taken, and must be reachable from where the check runs: see [`Placement`](super::Placement).
/// - An error whose status is `Temporary` leaves the database where it is: the engine asks again until the step's deadline. Any other error
///   fails the verification.
///
/// ```
/// use deployment_aws::rds::{DatabaseCheck, RestoredDatabase, check_fn};
/// use deployment_core::{Error, ErrorKind};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// # async fn count_orders(_host: &str, _port: u16) -> deployment_core::Result<u64> { Ok(17) }
/// let check = check_fn("there are orders", |database: RestoredDatabase| async move {
///     match count_orders(&database.host, database.port).await? {
///         0 => Err(Error::new(ErrorKind::Failed, "count orders", "the restored table is empty")),
///         _ => Ok(()),
///     }
/// });
/// let copy = RestoredDatabase { identifier: "verify-1".into(), engine: "postgres".into(), host: "localhost".into(), port: 5432 };
/// check.check(&copy).await
/// # }
/// ```
#[async_trait]
pub trait DatabaseCheck: fmt::Debug + Send + Sync + 'static {
    /// What it asks, without secrets.
    fn describe(&self) -> String;

    /// Asks.
    ///
    /// # Errors
    /// If the database does not hold what it should, or could not be asked.
    async fn check(&self, database: &RestoredDatabase) -> Result<()>;
}

/// A check from a closure.
pub fn check_fn<F, A>(description: impl Into<String>, check: F) -> impl DatabaseCheck
where
    F: Fn(RestoredDatabase) -> A + Send + Sync + 'static,
    A: Future<Output = Result<()>> + Send + 'static,
{
    Closure { description: description.into(), check }
}

struct Closure<F> {
    description: String,
    check: F,
}

impl<F> fmt::Debug for Closure<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DatabaseCheck").field(&self.description).finish()
    }
}

#[async_trait]
impl<F, A> DatabaseCheck for Closure<F>
where
    F: Fn(RestoredDatabase) -> A + Send + Sync + 'static,
    A: Future<Output = Result<()>> + Send + 'static,
{
    fn describe(&self) -> String {
        self.description.clone()
    }

    async fn check(&self, database: &RestoredDatabase) -> Result<()> {
        (self.check)(database.clone()).await
    }
}
