//! Whether all was as it must be.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use deployment_checks::suite::Outcome;
use deployment_core::engine::Outcome as Ended;
use tokio::time::{Instant, sleep_until};

use super::{CrashAt, Deployed, QuickstartOptions, Third};
use crate::{
    evidence::Evidence,
    load::LoadReport,
    setup::Problem,
    stage::{Happening, Stats},
};

/// How long processes that were told to end may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was not as it must be.
pub(super) fn faults(options: &QuickstartOptions, deployed: &[Deployed], load: &LoadReport, stats: &Stats) -> Vec<String> {
    let mut faults = Vec::new();
    for one in deployed {
        let good = one.version != "3" || options.third == Third::Good;
        let expected = if good { one.outcome == Ended::Succeeded } else { matches!(one.outcome, Ended::RolledBack { .. }) };
        if !expected {
            faults.push(format!("version {} ended as {:?}", one.version, one.outcome));
        }
        faults.extend(unchecked(one));
    }
    for (version, report) in &load.versions {
        let may_fail = version == "3" && options.third != Third::Good;
        if report.failures > 0 && !may_fail {
            faults.push(format!("{} requests failed on version {version:?}: {:?}", report.failures, load.reasons));
        }
    }
    let no_upstream = no_upstream(stats);
    if no_upstream > 0 {
        faults.push(format!("{no_upstream} requests had no upstream"));
    }
    if load.requests != load.sent {
        faults.push(format!("{} requests were sent, {} ended", load.sent, load.requests));
    }
    faults.extend(launched_twice(stats));
    let asked = options.crash_at != CrashAt::Nowhere;
    if asked && deployed.iter().all(|one| one.killed.is_empty()) {
        faults.push(format!("no step matched --crash-at {:?}", options.crash_at));
    }
    faults
}

/// What succeeded was tested before it had traffic, and its health was scored then and at the end.
fn unchecked(deployed: &Deployed) -> Option<String> {
    let validated =
        deployed.evidence.iter().filter_map(Evidence::validation).any(|result| matches!(result.outcome, Outcome::Passed | Outcome::Warned));
    let steps: BTreeSet<_> = deployed.evidence.iter().filter(|found| found.score().is_some()).map(|found| &found.step).collect();
    let checked = validated && steps.len() == 2;
    let (version, found) = (&deployed.version, deployed.evidence.len());
    (deployed.outcome == Ended::Succeeded && !checked).then(|| {
        format!("version {version} succeeded without having been validated and scored before traffic and after: {found} looks were kept")
    })
}

/// Requests that nothing could serve, over all services.
pub(super) fn no_upstream(stats: &Stats) -> u64 {
    stats.services.values().map(|service| service.no_upstream).sum()
}

/// A deployment makes one revision of each service, however often its orchestrator is killed.
fn launched_twice(stats: &Stats) -> Vec<String> {
    let mut made: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for launch in &stats.launches {
        made.entry((&launch.deployment, &launch.service)).or_default().push(&launch.revision);
    }
    let twice = made.into_iter().filter(|(_, revisions)| revisions.len() > 1);
    twice.map(|((deployment, service), revisions)| format!("{deployment} launched {service} as {revisions:?}")).collect()
}

/// Every process that the stage ever started.
pub(super) fn processes(stats: &Stats) -> Vec<u32> {
    let started = |what: &Happening| match what {
        Happening::InstanceStarted { process, .. } => Some(*process),
        _ => None,
    };
    stats.events.iter().filter_map(|event| started(&event.what)).collect()
}

/// Those of `processes` that still run, after some patience. Known on Linux only.
pub(super) async fn left_behind(processes: &[u32]) -> Result<Option<String>, Problem> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left: Vec<_> = processes.iter().filter(|process| runs(**process)).collect();
        if left.is_empty() {
            return Ok(None);
        }
        if Instant::now() >= deadline {
            return Ok(Some(format!("processes are left behind: {left:?}")));
        }
        sleep_until(Instant::now() + Duration::from_millis(20)).await;
    }
}

/// Whether it is there and not just waiting to be reaped.
fn runs(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    // The state follows the name, which is in parentheses and may hold anything.
    stat.is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X'])))
}
