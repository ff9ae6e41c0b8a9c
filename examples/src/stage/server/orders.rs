//! What can be asked of a stage.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::sync::watch;

use super::{
    super::{
        log::Log,
        service::Service,
        wire::{
            Done, Effect, Happening, Launch, Launched, MetricsQuery, MetricsWindow, Observation, Refusal, Replace, Retire, Route, Scale,
            Stats, Stop,
        },
    },
    fence::{Fence, Maker},
};
use crate::{clock::unix_millis, lock::lock};

/// A whole stage.
pub(crate) struct Stage {
    pub(super) services: BTreeMap<String, Arc<Service>>,
    pub(super) log: Arc<Log>,
    pub(super) since: u64,
    fence: Mutex<Fence>,
    /// Whether it was asked to end.
    pub(super) ending: watch::Sender<bool>,
}

impl Stage {
    pub(super) fn new(services: BTreeMap<String, Arc<Service>>, log: Arc<Log>) -> Self {
        Self { services, log, since: unix_millis(), fence: Mutex::default(), ending: watch::Sender::new(false) }
    }

    pub(super) fn launch(&self, order: &Launch) -> Result<Launched, Refusal> {
        let Launch { effect, release, instances } = order;
        self.fenced(&release.service, effect, |fence, service| {
            if let Some(launched) = fence.known(Maker::Launch, effect, release)? {
                return Ok(self.repeated(service, effect, launched));
            }
            let revision = service.launch(effect, release, *instances)?;
            Ok(fence.made(Maker::Launch, effect, release, &revision))
        })
    }

    pub(super) fn replace(&self, order: &Replace) -> Result<Launched, Refusal> {
        let Replace { effect, release, .. } = order;
        self.fenced(&release.service, effect, |fence, service| {
            if let Some(launched) = fence.known(Maker::Replace, effect, release)? {
                return Ok(self.repeated(service, effect, launched));
            }
            let revision = service.replace(order)?;
            Ok(fence.made(Maker::Replace, effect, release, &revision))
        })
    }

    pub(super) fn scale(&self, order: &Scale) -> Result<Done, Refusal> {
        self.fenced(&order.service, &order.effect, |_, service| {
            service.scale(&order.effect, &order.revision, order.instances)?;
            Ok(Done {})
        })
    }

    pub(super) fn route(&self, order: &Route) -> Result<Done, Refusal> {
        self.fenced(&order.service, &order.effect, |_, service| {
            service.route(&order.effect, &order.routes)?;
            Ok(Done {})
        })
    }

    pub(super) fn retire(&self, order: &Retire) -> Result<Done, Refusal> {
        self.fenced(&order.service, &order.effect, |_, service| {
            service.retire(&order.effect, &order.revision)?;
            Ok(Done {})
        })
    }

    pub(super) fn stop(&self, order: &Stop) -> Result<Done, Refusal> {
        self.fenced(&order.service, &order.effect, |_, service| {
            service.stop(&order.rollout)?;
            Ok(Done {})
        })
    }

    pub(super) fn observe(&self) -> Observation {
        Observation {
            at: unix_millis(),
            services: self.services.iter().map(|(name, service)| (name.clone(), service.view())).collect(),
            epochs: lock(&self.fence).epochs.clone(),
        }
    }

    pub(super) fn metrics(&self, query: &MetricsQuery) -> Result<MetricsWindow, Refusal> {
        self.service(&query.service)?.window(&query.revision, query.range)
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            since: self.since,
            services: self.services.iter().map(|(name, service)| (name.clone(), service.stats())).collect(),
            launches: lock(&self.fence).launches(),
            events: self.log.all(),
        }
    }

    pub(super) fn shutdown(&self) -> Done {
        self.ending.send_replace(true);
        Done {}
    }

    /// Carries out an order under the fence's lock: nothing can overtake it between the check of its epoch and its effect.
    fn fenced<T>(
        &self,
        service: &str,
        effect: &Effect,
        order: impl FnOnce(&mut Fence, &Arc<Service>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut fence = lock(&self.fence);
        let result = fence.admit(effect).and_then(|()| order(&mut fence, self.service(service)?));
        if let Err(refusal) = &result {
            self.log.add(Some(service), Some(effect), Happening::Refused { reason: refusal.message.clone() });
        }
        result
    }

    fn repeated(&self, service: &Service, effect: &Effect, launched: Launched) -> Launched {
        let what = Happening::LaunchRepeated { revision: launched.revision.clone() };
        self.log.add(Some(&service.name), Some(effect), what);
        launched
    }

    fn service(&self, name: &str) -> Result<&Arc<Service>, Refusal> {
        self.services.get(name).ok_or_else(|| Refusal::unknown("service", name))
    }
}
