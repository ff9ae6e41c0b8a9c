//! The driver's way out.
//!
//! The driver resolves names, connects and speaks TLS by itself, to every member that a server tells it of. So it is given a socket in a
//! folder that only this user can enter, and what goes in there goes out through the check's network, address policy and TLS.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use deployment_core::{Error, ErrorKind, Result};
use tempfile::TempDir;
use tokio::{
    net::{UnixListener, UnixStream},
    task::{JoinHandle, JoinSet},
    time::Instant,
};

use super::builder::Settings;
use crate::{
    health::dial::{Connected, connect},
    net::Tls,
};

/// Ends with everything that goes through it when it is dropped.
pub(super) struct Tunnel {
    folder: TempDir,
    listener: JoinHandle<()>,
}

impl Tunnel {
    /// The first connection is made now, so that what keeps it from being made is told as it is.
    pub(super) async fn open(settings: &Settings, tls: Option<&Tls>, deadline: Instant) -> Result<Self> {
        let first = connect(&settings.access, tls, &settings.host, settings.port, deadline).await?;
        let storage = |error: std::io::Error| Error::new(ErrorKind::Storage, "connect", format!("no socket can be made: {}", error.kind()));
        let folder = tempfile::Builder::new().prefix("mongodb-").tempdir().map_err(storage)?;
        let listener = UnixListener::bind(folder.path().join("socket")).map_err(storage)?;
        let way = Way { settings: settings.clone(), tls: tls.cloned(), deadline, first: Arc::new(Mutex::new(Some(first))) };
        let listener = tokio::spawn(async move {
            // Ends all of them with itself.
            let mut ways = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                ways.spawn(way.clone().carry(stream));
            }
        });
        Ok(Self { folder, listener })
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

#[derive(Clone)]
struct Way {
    settings: Settings,
    tls: Option<Tls>,
    deadline: Instant,
    first: Arc<Mutex<Option<Connected>>>,
}

impl Way {
    async fn carry(self, mut inside: UnixStream) {
        let first = self.first.lock().ok().and_then(|mut first| first.take());
        let outside = match first {
            Some(link) => Ok(link),
            None => connect(&self.settings.access, self.tls.as_ref(), &self.settings.host, self.settings.port, self.deadline).await,
        };
        // The driver is told of a failure by the end of its connection.
        if let Ok(mut outside) = outside {
            let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
        }
    }
}
