//! The target itself.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use aws_sdk_ecs::{operation::update_service::builders::UpdateServiceInputBuilder, types::Service};
use deployment_core::{
    EffectContext, Endpoint, Error, ErrorKind, Percent, Release, Result, RevisionId, Routes, Split, Status, TestRule, Token,
    target::{Capabilities, Capability, Target, TargetView},
};

use super::{
    definition::Definition,
    side::{Side, idle},
    view,
};
use crate::{
    alb::{AlbRouter, GroupRoutes, TargetGroup},
    ecs::{
        api::Api,
        count::{countable, within},
        names::short,
        task_definition::{Changes, Difference},
    },
    error::{Call, Effect},
};

/// How many task definitions are remembered.
const REMEMBERED: usize = 8;

/// A target of two services of ECS behind one weighted rule of a load balancer: blue/green and canary deployments.
///
/// One service serves. A launch puts the release into the other one, at the wanted number of tasks; traffic moves by the weights of the rule,
/// and at the end the service that has served is set to no tasks. A revision is a service with a task definition: `shop-green/shop:12`.
///
/// ```no_run
/// # #[cfg(feature = "ecs")] mod example {
/// use deployment_aws::{alb::{AlbRouter, TargetGroup}, ecs::EcsBlueGreen};
/// use deployment_core::{Plugins, Result};
///
/// async fn plugins(config: &aws_config::SdkConfig, rule: &str, blue: &str, green: &str) -> Result<Plugins> {
///     let router = AlbRouter::new(config, rule, [TargetGroup::new(blue)?, TargetGroup::new(green)?])?;
///     let target = EcsBlueGreen::new(config, "production", ["shop-blue", "shop-green"], router.test_header("x-try", "next", 10)?)?;
///     for warning in target.check().await? {
///         eprintln!("{warning}");
///     }
///     Plugins::new().target("backend", target)
/// }
/// # }
/// ```
pub struct EcsBlueGreen {
    pub(super) apis: [(Api, TargetGroup); 2],
    pub(super) router: AlbRouter,
    pub(super) read_lag: Duration,
    /// Which test rule leads to which address.
    pub(super) previews: Vec<(TestRule, Endpoint)>,
    pub(super) definitions: Mutex<BTreeMap<String, Arc<Definition>>>,
    /// What a service ran when this object has last given it something else, and what it was given. As long as the service shows what it ran, the
    /// reading is older than the launch.
    pub(super) launched: Mutex<BTreeMap<String, Launched>>,
    /// What was registered last, and for which effect: lists of task definitions may be older than that.
    pub(super) registered: Mutex<Option<(Token, String)>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Launched {
    before: String,
    given: String,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl EcsBlueGreen {
    /// What a release would change in the task definition that serves now. Changes nothing.
    ///
    /// # Errors
    /// As for [`observe`](Target::observe), and [`InvalidInput`](ErrorKind::InvalidInput) if the release cannot be deployed here.
    pub async fn difference(&self, release: &Release) -> Result<Difference> {
        let sides = self.sides().await?;
        let side = idle(&sides, &self.router.routes().await?)?;
        let from = &base(&sides, side).definition.described;
        let mut next = from.clone();
        Changes::of(release)?.make(&mut next, side.container()?)?;
        Ok(Difference::between(from, &next))
    }

    /// Raises the number of tasks at once, of each service that has traffic, outside of any deployment: for an emergency. Says how many each
    /// had. Shares of traffic are not touched.
    ///
    /// It does not lower a number that it has read. ECS takes absolute ones only: what automatic scaling raises between that reading and the
    /// change, a moment, is set again by its next look. A deployment that is under way goes on with more tasks.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if `to` is more than `at_most`, [`Failed`](ErrorKind::Failed) if no service has traffic; as for
    /// [`observe`](Target::observe); in doubt if the answer was lost: call it again.
    pub async fn scale_up(&self, to: u32, at_most: u32) -> Result<Vec<(RevisionId, u32)>> {
        let wanted = within(to, at_most)?;
        let (sides, routes) = (self.sides().await?, self.router.routes().await?);
        let mut had = Vec::new();
        for side in sides.iter().filter(|side| routes.share(&side.group) > Percent::ZERO && !side.is_empty()) {
            if side.desired() < to {
                self.api_of(side).update(UpdateServiceInputBuilder::default().desired_count(wanted)).await?;
            }
            had.push((side.revision.clone(), side.desired()));
        }
        if had.is_empty() {
            let message = "no service that runs tasks has traffic; look at the rule's weights first";
            return Err(Error::new(ErrorKind::Failed, "scale up", message).with("rule", self.router.rule()));
        }
        Ok(had)
    }

    /// Both services, with what they run.
    pub(super) async fn sides(&self) -> Result<[Side; 2]> {
        let [blue, green] = &self.apis;
        let [first, second] = both(&blue.0, &green.0).await?;
        Ok([self.side(blue, first).await?, self.side(green, second).await?])
    }

    async fn side(&self, (api, group): &(Api, TargetGroup), service: Service) -> Result<Side> {
        let arn = service.task_definition().unwrap_or_default();
        self.must_be_new(api, arn)?;
        let definition = self.definition(api, arn).await?;
        let revision = RevisionId::new(format!("{}/{}", short(&api.service), definition.name()))?;
        Ok(Side { service, group: group.clone(), definition, revision })
    }

    /// Refuses a reading that is older than our last launch.
    fn must_be_new(&self, api: &Api, arn: &str) -> Result<()> {
        let mut launched = locked(&self.launched);
        let Some(last) = launched.get(&api.service) else { return Ok(()) };
        if last.before != arn {
            launched.remove(&api.service);
            return Ok(());
        }
        let message = format!("the service still shows {}, it was given {}; ask again", short(&last.before), short(&last.given));
        Err(Error::new(ErrorKind::Failed, "observe", message).with_status(Status::Temporary).with("service", &api.service))
    }

    async fn definition(&self, api: &Api, arn: &str) -> Result<Arc<Definition>> {
        if let Some(known) = locked(&self.definitions).get(arn) {
            return Ok(Arc::clone(known));
        }
        let read = Arc::new(Definition::read(api, arn).await?);
        let mut known = locked(&self.definitions);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(arn.to_owned(), Arc::clone(&read));
        Ok(read)
    }

    /// The task definition of this effect: remembered, found, or registered now.
    async fn registered(
        &self,
        api: &Api,
        context: &EffectContext,
        release: &Release,
        base: &Definition,
        container: &str,
    ) -> Result<String> {
        if let Some((_, arn)) = locked(&self.registered).as_ref().filter(|(token, _)| *token == context.token) {
            return Ok(arn.clone());
        }
        let arn = base.changed(api, context, release, container).await?;
        *locked(&self.registered) = Some((context.token.clone(), arn.clone()));
        Ok(arn)
    }

    fn api_of(&self, side: &Side) -> &Api {
        let [(blue, group), (green, _)] = &self.apis;
        if *group == side.group { blue } else { green }
    }

    /// The target groups of revisions, for the router.
    fn group_routes(&self, sides: &[Side; 2], routes: &Routes) -> Result<GroupRoutes> {
        let group = |revision: &RevisionId| there(sides, revision, "route").map(|side| side.group.clone());
        let tests = routes.tests.iter().map(|(rule, revision)| Ok((rule.clone(), group(revision)?))).collect::<Result<Vec<_>>>()?;
        if routes.split.is_empty() {
            let empty = sides.iter().find(|side| side.is_empty()).ok_or_else(|| {
                Error::new(ErrorKind::Conflict, "route", "both services run tasks; traffic can be sent to nobody only where one runs none")
            })?;
            return Ok(GroupRoutes::new([(empty.group.clone(), Percent::ALL)], tests));
        }
        let split = routes.split.iter().map(|(revision, share)| Ok((group(revision)?, share))).collect::<Result<Vec<_>>>()?;
        Ok(GroupRoutes::new(split, tests))
    }
}

/// What a launch to this side changes: what serves; before the first deployment what the service was made with.
fn base<'a>(sides: &'a [Side; 2], side: &'a Side) -> &'a Side {
    sides.iter().find(|other| other.group != side.group && !other.is_empty()).unwrap_or(side)
}

/// Both services by one call.
async fn both(blue: &Api, green: &Api) -> Result<[Service; 2]> {
    const CALL: Call = Call { operation: "observe", action: "ecs:DescribeServices", effect: Effect::Reads };
    let request = blue.client.describe_services().cluster(&blue.cluster).services(&blue.service).services(&green.service);
    let found = request.send().await.map_err(|error| CALL.failed(error).with("cluster", &blue.cluster))?.services.unwrap_or_default();
    let named = |api: &Api| found.iter().find(|service| service.service_name() == Some(short(&api.service))).cloned();
    match (named(blue), named(green)) {
        (Some(blue), Some(green)) => Ok([blue, green]),
        // One by one it is told which is missing, and why.
        _ => Ok([blue.service().await?, green.service().await?]),
    }
}

/// The side that is this revision, if it is there.
fn there<'a>(sides: &'a [Side; 2], revision: &RevisionId, operation: &'static str) -> Result<&'a Side> {
    let found = sides.iter().find(|side| side.revision == *revision && !side.is_empty());
    found.ok_or_else(|| {
        let [blue, green] = sides.each_ref().map(|side| side.revision.as_str());
        let message = format!("there is no revision {revision}; the services are {blue} and {green}, as far as they run tasks");
        Error::new(ErrorKind::NotFound, operation, message)
    })
}

#[async_trait]
impl Target for EcsBlueGreen {
    fn describe(&self) -> String {
        let [(blue, _), (green, _)] = &self.apis;
        format!(
            "ecs blue/green of {} and {} in {}, by {}",
            short(&blue.service),
            short(&green.service),
            short(&blue.cluster),
            self.router.rule()
        )
    }

    fn capabilities(&self) -> Capabilities {
        let tests = (!self.router.test_rules().is_empty()).then_some(Capability::TestRoute);
        Capabilities::of([Capability::Launch, Capability::Switch, Capability::Split, Capability::Scale]).and(tests)
    }

    fn read_lag(&self) -> Duration {
        self.read_lag
    }

    async fn observe(&self) -> Result<TargetView> {
        let sides = self.sides().await?;
        let routes = self.router.routes().await?;
        let [blue, green] = &sides;
        let health = [self.router.health(&blue.group).await?, self.router.health(&green.group).await?];
        view::of(&sides, &health, &routes, &self.previews)
    }

    async fn changes(&self, release: &Release) -> Result<Vec<String>> {
        let (sides, routes) = (self.sides().await?, self.router.routes().await?);
        let runs = |side: &&Side| side.definition.marks.release.as_ref() == Some(release) && routes.share(&side.group) == Percent::ALL;
        if sides.iter().any(|side| runs(&side)) {
            return Ok(Vec::new());
        }
        Ok(self.difference(release).await?.lines())
    }

    async fn launch(&self, context: &EffectContext, release: &Release, count: u32) -> Result<RevisionId> {
        let sides = self.sides().await?;
        let before = sides.iter().find(|side| side.token() == Some(&context.token));
        if let Some(side) = before.filter(|side| side.desired() > 0) {
            return Ok(side.revision.clone());
        }
        let routes = self.router.routes().await?;
        let side = idle(&sides, &routes)?;
        let api = self.api_of(side);
        let base = base(&sides, side);
        let arn = self.registered(api, context, release, &base.definition, side.container()?).await?;
        let revision = RevisionId::new(format!("{}/{}", short(&api.service), short(&arn)))?;
        let desired = countable("count", count)?;
        api.update(UpdateServiceInputBuilder::default().task_definition(&arn).desired_count(desired)).await?;
        if side.definition.arn != arn {
            let launched = Launched { before: side.definition.arn.clone(), given: arn };
            locked(&self.launched).insert(api.service.clone(), launched);
        }
        Ok(revision)
    }

    async fn route(&self, _context: &EffectContext, routes: &Routes) -> Result<()> {
        let sides = self.sides().await?;
        self.router.set(&self.group_routes(&sides, routes)?).await
    }

    async fn scale(&self, _context: &EffectContext, revision: &RevisionId, count: u32) -> Result<()> {
        let sides = self.sides().await?;
        let side = there(&sides, revision, "scale")?;
        self.api_of(side).update(UpdateServiceInputBuilder::default().desired_count(countable("count", count)?)).await.map(drop)
    }

    async fn retire(&self, _context: &EffectContext, revision: &RevisionId) -> Result<()> {
        let sides = self.sides().await?;
        let Some(side) = sides.iter().find(|side| side.revision == *revision) else { return Ok(()) };
        let routes = self.router.routes().await?;
        let shown: Split = view::split(&sides, &routes)?;
        let tested = routes.tests.iter().any(|(_, group)| *group == side.group);
        if shown.share(revision) > Percent::ZERO || (tested && !side.is_empty()) {
            let message = format!("{revision} has {} of traffic{}", shown.share(revision), if tested { ", and test requests" } else { "" });
            return Err(Error::new(ErrorKind::Conflict, "retire", message));
        }
        self.api_of(side).update(UpdateServiceInputBuilder::default().desired_count(0)).await.map(drop)
    }
}

impl fmt::Debug for EcsBlueGreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EcsBlueGreen").field(&self.describe()).finish()
    }
}
