//! What time it is for the users of an account, and by when they must have done something.

use std::time::Duration;

use deployment_core::{
    EffectContext, Timestamp,
    testkit::{TokioClock, sample},
    time::Clock as _,
};

use super::World;

/// When an account's time begins; see `world.py`.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_millis(1_767_225_600_000);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

impl World {
    /// The clock of its users, which shows the account's own time.
    pub(crate) fn dates(&self) -> TokioClock {
        TokioClock::starting_at(BEGINNING + self.time())
    }
}

/// An effect of this name, that must be done in this time by this clock.
pub(crate) fn effect(clock: TokioClock, token: &str, within: Duration) -> EffectContext {
    EffectContext { deadline: clock.now() + within, ..sample::effect(token, 1) }
}
