//! What the state means.

use deployment_core::{
    Error, ErrorKind, Percent,
    health::HealthStatus::{Degraded, Healthy, Unhealthy},
};

use super::{builder::Settings, state::State};
use crate::health::{Role, findings::Findings};

pub(super) fn judge(state: &State, settings: &Settings, findings: &mut Findings) {
    let role = if state.replica { Role::Replica } else { Role::Primary };
    match settings.role {
        Some(wanted) if wanted != role => findings.add(Unhealthy, format!("it is a {role}, it must be a {wanted}")),
        _ => findings.add(Healthy, format!("{role}")),
    }
    if let Some(limits) = &settings.connections {
        let words = format!("{} of {} connections are in use", state.used, state.usable);
        findings.measure(Percent::of(state.used, state.usable), limits, words);
    }
    let seconds = state.lock_wait.as_secs();
    findings.measure(state.lock_wait, &settings.lock_wait, format!("{} wait for a lock, for {seconds} s at most", state.waiting));
    transactions(state, settings, findings);
    if state.replica {
        replica(state, settings, findings);
    }
    followers(state, settings, findings);
}

fn transactions(state: &State, settings: &Settings, findings: &mut Findings) {
    match &settings.transactions {
        None => {}
        Some(limits) if state.sees_all => {
            let seconds = state.transaction.as_secs();
            findings.measure(state.transaction, limits, format!("the oldest transaction is open for {seconds} s"));
        }
        Some(_) => findings.blind(hidden("transactions of others are", "or say without_transactions")),
    }
}

fn replica(state: &State, settings: &Settings, findings: &mut Findings) {
    if !state.receives {
        findings.add(Degraded, "it receives nothing from its primary");
    }
    findings.measure(state.unapplied, &settings.lag_bytes, format!("{} bytes are not applied", state.unapplied));
    match state.lag {
        Some(lag) => findings.measure(lag, &settings.lag_time, format!("it lags {} s behind", lag.as_secs())),
        None => findings.add(Healthy, "how old that is is not known: it has applied no transaction since it started"),
    }
}

/// Those that follow this server.
fn followers(state: &State, settings: &Settings, findings: &mut Findings) {
    if !state.sees_all && (state.senders > 0 || settings.replicas > 0) {
        findings.blind(hidden("the state of replication is", "for there are replicas"));
        return;
    }
    if state.senders == 0 && settings.replicas == 0 {
        return;
    }
    let wanted = settings.replicas;
    let status = if state.streaming < wanted { Degraded } else { Healthy };
    findings.add(status, format!("{} replicas follow, it must be {wanted} or more", state.streaming));
    findings.measure(state.behind, &settings.lag_bytes, format!("a replica is {} bytes behind", state.behind));
    findings.measure(state.late, &settings.lag_time, format!("a replica is {} s late", state.late.as_secs()));
}

fn hidden(what: &str, otherwise: &str) -> Error {
    let message = format!("{what} hidden from the check's user; GRANT pg_monitor to it, {otherwise}");
    Error::new(ErrorKind::Unauthorized, "look", message)
}
