//! How deployments are driven.

use std::{sync::Arc, time::Duration};

use super::{Orchestrator, orchestrator::Shared};
use crate::{
    engine::Outcome,
    journal::Journal,
    plugins::Plugins,
    time::{Clock, SystemClock},
};

/// The numbers of the loop. The defaults suit steps of seconds to minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long a lease lives without a renewal; it is renewed every third of it. 30 s.
    pub time_to_live: Duration,
    /// How long a call to a target may take before it counts as in doubt. At most the time to live. 30 s.
    pub call_timeout: Duration,
    /// How long to wait between two looks for the same thing. 1 s.
    pub poll: Duration,
    /// How long to wait before gates that do not pass are asked again, unless they say when, and an action whose call a dead driver has left
    /// behind. 10 s.
    pub gate_poll: Duration,
    /// How often the inbox is read. 1 s.
    pub inbox_poll: Duration,
    /// How often an event is tried to be delivered before it is given up. 5.
    pub notice_attempts: u32,
    /// How long a driver waits, at the end, for events to be delivered. 10 s.
    pub notice_grace: Duration,
    /// Breaks the engine on purpose, to show that the crash sweep notices.
    #[cfg(feature = "testkit")]
    pub defect: Option<crate::testkit::sweep::Defect>,
}

impl Default for Options {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            time_to_live: seconds(30),
            call_timeout: seconds(30),
            poll: seconds(1),
            gate_poll: seconds(10),
            inbox_poll: seconds(1),
            notice_attempts: 5,
            notice_grace: seconds(10),
            #[cfg(feature = "testkit")]
            defect: None,
        }
    }
}

/// How far to drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// To the end, or until a person must decide.
    End,
    /// Until it must wait for a gate, a person or a bake, and may be left alone meanwhile.
    Waiting,
}

/// Why driving has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The deployment has ended, or is halted.
    Outcome(Outcome),
    /// It waits; drive it again later, from any process.
    Parked {
        /// What for.
        reason: String,
    },
    /// It was asked to stop, and did at a safe point; drive it again later, from any process.
    Stopped,
}

impl Ended {
    /// The outcome, if there is one.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Outcome(outcome) => Some(outcome),
            Self::Parked { .. } | Self::Stopped => None,
        }
    }
}

/// Puts an [`Orchestrator`] together.
#[derive(Debug)]
pub struct OrchestratorBuilder {
    journal: Arc<dyn Journal>,
    plugins: Plugins,
    clock: Arc<dyn Clock>,
    holder: String,
    options: Options,
}

impl OrchestratorBuilder {
    pub(super) fn new(journal: impl Journal, plugins: Plugins) -> Self {
        let holder = format!("process {}", std::process::id());
        Self { journal: Arc::new(journal), plugins, clock: Arc::new(SystemClock), holder, options: Options::default() }
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What others are told of who drives: a host and process, a job's address.
    #[must_use]
    pub fn holder(mut self, holder: impl Into<String>) -> Self {
        self.holder = holder.into();
        self
    }

    /// Other numbers.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// The orchestrator.
    #[must_use]
    pub fn build(mut self) -> Orchestrator {
        // A call that outlives the lease could land after a taker-over has looked.
        self.options.call_timeout = self.options.call_timeout.min(self.options.time_to_live);
        let (events, _) = tokio::sync::broadcast::channel(256);
        Orchestrator(Arc::new(Shared {
            journal: self.journal,
            plugins: self.plugins,
            clock: self.clock,
            holder: self.holder,
            options: self.options,
            events,
        }))
    }
}
