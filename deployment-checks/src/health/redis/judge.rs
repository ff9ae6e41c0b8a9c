//! What `INFO` means.

use std::time::Duration;

use deployment_core::{
    Percent,
    health::HealthStatus::{Degraded, Healthy, Unhealthy},
};

use super::{builder::Settings, info::Info};
use crate::health::{
    Role,
    findings::{Findings, Look},
};

pub(super) fn judge(info: &Info, settings: &Settings, findings: &mut Findings) -> Look<()> {
    let role = if info.text("role") == "slave" { Role::Replica } else { Role::Primary };
    match settings.role {
        Some(wanted) if wanted != role => findings.add(Unhealthy, format!("it is a {role}, it must be a {wanted}")),
        _ => findings.add(Healthy, role.to_string()),
    }
    memory(info, settings, findings)?;
    connections(info, settings, findings)?;
    persistence(info, findings);
    if role == Role::Replica {
        replica(info, settings, findings)?;
    }
    followers(info, settings, findings)
}

/// A share of a whole that may be larger than 4 GiB.
fn share(part: u64, whole: u64) -> Percent {
    let basis_points = u128::from(part) * 10_000 / u128::from(whole.max(1));
    Percent::of(u32::try_from(basis_points).unwrap_or(u32::MAX).min(10_000), 10_000)
}

/// What counts against `maxmemory`: not what replication and the append-only file buffer.
fn memory(info: &Info, settings: &Settings, findings: &mut Findings) -> Look<()> {
    let most = info.count("maxmemory")?;
    let used = info.count("used_memory")?.saturating_sub(info.count("mem_not_counted_for_evict")?);
    if most == 0 {
        findings.add(Healthy, format!("{used} bytes of memory in use, without a limit"));
        return Ok(());
    }
    let policy = info.text("maxmemory_policy");
    let words = format!("{used} of {most} bytes of memory in use");
    let status = settings.memory.map_or(Healthy, |limits| limits.judge(share(used, most)));
    let (status, kept) = match (policy, status) {
        (policy, _) if policy.starts_with("allkeys-") => (Healthy, "what is old is evicted"),
        (policy, Unhealthy) if policy.starts_with("volatile-") => (Degraded, "only keys that expire are evicted"),
        (policy, status) if policy.starts_with("volatile-") => (status, "only keys that expire are evicted"),
        (_, status) => (status, "nothing is evicted"),
    };
    findings.add(status, format!("{words}, {kept}"));
    Ok(())
}

fn connections(info: &Info, settings: &Settings, findings: &mut Findings) -> Look<()> {
    let (used, most) = (info.count("connected_clients")?, info.count("maxclients")?);
    if let Some(limits) = settings.connections.filter(|_| most > 0) {
        findings.measure(share(used, most), &limits, format!("{used} of {most} connections are in use"));
    }
    Ok(())
}

/// Whether it takes writes, as far as its disk goes.
fn persistence(info: &Info, findings: &mut Findings) {
    if info.text("aof_enabled") == "1" && info.text("aof_last_write_status") == "err" {
        findings.add(Unhealthy, "it takes no writes: the append-only file cannot be written");
    }
    if info.text("rdb_last_bgsave_status") == "err" {
        findings.add(Degraded, "the last snapshot failed: it may refuse writes (stop-writes-on-bgsave-error)");
    }
}

fn replica(info: &Info, settings: &Settings, findings: &mut Findings) -> Look<()> {
    if info.text("slave_read_only") == "0" {
        findings.add(Degraded, "it is a replica that takes writes, which get lost");
    }
    if info.text("master_link_status") == "up" {
        let silent = info.count("master_last_io_seconds_ago")?;
        findings.measure(Duration::from_secs(silent), &settings.lag_time, format!("its primary was heard {silent} s ago"));
        return Ok(());
    }
    let down = info.count("master_link_down_since_seconds")?;
    let status = settings.lag_time.judge(Duration::from_secs(down));
    let status = if status == Unhealthy { Unhealthy } else { Degraded };
    let what =
        if info.text("master_sync_in_progress") == "1" { "it is copying its primary's data" } else { "the link to its primary is down" };
    findings.add(status, format!("{what}, since {down} s"));
    Ok(())
}

/// Those that follow this server.
fn followers(info: &Info, settings: &Settings, findings: &mut Findings) -> Look<()> {
    let followers: Vec<_> = info.followers().into_iter().filter(|follower| follower.online).collect();
    let (count, wanted) = (followers.len() as u64, settings.replicas);
    if count == 0 && wanted == 0 {
        return Ok(());
    }
    findings.add(if count < wanted { Degraded } else { Healthy }, format!("{count} replicas follow, it must be {wanted} or more"));
    let offset = info.count("master_repl_offset")?;
    let behind = followers.iter().map(|follower| offset.saturating_sub(follower.offset)).max().unwrap_or_default();
    findings.measure(behind, &settings.lag_bytes, format!("a replica is {behind} bytes behind"));
    let silent = followers.iter().map(|follower| follower.silent).max().unwrap_or_default();
    findings.measure(Duration::from_secs(silent), &settings.lag_time, format!("a replica was heard {silent} s ago"));
    Ok(())
}
