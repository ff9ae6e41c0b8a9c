//! What the answers mean.

use deployment_core::{
    Percent,
    health::HealthStatus::{Degraded, Healthy, Unhealthy},
};
use mongodb::bson::Document;

use super::{
    builder::Settings,
    state::{Hello, Members, number},
};
use crate::{
    expect::quote,
    health::{
        Role,
        findings::{Findings, Look, Trouble},
    },
};

/// What the server is, and what it should be.
pub(super) fn place(hello: &Hello, settings: &Settings, findings: &mut Findings) {
    let role = match hello {
        Hello { router: true, .. } => return findings.add(Healthy, "router"),
        Hello { arbiter: true, .. } => return findings.add(Healthy, "arbiter"),
        Hello { primary: true, .. } => Role::Primary,
        Hello { secondary: true, .. } => Role::Replica,
        _ => return findings.add(Unhealthy, "it is neither primary nor secondary: it serves nothing"),
    };
    match settings.role {
        Some(wanted) if wanted != role => findings.add(Unhealthy, format!("it is a {role}, it must be a {wanted}")),
        _ => findings.add(Healthy, role.to_string()),
    }
}

pub(super) fn connections(status: &Document, settings: &Settings, findings: &mut Findings) -> Look<()> {
    let strange = || Trouble::down("the answer to serverStatus is not that of a MongoDB server");
    let section = status.get_document("connections").map_err(|_| strange())?;
    let count = |field| number(section, field).filter(|count| *count >= 0.0).ok_or_else(strange);
    let (used, free) = (count("current")? as u32, count("available")? as u32);
    let all = used.saturating_add(free);
    if let Some(limits) = &settings.connections {
        findings.measure(Percent::of(used, all), limits, format!("{used} of {all} connections are in use"));
    }
    Ok(())
}

pub(super) fn replica_set(hello: &Hello, members: &Members, settings: &Settings, findings: &mut Findings) {
    for member in members.0.iter().filter(|member| !member.is_well) {
        findings.add(Degraded, format!("member {} is {}", quote(&member.name), quote(&member.state)));
    }
    let (count, wanted) = (members.secondaries().count(), settings.replicas);
    findings.add(if count < wanted { Degraded } else { Healthy }, format!("{count} secondaries are well, it must be {wanted} or more"));
    let Some(primary) = members.primary() else {
        findings.add(Unhealthy, "the replica set has no primary");
        return;
    };
    let asked = members.secondaries().filter(|member| hello.primary || member.is_self);
    if let Some(lag) = asked.filter_map(|member| member.behind(primary)).max() {
        let who = if hello.primary { "a secondary is" } else { "it is" };
        findings.measure(lag, &settings.lag_time, format!("{who} {} s behind", lag.as_secs()));
    }
}
