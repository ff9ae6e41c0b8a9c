//! The stage as a [`Target`] of the library.

use std::collections::BTreeMap;

use async_trait::async_trait;
use deployment_core::{
    EffectContext, Endpoint, Error, ErrorKind, Percent, Release, Result, RevisionId, Routes, ServiceName, Split, Status, TestRule, Token,
    target::{Capabilities, Capability, RevisionView, Rollout, RolloutState, Target, TargetView},
};

use super::{ClientError, RefusalKind, StageClient, wire};

/// The setting under which a launched revision keeps the library's release, so that observing shows it as it was given.
const RELEASE: &str = "release";
/// How often a revision without any healthy instance may crash until it is given up.
const CRASHES: u32 = 3;
/// How long a new instance may take in a rollout that the stage runs, in milliseconds.
const HEALTHY_WITHIN_MS: u64 = 10_000;
/// How many of the stage's events an observation shows.
const EVENTS: usize = 5;

/// One service of a stage, to deploy to. A release's settings are the demo service's: `behaviour` tells it how to be.
#[derive(Debug, Clone)]
pub struct StageTarget {
    client: StageClient,
    service: String,
}

impl StageTarget {
    /// The service of this name on the stage that `client` talks to.
    #[must_use]
    pub fn new(client: StageClient, service: impl Into<String>) -> Self {
        Self { client, service: service.into() }
    }

    fn to_wire(&self, release: &Release) -> Result<wire::Release> {
        let whole = serde_json::to_string(release).map_err(|error| Error::invalid("release", error))?;
        let mut config = release.settings.clone();
        config.insert(RELEASE.to_owned(), whole);
        let digest = release.artifact.clone().unwrap_or_default();
        Ok(wire::Release { service: self.service.clone(), version: release.version.clone(), digest, config })
    }
}

#[async_trait]
impl Target for StageTarget {
    fn describe(&self) -> String {
        format!("service {} of the stage at {}", self.service, self.client.control())
    }

    fn capabilities(&self) -> Capabilities {
        use Capability::{Launch, Replace, Scale, Split, Stop, Switch, TestRoute};
        Capabilities::of([Launch, Switch, Split, TestRoute, Scale, Replace, Stop])
    }

    async fn observe(&self) -> Result<TargetView> {
        let view = self.client.service(&self.service).await.map_err(|error| reading("observe", error))?;
        let revisions = view.revisions.into_iter().map(revision).collect::<Result<_>>()?;
        let rollout = view.rollouts.last().map(rollout).transpose()?;
        let events = view.events.iter().rev().take(EVENTS).rev().map(|event| format!("{:?}", event.what)).collect();
        Ok(TargetView { revisions, routes: routes(view.routes)?, rollout, events })
    }

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let order = wire::Launch { effect: effect(context), release: self.to_wire(release)?, instances: count };
        let launched = self.client.launch(&order).await.map_err(|error| changing("launch", error))?;
        RevisionId::new(launched.revision)
    }

    async fn replace(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let (effect, release) = (effect(context), self.to_wire(release)?);
        let order = wire::Replace { effect, release, instances: count, healthy_within_ms: HEALTHY_WITHIN_MS };
        let launched = self.client.replace(&order).await.map_err(|error| changing("replace", error))?;
        RevisionId::new(launched.revision)
    }

    async fn route(&self, context: &EffectContext, routes: &Routes) -> Result<()> {
        let split = routes.split.iter().map(|(revision, share)| (revision.to_string(), u32::from(share.basis_points()))).collect();
        let tests = routes.tests.iter().map(test_rule).collect::<Result<_>>()?;
        let routes = wire::Routes { split, tests };
        let order = wire::Route { effect: effect(context), service: self.service.clone(), routes };
        self.client.route(&order).await.map_err(|error| changing("route", error))?;
        Ok(())
    }

    async fn scale(&self, context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        let (service, revision) = (self.service.clone(), revision.to_string());
        let order = wire::Scale { effect: effect(context), service, revision, instances: count };
        self.client.scale(&order).await.map_err(|error| changing("scale", error))?;
        Ok(())
    }

    async fn retire(&self, context: &EffectContext, revision: &RevisionId) -> Result<()> {
        let order = wire::Retire { effect: effect(context), service: self.service.clone(), revision: revision.to_string() };
        self.client.retire(&order).await.map_err(|error| changing("retire", error))?;
        Ok(())
    }

    async fn stop(&self, context: &EffectContext, rollout: &Token) -> Result<()> {
        let order = wire::Stop { effect: effect(context), service: self.service.clone(), rollout: rollout.to_string() };
        self.client.stop(&order).await.map_err(|error| changing("stop", error))?;
        Ok(())
    }
}

fn effect(context: &EffectContext) -> wire::Effect {
    wire::Effect {
        deployment: context.deployment.to_string(),
        step: context.step.to_string(),
        token: context.token.to_string(),
        epoch: context.epoch,
    }
}

fn test_rule((rule, revision): &(TestRule, RevisionId)) -> Result<wire::TestRule> {
    match rule {
        TestRule::Header { name, value } => {
            Ok(wire::TestRule { header: name.clone(), value: value.clone(), revision: revision.to_string() })
        }
        TestRule::Listener { .. } => Err(Error::new(ErrorKind::Unsupported, "route", "the stage tells test requests by a header only")),
    }
}

fn routes(routes: wire::Routes) -> Result<Routes> {
    let mut shares = BTreeMap::new();
    for (revision, share) in routes.split {
        shares.insert(RevisionId::new(revision)?, Percent::of(share, wire::WHOLE));
    }
    let test = |rule: wire::TestRule| Ok((TestRule::Header { name: rule.header, value: rule.value }, RevisionId::new(rule.revision)?));
    Ok(Routes { split: Split::new(shares)?, tests: routes.tests.into_iter().map(test).collect::<Result<_>>()? })
}

