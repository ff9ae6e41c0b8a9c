//! Putting a simulated platform together.

use std::{sync::Arc, time::Duration};

use super::{behaviour::Behaviour, history::Cause, rollout::BadRollout, target::MemoryTarget, world::World};
use crate::{
    release::Release,
    share::{Percent, Routes, Split},
    target::{Capabilities, Capability},
};

/// What does not change while a target lives.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) name: String,
    pub(super) capabilities: Capabilities,
    pub(super) capacity_limit: Option<u32>,
    pub(super) readiness: Duration,
    pub(super) stagger: Duration,
    pub(super) drain: Duration,
    pub(super) read_lag: Duration,
    pub(super) route_delay: Duration,
    pub(super) per_second: u32,
    pub(super) rollout_pace: Duration,
    pub(super) rollout_patience: Duration,
    pub(super) rollout_waits: bool,
    pub(super) bad_rollout: BadRollout,
    behaviours: Vec<(Which, Arc<Behaviour>)>,
    healthy: Arc<Behaviour>,
    pub(super) fenced: bool,
    pub(super) forgets_tokens: bool,
    pub(super) keeps_history: bool,
}

/// Which releases a behaviour is for.
#[derive(Debug, Clone)]
enum Which {
    Version(String),
    Setting(String, String),
}

impl Config {
    pub(super) fn describe(&self) -> String {
        format!("memory target {}", self.name)
    }

    /// The first behaviour that is for this release; healthy if none is.
    pub(super) fn behaviour_of(&self, release: Option<&Release>) -> Arc<Behaviour> {
        let Some(release) = release else { return Arc::clone(&self.healthy) };
        let is_for = |which: &Which| match which {
            Which::Version(version) => release.version == *version,
            Which::Setting(key, value) => release.settings.get(key) == Some(value),
        };
        let found = self.behaviours.iter().find(|(which, _)| is_for(which));
        Arc::clone(found.map_or(&self.healthy, |(_, behaviour)| behaviour))
    }
}

impl Default for Config {
    fn default() -> Self {
        use Capability::{Launch, Replace, Scale, Split, Stop, Switch, TestListener, TestRoute};
        Self {
            name: "memory".into(),
            capabilities: Capabilities::of([Launch, Switch, Split, TestRoute, TestListener, Scale, Replace, Stop]),
            capacity_limit: None,
            readiness: Duration::from_secs(5),
            stagger: Duration::ZERO,
            drain: Duration::from_secs(10),
            read_lag: Duration::ZERO,
            route_delay: Duration::ZERO,
            per_second: 100,
            rollout_pace: Duration::from_secs(1),
            rollout_patience: Duration::from_secs(60),
            rollout_waits: false,
            bad_rollout: BadRollout::default(),
            behaviours: Vec::new(),
            healthy: Arc::default(),
            fenced: true,
            forgets_tokens: false,
            keeps_history: false,
        }
    }
}

/// What runs before the first call.
#[derive(Debug, Clone)]
struct Initial {
    release: Option<Release>,
    count: u32,
    /// `None`: what the others leave.
    share: Option<Percent>,
}

/// Tells what a [`MemoryTarget`] is and how it behaves.
///
/// Unless told otherwise nothing runs yet; instances are ready after 5 s and drain for 10 s; 100 requests arrive per second; reads do
/// not lag; every capability is there; launches are recognised by their token and stale epochs refused.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::{Release, ServiceName, memory::{Behaviour, MemoryTarget}};
///
/// let shop = |version: &str| ServiceName::new("shop").map(|name| Release::new(name, version));
/// let target = MemoryTarget::builder()
///     .serving(shop("1.0")?, 4)
///     .behaviour("3.0", Behaviour::never_healthy())
///     .read_lag(Duration::from_secs(2))
///     .capacity_limit(8)
///     .build();
/// assert_eq!(target.snapshot().revisions.len(), 1);
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryTargetBuilder {
    config: Config,
    initial: Vec<Initial>,
}

