//! Synthetic transactions against a shop on this machine, and against peers that attack.

mod cookies;
mod hostile;
mod places;
mod secrets;
mod shop;
mod steps;

use deployment_checks::suite::transaction::{Transaction, TransactionBuilder};
use deployment_core::{
    Endpoint, Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
    testkit::sample,
};

use super::support::{Peer, client};

/// A context whose candidate is this peer.
fn at(peer: &Peer) -> HealthContext {
    let mut context = sample::health(sample::NOON);
    context.subject.endpoint = Some(Endpoint { url: format!("http://127.0.0.1:{}", peer.port()), rule: None });
    context
}

fn transaction() -> TransactionBuilder {
    Transaction::builder("order", client().build().unwrap())
}

async fn run(builder: TransactionBuilder, peer: &Peer) -> Result<HealthReport> {
    builder.build().unwrap().check(&at(peer)).await
}

/// Why the transaction has failed; panics if it has not.
async fn failure(builder: TransactionBuilder, peer: &Peer) -> String {
    let report = run(builder, peer).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy, "{}", report.evidence);
    report.evidence
}
