//! The emulator's process.

use std::net::SocketAddr;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use tokio::{net::TcpStream, sync::OnceCell};

use super::{
    process::{Folder, Process, free_port, loopback},
    programs::{Programs, script},
};

/// A running cloud.
#[derive(Debug)]
pub(crate) struct Cloud {
    process: Process,
    port: u16,
}

impl Cloud {
    /// The one of this test binary. It is never dropped: the supervisor sees the process end.
    pub(crate) async fn get() -> &'static Self {
        static CLOUD: OnceCell<Cloud> = OnceCell::const_new();
        CLOUD.get_or_init(Self::start).await
    }

    /// Another one.
    pub(crate) async fn start() -> Self {
        let (folder, port) = (Folder::new("cloud"), free_port());
        let words = [&Programs::get().python, &script("cloud.py")].map(|path| path.to_string_lossy().into_owned());
        let command: Vec<_> = words.into_iter().chain([port.to_string()]).collect();
        let cloud = Self { process: Process::new(folder, &command, None), port };
        let probe = || async { TcpStream::connect(loopback(port)).await.is_ok() };
        cloud.process.start(probe).await.unwrap_or_else(|why| panic!("the test cloud: {why}"));
        cloud
    }

    pub(crate) fn address(&self) -> SocketAddr {
        loopback(self.port)
    }

    /// How to reach it.
    pub(crate) fn config(&self) -> SdkConfig {
        config(self.address())
    }

    /// It accepts connections and answers nothing.
    pub(crate) fn pause(&self) {
        self.process.pause();
    }

    pub(crate) fn resume(&self) {
        self.process.resume();
    }
}

/// The configuration for something that plays AWS at this address.
pub(crate) fn config(address: SocketAddr) -> SdkConfig {
    let credentials = Credentials::from_keys("AKIDEXAMPLE", "not-a-secret", None);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}
