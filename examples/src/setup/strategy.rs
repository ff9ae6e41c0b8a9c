//! The strategies that the examples offer.

use std::{sync::Arc, time::Duration};

use deployment_core::{
    Result,
    strategy::{BlueGreen, Canary, Rolling, Strategy},
};

use super::{ERRORS, HEALTH, LATENCY, VALIDATION};

/// Which strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StrategyKind {
    /// Instance by instance.
    Rolling,
    /// A whole second environment, tested, then switched to.
    BlueGreen,
    /// A little traffic first, then more: 10, 30, 50 and 100 %.
    Canary,
}

/// A strategy with its numbers.
#[derive(Debug, Clone)]
pub struct How {
    /// Which.
    pub kind: StrategyKind,
    /// How long each step is watched.
    pub bake: Duration,
    /// The canary's percentages.
    pub percentages: Vec<f64>,
    /// Whether a person must promote: blue/green before traffic, a canary after its first step.
    pub by_hand: bool,
}

impl How {
    /// With the usual numbers.
    #[must_use]
    pub fn new(kind: StrategyKind, bake: Duration) -> Self {
        Self { kind, bake, percentages: vec![10.0, 30.0, 50.0, 100.0], by_hand: false }
    }

    /// The strategy.
    ///
    /// # Errors
    /// If the percentages do not rise to 100.
    pub fn strategy(&self) -> Result<Arc<dyn Strategy>> {
        Ok(match self.kind {
            StrategyKind::Rolling => {
                Arc::new(Rolling::new().check_first(VALIDATION)?.check_first(HEALTH)?.bake(self.bake).watch(ERRORS)?.watch(LATENCY)?)
            }
            StrategyKind::BlueGreen => {
                let strategy =
                    BlueGreen::new().check_first(VALIDATION)?.check_first(HEALTH)?.grace(self.bake).watch(ERRORS)?.watch(LATENCY)?;
                Arc::new(if self.by_hand { strategy.promote_by_hand() } else { strategy })
            }
            StrategyKind::Canary => {
                let strategy = Canary::steps(self.percentages.iter().copied())?;
                let strategy = strategy.bake(self.bake).check_first(VALIDATION)?.check_first(HEALTH)?.watch(ERRORS)?.watch(LATENCY)?;
                let first = self.percentages.first().copied().filter(|_| self.by_hand);
                Arc::new(first.map_or(Ok(strategy.clone()), |first| strategy.promote_by_hand_at(first))?)
            }
        })
    }
}
