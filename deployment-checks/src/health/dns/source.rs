//! Who is asked.

use std::{net::IpAddr, sync::Arc};

use deployment_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, timeout_at};

use super::{Record, rules::Values};
use crate::net::Resolve;

/// Who is asked.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A resolver, which knows addresses only.
    Resolver(Arc<dyn Resolve>),
    /// A server.
    #[cfg(feature = "dns")]
    Server(super::wire::Server),
}

impl Source {
    pub(super) async fn ask(&self, name: &str, record: Record, deadline: Instant) -> Result<Values> {
        match self {
            Self::Resolver(resolver) => {
                let fits = |address: &IpAddr| address.is_ipv4() == (record == Record::A);
                let late = |_| Error::new(ErrorKind::Unreachable, "resolve", "no answer in time").with("host", name);
                let found = timeout_at(deadline, resolver.resolve(name)).await.map_err(late)??;
                Ok(found.iter().filter(|address| fits(address)).map(IpAddr::to_string).collect())
            }
            #[cfg(feature = "dns")]
            Self::Server(server) => server.ask(name, record, deadline).await,
        }
    }

    /// Whether it can be asked for such records.
    pub(super) fn knows(&self, record: Record) -> bool {
        match self {
            Self::Resolver(_) => matches!(record, Record::A | Record::Aaaa),
            #[cfg(feature = "dns")]
            Self::Server(_) => true,
        }
    }
}
