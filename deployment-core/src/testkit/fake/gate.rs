//! A gate with a script.

use async_trait::async_trait;

use super::script::Script;
use crate::{
    error::{ErrorKind, Result},
    gate::{Gate, GateContext, GateVerdict},
};

/// A gate that says what it is told to say.
///
/// ```
/// use deployment_core::{gate::{Gate, GateVerdict}, testkit::{fake::FakeGate, sample}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let gate = FakeGate::says([GateVerdict::wait("soon"), GateVerdict::Pass]);
/// let context = sample::gate(sample::NOON, []);
/// assert_eq!(gate.evaluate(&context).await?, GateVerdict::wait("soon"));
/// assert_eq!(gate.evaluate(&context).await?, GateVerdict::Pass);
/// assert_eq!(gate.evaluate(&context).await?, GateVerdict::Pass, "the last answer stays");
/// assert_eq!(gate.asked(), 3);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct FakeGate(Script<GateVerdict>);

impl FakeGate {
    /// Says these, one after the other; the last one stays.
    #[must_use]
    pub fn says(verdicts: impl IntoIterator<Item = GateVerdict>) -> Self {
        Self(Script::new(verdicts))
    }

    /// Says this from now on.
    pub fn set(&self, verdict: GateVerdict) {
        self.0.set(Ok(verdict));
    }

    /// Cannot find out from now on.
    pub fn fail(&self, kind: ErrorKind) {
        self.0.set(Err(kind));
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.asked()
    }
}

#[async_trait]
impl Gate for FakeGate {
    fn describe(&self) -> String {
        "fake gate".into()
    }

    async fn evaluate(&self, _context: &GateContext) -> Result<GateVerdict> {
        self.0.next("evaluate")
    }
}
