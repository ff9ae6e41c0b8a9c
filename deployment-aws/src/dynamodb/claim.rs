//! The one active deployment of a service in an environment.

use deployment_core::{DeploymentId, EnvironmentName, Result, ServiceName};

use super::{
    change::{Change, Item, s},
    head::text,
    keys::{CLAIMS, Key},
    refusal,
    store::{Range, Store, Written},
};

/// How often a claim is tried whose holder gives it up at that moment.
const TRIES: usize = 5;

pub(super) async fn claim(store: &Store, service: &ServiceName, environment: &EnvironmentName, deployment: &DeploymentId) -> Result<()> {
    for _ in 0..TRIES {
        // For persons, the names as they are.
        let attributes =
            [("deployment", s(deployment.as_str())), ("service", s(service.as_str())), ("environment", s(environment.as_str()))];
        let change =
            Change::put(Key::claim(service, environment), attributes).when("(attribute_not_exists(#pk) OR #deployment = :deployment)");
        let change = change.value("deployment", s(deployment.as_str()));
        if store.transact("claim", vec![change]).await? == Written::Done {
            return Ok(());
        }
        match claimant(store, service, environment).await? {
            Some(holder) if holder == *deployment => return Ok(()),
            Some(holder) => return Err(refusal::claimed(service, environment, &holder)),
            None => {}
        }
    }
    Err(refusal::contended("claim"))
}

pub(super) async fn claimant(store: &Store, service: &ServiceName, environment: &EnvironmentName) -> Result<Option<DeploymentId>> {
    let key = Key::claim(service, environment);
    store.get("claimant", &key).await?.map(|item| holder(&key, &item)).transpose()
}

fn holder(key: &Key, item: &Item) -> Result<DeploymentId> {
    let damaged = || refusal::corrupt("claimant", &key.pk, &key.sk, "a claim that names no deployment");
    text(item, "deployment").and_then(|id| DeploymentId::new(id).ok()).ok_or_else(damaged)
}

pub(super) async fn release(store: &Store, key: Key, deployment: &DeploymentId) -> Result<()> {
    let change = Change::delete(key).when("#deployment = :deployment").value("deployment", s(deployment.as_str()));
    store.transact("release claim", vec![change]).await.map(drop)
}

/// Gives up whatever claim `deployment` holds.
pub(super) async fn release_all(store: &Store, deployment: &DeploymentId) -> Result<()> {
    let claims = store.query("release claim", CLAIMS, &Range::All).await?;
    for claim in claims.iter().filter(|claim| text(claim, "deployment") == Some(deployment.as_str())) {
        release(store, Key::new(CLAIMS, text(claim, "sk").unwrap_or_default()), deployment).await?;
    }
    Ok(())
}
