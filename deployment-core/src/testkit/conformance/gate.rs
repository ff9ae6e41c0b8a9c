//! Whether a gate keeps its contract.

use super::findings::Findings;
use crate::{
    gate::{Gate, GateContext, GateVerdict},
    testkit::Violation,
};

/// Asks a gate each of these twice: the answers are of the same kind, and those that do not pass say why.
///
/// ```
/// use deployment_core::{gate::ApprovalGate, testkit::{assert_none, conformance, sample}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_none(&conformance::gate::check(&ApprovalGate::by(1), &[sample::gate(sample::NOON, [])]).await);
/// # }
/// ```
pub async fn check(gate: &dyn Gate, contexts: &[GateContext]) -> Vec<Violation> {
    let mut findings = Findings::default();
    findings.description(|| gate.describe());
    for context in contexts {
        let once = findings.ok("evaluate", gate.evaluate(context).await);
        let again = findings.ok("evaluate", gate.evaluate(context).await);
        let (Some(once), Some(again)) = (once, again) else { continue };
        findings.same("asking changes nothing", &kind(&once), &kind(&again));
        match &once {
            GateVerdict::Pass => {}
            GateVerdict::Reject { reason } | GateVerdict::Wait { reason, .. } => {
                findings.must("what does not pass says why", !reason.trim().is_empty(), || format!("{once:?}"));
            }
        }
        if let GateVerdict::Wait { until: Some(until), .. } = &once {
            let now = context.deployment.now;
            findings.must("a wait ends in the future", *until > now, || format!("until {until}, asked at {now}"));
        }
    }
    findings.all()
}

fn kind(verdict: &GateVerdict) -> &'static str {
    match verdict {
        GateVerdict::Pass => "pass",
        GateVerdict::Wait { .. } => "wait",
        GateVerdict::Reject { .. } => "reject",
    }
}
