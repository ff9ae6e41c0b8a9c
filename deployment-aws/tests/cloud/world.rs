//! A test's own account in the cloud, with a time of its own.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aws_config::SdkConfig;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Cloud, Proxy,
    client::{Others, in_virtual_time},
    time::in_real_time,
};

/// The key of whoever drives deployments, where somebody else has set everything up.
pub(crate) const DRIVER: &str = "AKIDRIVER";

/// An account that no other test has. Its time stands still but for what [`World::advance`] and [`World::call`] say.
#[derive(Debug)]
pub(crate) struct World {
    proxy: Proxy,
    cloud: SocketAddr,
    account: String,
    time: Time,
}

/// The time of whoever uses an account: how much of it there was before them, and their own since.
#[derive(Debug, Clone, Copy)]
struct Time {
    before: Duration,
    began: Instant,
}

impl Time {
    fn now(self) -> Duration {
        self.before + self.began.elapsed()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(200_000_000_000);
        let account = NEXT.fetch_add(1, Ordering::SeqCst).to_string();
        Self::of(in_real_time(async { Cloud::get().await.address() }).await, account).await
    }

    /// The account of another process, by its [`name`](Self::name). Its time goes on from where it is there.
    pub(crate) async fn attach(name: &str) -> Self {
        let (cloud, account) = name.split_once('/').unwrap();
        let mut world = Self::of(cloud.parse().unwrap(), account.to_owned()).await;
        world.time.before = Duration::from_millis(world.tell("clock/now", &json!({})).await["millis"].as_u64().unwrap());
        world
    }

    async fn of(cloud: SocketAddr, account: String) -> Self {
        let owner = account.clone();
        let proxy = in_real_time(async move { Proxy::for_account(cloud, &owner).await }).await;
        Self { proxy, cloud, account, time: Time { before: Duration::ZERO, began: Instant::now() } }
    }

    /// Where it is, for other processes.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.cloud, self.account)
    }

    /// How long there has been an account, by its user's time.
    pub(crate) fn time(&self) -> Duration {
        self.time.now()
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// The way to it, which can be made bad.
    pub(crate) fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    pub(crate) fn config(&self) -> SdkConfig {
        self.proxy.config()
    }

    /// The same for users in virtual time: the account's time is theirs, which stands still while a call is under way. What is made with it
    /// needs no [`World::call`].
    pub(crate) fn virtual_config(&self) -> SdkConfig {
        self.config_while(Others::GoOn)
    }

    /// The same for a user that does nothing else during a request: it has happened or has not, wherever the user dies.
    pub(crate) fn atomic_config(&self) -> SdkConfig {
        self.config_while(Others::StandStill)
    }

    fn config_while(&self, others: Others) -> SdkConfig {
        let (clock, time) = (self.proxy.clock(), self.time);
        let client = in_virtual_time(others, move || clock.reach(time.now()));
        self.proxy.config().into_builder().http_client(client).build()
    }

    /// The same with the credentials of somebody else than who set everything up: see `key` in `authorization.py`.
    pub(crate) fn driver_config(&self) -> SdkConfig {
        let credentials = SharedCredentialsProvider::new(Credentials::from_keys(DRIVER, "not-a-secret", None));
        self.virtual_config().into_builder().credentials_provider(credentials).build()
    }

    /// Its time goes on by this.
    pub(crate) fn advance(&self, by: Duration) {
        let clock = self.proxy.clock();
        clock.reach(clock.time() + by);
    }

    /// Calls something of the cloud from virtual time: the account's time is the caller's, which stands still during the call.
    pub(crate) async fn call<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        self.catch_up();
        in_real_time(work).await
    }

    /// Its time is the caller's, where that is later.
    pub(crate) fn catch_up(&self) {
        self.proxy.clock().reach(self.time());
    }

    /// A word to the cloud itself: see `on_command` in its modules. It meets no fault.
    pub(crate) async fn tell(&self, name: &str, body: &Value) -> Value {
        self.catch_up();
        let (path, body) = (format!("/_cloud/{name}"), Bytes::from(body.to_string()));
        let (status, answer) = self.proxy.tell(&path, body).await;
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap()
    }
}
