//! One revision: a release that runs as a number of instances.

use std::sync::Arc;

use super::{
    super::wire::{Effect, Release},
    instance::{Instance, Upstream},
    recorder::Recorder,
};

/// One revision: a release that runs as a number of instances.
pub(crate) struct Revision {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) release: Release,
    pub(crate) recorder: Arc<Recorder>,
    /// Those that have or shall have a place in the rotation.
    pub(crate) instances: Vec<Arc<Instance>>,
    /// Those that have left it and are ending.
    pub(crate) leaving: Vec<Arc<Instance>>,
    pub(crate) retiring: bool,
    pub(crate) crashes: u32,
    pub(crate) restarts: u32,
    made: u32,
    turn: usize,
}

impl Revision {
    pub(super) fn new(id: String, effect: &Effect, release: &Release) -> Self {
        Self {
            recorder: Arc::new(Recorder::new(&id, &release.version)),
            id,
            token: effect.token.clone(),
            release: release.clone(),
            instances: Vec::new(),
            leaving: Vec::new(),
            retiring: false,
            crashes: 0,
            restarts: 0,
            made: 0,
            turn: 0,
        }
    }

    /// Makes or dismisses instances until there are `count`; returns those that were made and need a keeper.
    pub(super) fn resize(&mut self, count: usize) -> Vec<Arc<Instance>> {
        while self.instances.len() > count {
            // Those that take no requests go first, then the youngest.
            let index = self.instances.iter().rposition(|instance| instance.healthy().is_none());
            let instance = self.instances.remove(index.unwrap_or(self.instances.len() - 1));
            instance.dismiss();
            self.leaving.push(instance);
        }
        let missing = count - self.instances.len();
        let made: Vec<_> = (0..missing).map(|_| self.make()).collect();
        self.instances.extend(made.iter().cloned());
        made
    }

    fn make(&mut self) -> Arc<Instance> {
        self.made += 1;
        Arc::new(Instance::new(format!("{}.{}", self.id, self.made)))
    }

    /// The healthy instance whose turn it is.
    pub(super) fn pick(&mut self) -> Option<(Arc<Instance>, Arc<Upstream>)> {
        let (count, turn) = (self.instances.len(), self.turn);
        (0..count).map(|offset| (turn + offset) % count).find_map(|index| {
            let instance = &self.instances[index];
            let upstream = instance.healthy()?;
            self.turn = index + 1;
            Some((Arc::clone(instance), upstream))
        })
    }

    pub(crate) fn healthy(&self) -> usize {
        self.instances.iter().filter(|instance| instance.healthy().is_some()).count()
    }

    /// Whether it is being retired and its last process is gone.
    pub(super) fn is_gone(&self) -> bool {
        self.retiring && self.instances.is_empty() && self.leaving.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use super::{
        super::instance::{Phase, Upstream},
        Effect, Release, Revision,
    };

    fn revision() -> Revision {
        let effect = Effect { deployment: "d".into(), step: "s".into(), token: "t".into(), epoch: 1 };
        let release = Release { service: "a".into(), version: "1".into(), digest: "x".into(), config: BTreeMap::new() };
        Revision::new("a-1".into(), &effect, &release)
    }

    fn healthy() -> Phase {
        Phase::Healthy(Arc::new(Upstream::new(([127, 0, 0, 1], 1).into())))
    }

    #[test]
    fn healthy_instances_take_turns_and_others_get_nothing() {
        let mut revision = revision();
        let made = revision.resize(3);
        assert!(revision.pick().is_none());
        made[0].enter(healthy());
        made[2].enter(healthy());
        made[1].enter(Phase::Unhealthy);
        let names: Vec<_> = (0..4).map(|_| revision.pick().unwrap().0.name.clone()).collect();
        assert_eq!(names, ["a-1.1", "a-1.3", "a-1.1", "a-1.3"]);
    }

    #[tokio::test]
    async fn those_that_serve_nobody_are_dismissed_first() {
        let mut revision = revision();
        let made = revision.resize(3);
        made[0].enter(Phase::Unhealthy);
        made[1].enter(healthy());
        made[2].enter(healthy());
        assert!(revision.resize(2).is_empty());
        made[0].dismissed().await;
        assert!(revision.resize(1).is_empty());
        made[2].dismissed().await;
        assert_eq!(revision.instances[0].name, "a-1.2");
        assert_eq!(revision.resize(2)[0].name, "a-1.4");
    }
}