impl MemoryTargetBuilder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The name in its description: `memory`, unless told otherwise.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.config.name = name.into();
        self
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(mut self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        self.config.capabilities = Capabilities::of(capabilities);
        self
    }

    /// This release serves already, healthy, with all traffic that the others leave.
    #[must_use]
    pub fn serving(self, release: Release, count: u32) -> Self {
        self.with(Some(release), count, None)
    }

    /// This release serves beside it: the target is not clean.
    #[must_use]
    pub fn also_serving(self, release: Release, count: u32, share: Percent) -> Self {
        self.with(Some(release), count, Some(share))
    }

    /// Something serves beside it of which nobody knows what it is.
    #[must_use]
    pub fn unknown_serving(self, count: u32, share: Percent) -> Self {
        self.with(None, count, Some(share))
    }

    /// This release runs without traffic: left behind by somebody.
    #[must_use]
    pub fn idle(self, release: Release, count: u32) -> Self {
        self.with(Some(release), count, Some(Percent::ZERO))
    }

    fn with(mut self, release: Option<Release>, count: u32, share: Option<Percent>) -> Self {
        self.initial.push(Initial { release, count, share });
        self
    }

    /// The most instances that fit, of all revisions together. A launch beyond it fails.
    #[must_use]
    pub fn capacity_limit(mut self, instances: u32) -> Self {
        self.config.capacity_limit = Some(instances);
        self
    }

    /// How long a new instance takes to get healthy.
    #[must_use]
    pub fn readiness(mut self, delay: Duration) -> Self {
        self.config.readiness = delay;
        self
    }

    /// How much later than the one before each further instance of a launch gets healthy: zero, unless told otherwise.
    #[must_use]
    pub fn stagger(mut self, delay: Duration) -> Self {
        self.config.stagger = delay;
        self
    }

    /// How long open requests take to end once a revision has no traffic.
    #[must_use]
    pub fn drain(mut self, duration: Duration) -> Self {
        self.config.drain = duration;
        self
    }

    /// How old observations are.
    #[must_use]
    pub fn read_lag(mut self, lag: Duration) -> Self {
        self.config.read_lag = lag;
        self
    }

    /// How long routes that were accepted take to apply; those that are asked for meanwhile replace them. At once, unless told otherwise.
    #[must_use]
    pub fn route_delay(mut self, delay: Duration) -> Self {
        self.config.route_delay = delay;
        self
    }

    /// How many requests arrive per second.
    #[must_use]
    pub fn traffic(mut self, per_second: u32) -> Self {
        self.config.per_second = per_second;
        self
    }

    /// How releases of this version behave. The first behaviour that fits a release counts.
    #[must_use]
    pub fn behaviour(self, version: impl Into<String>, behaviour: Behaviour) -> Self {
        self.behaves(Which::Version(version.into()), behaviour)
    }

    /// How releases with this setting behave.
    #[must_use]
    pub fn behaviour_by_setting(self, key: impl Into<String>, value: impl Into<String>, behaviour: Behaviour) -> Self {
        self.behaves(Which::Setting(key.into(), value.into()), behaviour)
    }

    fn behaves(mut self, which: Which, behaviour: Behaviour) -> Self {
        self.config.behaviours.push((which, Arc::new(behaviour)));
        self
    }

    /// How long the platform's own rollout takes per instance, on top of its readiness: 1 s, unless told otherwise.
    #[must_use]
    pub fn rollout_pace(mut self, per_instance: Duration) -> Self {
        self.config.rollout_pace = per_instance;
        self
    }

    /// What the platform's own rollout does when an instance is not healthy this long after it should be.
    #[must_use]
    pub fn bad_rollout(mut self, patience: Duration, then: BadRollout) -> Self {
        self.config.rollout_patience = patience;
        self.config.bad_rollout = then;
        self
    }

    /// The platform's own rollout waits for a word after its first instance.
    #[must_use]
    pub fn rollout_waits(mut self) -> Self {
        self.config.rollout_waits = true;
        self
    }

    /// A launch repeated with the same token makes a second revision, as clouds do that remember tokens for a while only.
    #[must_use]
    pub fn forgets_tokens(mut self) -> Self {
        self.config.forgets_tokens = true;
        self
    }

    /// Stale epochs are not refused.
    #[must_use]
    pub fn unfenced(mut self) -> Self {
        self.config.fenced = false;
        self
    }

    /// Keeps everything that happens, for [`MemoryTarget::history`]. Without it a target remembers only what it needs.
    #[must_use]
    pub fn record_history(mut self) -> Self {
        self.config.keeps_history = true;
        self
    }

    /// Builds it. If the shares of what serves beside the main release come to more than 100 %, nothing gets traffic.
    #[must_use]
    pub fn build(self) -> MemoryTarget {
        let config = Arc::new(self.config);
        let mut world = World::new(Arc::clone(&config));
        let given: u16 = self.initial.iter().filter_map(|initial| initial.share).map(Percent::basis_points).fold(0, u16::saturating_add);
        let rest = Percent::try_from(10_000_u16.saturating_sub(given)).unwrap_or_default();
        let mut shares = Vec::new();
        for initial in &self.initial {
            let mut revision = world.make_revision(initial.release.as_ref());
            revision.add(Duration::ZERO, initial.count, Duration::ZERO, Duration::ZERO);
            shares.push((revision.id.clone(), initial.share.unwrap_or(rest)));
            world.core.revisions.push(revision);
        }
        world.set_routes(Routes { split: Split::new(shares).unwrap_or_default(), tests: Vec::new() });
        world.changed(Cause::Built);
        MemoryTarget::new(config, world)
    }
}
