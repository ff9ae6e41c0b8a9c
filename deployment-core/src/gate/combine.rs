//! Gates from gates.

use std::time::Duration;

use async_trait::async_trait;

use super::{Gate, GateContext, GateVerdict};
use crate::{error::Result, id::EnvironmentName};

/// Combinators for every gate.
///
/// `and`: reject > wait > pass. `or`: pass > wait > reject. `not` keeps wait. An error inside a combination counts as wait.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::gate::{self, Gate, GateExt, GateVerdict};
///
/// let open = || gate::from_fn("open", |_| async { Ok(GateVerdict::Pass) });
/// let shut = || gate::from_fn("shut", |_| async { Ok(GateVerdict::reject("frozen")) });
/// assert_eq!(open().or(shut()).describe(), "(open or shut)");
/// assert_eq!(shut().not().describe(), "not shut");
/// assert_eq!(shut().advisory().describe(), "shut (advisory)");
/// assert_eq!(open().timeout(Duration::from_secs(5)).describe(), "open within 5 s");
/// ```
pub trait GateExt: Gate + Sized {
    /// Both must pass.
    fn and(self, other: impl Gate) -> impl Gate {
        Both { left: self, right: other, prefer: Prefer::Reject }
    }

    /// One of them must pass.
    fn or(self, other: impl Gate) -> impl Gate {
        Both { left: self, right: other, prefer: Prefer::Pass }
    }

    /// Passes when this one rejects, and rejects when it passes.
    fn not(self) -> impl Gate {
        Not(self)
    }

    /// Waits if the answer takes longer than this.
    fn timeout(self, limit: Duration) -> impl Gate {
        Timeout { gate: self, limit }
    }

    /// Never stops anything; what it would have said is logged.
    fn advisory(self) -> impl Gate {
        Advisory(self)
    }

    /// Asked in this environment only; passes elsewhere.
    fn only_in(self, environment: EnvironmentName) -> impl Gate {
        OnlyIn { gate: self, environment }
    }
}

impl<G: Gate> GateExt for G {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefer {
    Pass,
    Reject,
}

#[derive(Debug)]
struct Both<L, R> {
    left: L,
    right: R,
    prefer: Prefer,
}

#[async_trait]
impl<L: Gate, R: Gate> Gate for Both<L, R> {
    fn describe(&self) -> String {
        let word = if self.prefer == Prefer::Reject { "and" } else { "or" };
        format!("({} {word} {})", self.left.describe(), self.right.describe())
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        let (left, right) = futures::join!(self.left.evaluate(context), self.right.evaluate(context));
        let (left, right) = (known(left), known(right));
        Ok(if rank(&left, self.prefer) >= rank(&right, self.prefer) { left } else { right })
    }
}

/// Higher wins; of two waits the one that names its time.
fn rank(verdict: &GateVerdict, prefer: Prefer) -> u8 {
    match (verdict, prefer) {
        (GateVerdict::Pass, Prefer::Pass) | (GateVerdict::Reject { .. }, Prefer::Reject) => 3,
        (GateVerdict::Wait { until: None, .. }, _) => 2,
        (GateVerdict::Wait { until: Some(_), .. }, _) => 1,
        _ => 0,
    }
}

fn known(verdict: Result<GateVerdict>) -> GateVerdict {
    verdict.unwrap_or_else(|error| GateVerdict::wait(error.to_string()))
}

#[derive(Debug)]
struct Not<G>(G);

#[async_trait]
impl<G: Gate> Gate for Not<G> {
    fn describe(&self) -> String {
        format!("not {}", self.0.describe())
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        Ok(match self.0.evaluate(context).await? {
            GateVerdict::Pass => GateVerdict::reject(self.describe()),
            GateVerdict::Reject { .. } => GateVerdict::Pass,
            wait @ GateVerdict::Wait { .. } => wait,
        })
    }
}

#[derive(Debug)]
struct Timeout<G> {
    gate: G,
    limit: Duration,
}

#[async_trait]
impl<G: Gate> Gate for Timeout<G> {
    fn describe(&self) -> String {
        format!("{} within {} s", self.gate.describe(), self.limit.as_secs_f64())
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        match tokio::time::timeout(self.limit, self.gate.evaluate(context)).await {
            Ok(verdict) => verdict,
            Err(_) => Ok(GateVerdict::wait(format!("no answer: {}", self.describe()))),
        }
    }
}

#[derive(Debug)]
struct Advisory<G>(G);

#[async_trait]
impl<G: Gate> Gate for Advisory<G> {
    fn describe(&self) -> String {
        format!("{} (advisory)", self.0.describe())
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        let verdict = known(self.0.evaluate(context).await);
        if verdict != GateVerdict::Pass {
            tracing::warn!(gate = %self.0.describe(), ?verdict, "an advisory gate does not pass");
        }
        Ok(GateVerdict::Pass)
    }
}

#[derive(Debug)]
struct OnlyIn<G> {
    gate: G,
    environment: EnvironmentName,
}

#[async_trait]
impl<G: Gate> Gate for OnlyIn<G> {
    fn describe(&self) -> String {
        format!("{} in {}", self.gate.describe(), self.environment)
    }

    async fn evaluate(&self, context: &GateContext) -> Result<GateVerdict> {
        if context.deployment.environment == self.environment { self.gate.evaluate(context).await } else { Ok(GateVerdict::Pass) }
    }
}
