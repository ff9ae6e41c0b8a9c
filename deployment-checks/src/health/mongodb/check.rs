//! The check.

use async_trait::async_trait;
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport},
};
use tokio::time::Instant;

use super::{
    builder::{MongoCheckBuilder, Settings, Status},
    judge::{connections, place, replica_set},
    session::Session,
    state::{Hello, Members},
};
use crate::{
    health::findings::{Findings, Look, look},
    net::Tls,
};

/// Looks whether a MongoDB server (`mongod`, `mongos` or DocumentDB) does its work: the time of a `ping`, what it is in its replica set,
/// connections in use, members and lag. It sends `hello`, `ping`, `serverStatus` and `replSetGetStatus`, through the maintained driver.
///
/// # Contract
/// - It talks to the server that was named and to no other: members that this server names are not connected to.
/// - Refused connections, a server that is neither primary nor secondary, a replica set without a primary, an answer that fails or takes
///   too long, a certificate that does not verify: **unhealthy**.
/// - A denied address, a login that is refused, a missing right: an **error**.
/// - Shows no password, also not if the server sends it back.
///
/// The user needs the role `clusterMonitor`, unless [`MongoCheckBuilder::without_status`] is said.
///
/// ```
/// use deployment_checks::{health::MongoCheck, secret::Secret};
/// use deployment_core::health::HealthCheck;
///
/// let check = MongoCheck::builder("documents.internal", 27017).login("monitor", Secret::new("s3cret")).replicas(2).build()?;
/// assert_eq!(check.describe(), "MongoDB at documents.internal:27017");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug)]
pub struct MongoCheck {
    pub(super) settings: Settings,
    pub(super) tls: Option<Tls>,
}

impl MongoCheck {
    /// Begins with a host (a name or an address) and a port. There are no `mongodb+srv` names: they stand for many servers.
    pub fn builder(host: impl Into<String>, port: u16) -> MongoCheckBuilder {
        MongoCheckBuilder::new(host.into(), port)
    }

    async fn look(&self, deadline: Instant, findings: &mut Findings) -> Look<()> {
        let settings = &self.settings;
        let session = Session::open(settings, self.tls.as_ref(), deadline).await?;
        let hello = Hello::read(&session.ask("hello").await?);
        let time = session.ping().await?;
        findings.measure(time, &settings.ping_time, format!("the ping took {} ms", time.as_millis()));
        place(&hello, settings, findings);
        if settings.status == Status::Asked {
            connections(&session.ask("serverStatus").await?, settings, findings)?;
            if hello.in_set {
                replica_set(&hello, &Members::read(&session.ask("replSetGetStatus").await?)?, settings, findings);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl HealthCheck for MongoCheck {
    fn describe(&self) -> String {
        format!("MongoDB at {}:{}", self.settings.host, self.settings.port)
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        look(self.settings.access.timeout, async |deadline, findings| self.look(deadline, findings).await).await
    }
}