fn revision(view: wire::RevisionView) -> Result<RevisionView> {
    let gave_up = view.crashes >= CRASHES && view.healthy == 0 && !view.retiring;
    Ok(RevisionView {
        id: RevisionId::new(&view.id)?,
        token: Token::new(&view.token).ok(),
        release: release(&view.release),
        desired: view.desired,
        running: view.running,
        healthy: Some(view.healthy),
        in_flight: u64::from(view.in_flight),
        failure: gave_up.then(|| format!("its processes ended unasked {} times, and none is healthy", view.crashes)),
        preview: Some(Endpoint {
            url: format!("http://{}", view.preview.front),
            rule: Some(TestRule::Header { name: view.preview.header, value: view.preview.value }),
        }),
    })
}

/// What the library launched, or what can be told of something else.
fn release(wire: &wire::Release) -> Option<Release> {
    if let Some(whole) = wire.config.get(RELEASE) {
        return serde_json::from_str(whole).ok();
    }
    let mut release = Release::new(ServiceName::new(&wire.service).ok()?, &wire.version);
    release.artifact = (!wire.digest.is_empty()).then(|| wire.digest.clone());
    release.settings = wire.config.clone();
    Some(release)
}

fn rollout(view: &wire::RolloutView) -> Result<Rollout> {
    let state = match view.state {
        wire::RolloutState::InProgress => RolloutState::InProgress,
        wire::RolloutState::Completed => RolloutState::Completed,
        wire::RolloutState::Failed => RolloutState::Failed,
        wire::RolloutState::RolledBack => RolloutState::RolledBack,
    };
    Ok(Rollout { token: Some(Token::new(&view.token)?), state, reason: view.reason.clone().unwrap_or_default() })
}

/// A call that changes nothing: without an answer, it has simply not worked.
pub(super) fn reading(operation: &'static str, error: ClientError) -> Error {
    match error {
        ClientError::InDoubt(_) => Error::new(ErrorKind::Unreachable, operation, error.to_string()),
        ClientError::Refused(_) | ClientError::NotReached(_) => changing(operation, error),
    }
}

/// What a call's failure says about its effect.
fn changing(operation: &'static str, error: ClientError) -> Error {
    let message = error.to_string();
    match error {
        ClientError::NotReached(_) => Error::new(ErrorKind::Unreachable, operation, message),
        ClientError::InDoubt(_) => Error::new(ErrorKind::Unreachable, operation, message).in_doubt(),
        ClientError::Refused(refusal) => match refusal.kind {
            RefusalKind::StaleEpoch => Error::new(ErrorKind::Fenced, operation, message),
            RefusalKind::Invalid => Error::new(ErrorKind::InvalidInput, operation, message),
            RefusalKind::Unknown => Error::new(ErrorKind::NotFound, operation, message),
            // It may get healthy yet.
            RefusalKind::NotHealthy => Error::new(ErrorKind::Failed, operation, message).with_status(Status::Temporary),
            RefusalKind::TokenReused | RefusalKind::StillRouted | RefusalKind::RolloutInProgress => {
                Error::new(ErrorKind::Conflict, operation, message)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use deployment_core::{
        Actor, EnvironmentName, ErrorKind, Plan, Plugins, Release, ServiceName, Status, TestRule, plan::Capacity, strategy::BlueGreen,
    };

    use super::{ClientError, RefusalKind, StageTarget, changing, reading};
    use crate::stage::{Refusal, StageClient};

    #[test]
    fn a_plan_with_a_test_listener_is_refused_before_anything_is_done() {
        let target = StageTarget::new(StageClient::new(([127, 0, 0, 1], 1).into()), "backend");
        let plugins = Plugins::new().target("backend", target).unwrap();
        let build = |rule| {
            let release = Release::new(ServiceName::new("shop").unwrap(), "2");
            let plan = Plan::builder(release, EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap());
            plan.deploy("backend", Capacity::of(1), BlueGreen::new().test_route(rule)).build(&plugins)
        };
        let refused = build(TestRule::Listener { port: 8_443 }).unwrap_err().to_string();
        assert!(refused.contains("backend cannot route a test listener's requests"), "{refused}");
        build(TestRule::Header { name: "x-test".into(), value: "yes".into() }).unwrap();
    }

    #[test]
    fn an_error_says_what_is_known_of_the_effect() {
        let refused = |kind| ClientError::Refused(Refusal { kind, message: "no".into() });
        assert_eq!(changing("route", refused(RefusalKind::StaleEpoch)).kind(), ErrorKind::Fenced);
        for (kind, status) in [
            (RefusalKind::Invalid, Status::Permanent),
            (RefusalKind::Unknown, Status::Permanent),
            (RefusalKind::StaleEpoch, Status::Permanent),
            (RefusalKind::TokenReused, Status::Permanent),
            (RefusalKind::StillRouted, Status::Permanent),
            (RefusalKind::RolloutInProgress, Status::Permanent),
            (RefusalKind::NotHealthy, Status::Temporary),
        ] {
            assert_eq!(changing("route", refused(kind)).status(), status, "{kind:?}");
        }
        let lost = || ClientError::InDoubt("the answer was lost".into());
        assert_eq!(changing("route", lost()).status(), Status::InDoubt);
        assert_eq!(reading("observe", lost()).status(), Status::Temporary);
        let unreached = changing("route", ClientError::NotReached(io::Error::other("refused")));
        assert_eq!((unreached.kind(), unreached.status()), (ErrorKind::Unreachable, Status::Temporary));
    }
}
