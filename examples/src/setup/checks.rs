//! What is asked of a candidate itself: the tests before it has traffic, and its health score before and after.

use std::{net::SocketAddr, time::Duration};

use deployment_checks::{
    expect::{Expect, JsonRule},
    http::HttpClient,
    net::{AddressPolicy, Network},
    score::{HealthScore, ScoredCheck},
    suite::{
        Suite, Test, Validation,
        transaction::{Call, Capture, Transaction},
    },
};
use deployment_core::Result;

use super::{MOST_LATENCY, SERVICE};

/// How long a call may take. A busy machine needs longer than a healthy service.
const PATIENCE: Duration = Duration::from_secs(5);

/// The checks of what runs on one stage.
#[derive(Debug)]
pub(super) struct Checks {
    client: HttpClient,
}

impl Checks {
    /// Of the stage at `control`: of this machine's own addresses only that one may be reached.
    pub(super) fn of(control: SocketAddr) -> Result<Self> {
        let address = control.ip();
        let range = format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 });
        let network = Network::new(AddressPolicy::default().allow(&range)?);
        Ok(Self { client: HttpClient::builder().network(network).deadline(PATIENCE).build()? })
    }

    /// Smoke tests, which must pass, and an ordinary request, which is worth a warning: traffic will show how many of them fail.
    pub(super) fn validation(&self) -> Result<Validation> {
        let healthy = Expect::new().status("200".parse()?).json("/status", JsonRule::equals("healthy"))?;
        let ready = Expect::new().status("200".parse()?).json("/status", JsonRule::equals("ready"))?;
        let health = Call::get("/health").expect(healthy).same("/version", "version");
        let smoke = Suite::smoke()
            .test(Test::new("is healthy and of this version", self.once("health", health)?).critical())
            .test(Test::new("is ready", self.once("ready", Call::get("/health/ready").expect(ready))?).critical());
        let api = Suite::api().test(Test::new("serves its page", self.visit()?));
        Validation::builder(SERVICE).suite(smoke).suite(api).build()
    }

    /// Is it up, is it fast, does it do what it is there for?
    pub(super) fn score(&self) -> Result<HealthScore> {
        let fast = Call::get("/").named("an answer in time").expect(Expect::new().status("100-599".parse()?).within(MOST_LATENCY));
        HealthScore::builder(SERVICE)
            .check(ScoredCheck::basic(self.once("up", Call::get("/health"))?))
            .check(ScoredCheck::performance(self.once("latency", fast)?))
            .check(ScoredCheck::business(self.once("page", Call::get("/").same("/version", "version"))?))
            .build()
    }

    /// What a user does: gets the page, from the version that says it is there.
    fn visit(&self) -> Result<Transaction> {
        let page = Expect::new().status("200".parse()?).json("/service", JsonRule::Exists)?;
        Transaction::builder("visit", self.client.clone())
            .call(Call::get("/health").capture("running", Capture::json("/version")?.shown()))
            .call(Call::get("/").expect(page).same("/version", "running"))
            .build()
    }

    fn once(&self, name: &str, call: Call) -> Result<Transaction> {
        Transaction::builder(name, self.client.clone()).call(call).build()
    }
}
