//! How fast a bad release loses its traffic on the stage: from the failing verdict to 100 % stable, under real traffic, and how many calls
//! that takes. `cargo bench -p deployment-benches --bench rollback`; an argument that is a number says how many runs per strategy.
//!
//! Calls are counted in what the stage itself has seen, not in what the library says that it did.

use std::{error::Error, time::Duration};

use deployment_core::{
    DeploymentId, Ended, StepId, Until,
    engine::{Finding, Outcome, Record},
    journal::{Entry, Journal},
    judge::Verdict,
    plan::{Attendance, Role, Work},
};
use deployment_examples::{
    demo::Behaviour,
    load::{Load, LoadOptions},
    roles::{self, StageProcess, spawn_stage},
    setup::{BACKEND, How, Order, Setup, StrategyKind, release},
    stage::{Event, Happening, StageOptions},
};

type Failure = Box<dyn Error + Send + Sync>;

/// The most calls that change something, and the most confirmations, from the verdict to 100 % stable.
const LIMIT: (usize, usize) = (2, 1);
/// Requests per second.
const RATE: f64 = 100.0;

fn main() -> Result<(), Failure> {
    // The stage and its service are processes of this executable.
    roles::dispatch();
    let runs = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(7);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        for kind in [StrategyKind::Canary, StrategyKind::BlueGreen] {
            measure(kind, runs).await?;
        }
        Ok(())
    })
}

/// One way back.
#[derive(Debug)]
struct Back {
    calls: usize,
    confirmations: usize,
    /// From the verdict until the stage had routed everything to the stable version.
    routed: Duration,
    /// From the verdict until that was seen and journalled.
    confirmed: Duration,
}

async fn measure(kind: StrategyKind, runs: u32) -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let options = StageOptions { follow_stdin: true, ..StageOptions::new([BACKEND]) };
    let stage = spawn_stage(&options, None).await?;
    let setup = Setup::new(stage.addresses().control, directory.path().join("journal"), vec![BACKEND.to_owned()], 5);
    deploy(&setup, StrategyKind::BlueGreen, "1", Behaviour::Good).await?;
    let load = Load::start(LoadOptions::new(stage.addresses().fronts[BACKEND], RATE));
    let mut backs = Vec::new();
    for run in 0..runs {
        let (id, outcome) = deploy(&setup, kind, &format!("bad-{run}"), Behaviour::Errors { rate: 0.5 }).await?;
        if !matches!(outcome, Outcome::RolledBack { .. }) {
            return Err(format!("{kind:?} run {run} ended as {outcome:?}").into());
        }
        backs.push(back(&setup, &stage, &id).await?);
    }
    let traffic = load.stop().await;
    stage.stop().await?;
    if traffic.versions.get("1").is_none_or(|stable| stable.failures > 0) {
        return Err(format!("requests failed on the stable version: {traffic:#?}").into());
    }
    tell(kind, &mut backs)
}

async fn deploy(setup: &Setup, kind: StrategyKind, version: &str, behaviour: Behaviour) -> Result<(DeploymentId, Outcome), Failure> {
    let order = Order {
        environment: "production".to_owned(),
        author: "bench".to_owned(),
        targets: vec![BACKEND.to_owned()],
        how: How::new(kind, Duration::from_secs(if version == "1" { 0 } else { 10 })),
        approval: false,
        attendance: Attendance::Attended,
    };
    let orchestrator = setup.orchestrator()?;
    let id = orchestrator.start(&setup.plan(release(version, behaviour)?, &order)?).await?;
    match orchestrator.drive(&id, Until::End).await? {
        Ended::Outcome(outcome) => Ok((id, outcome)),
        other => Err(format!("version {version} ended as {other:?}").into()),
    }
}

async fn back(setup: &Setup, stage: &StageProcess, id: &DeploymentId) -> Result<Back, Failure> {
    let entries = setup.open_journal()?.read(id, 0).await?;
    let verdict = entries.iter().position(fails).ok_or("no watch has failed")?;
    let planned = entries.iter().position(|entry| matches!(entry.record, Record::ReversalPlanned { .. }));
    let back = &entries[planned.ok_or("there was no way back")?..];
    let at = entries[verdict].at;
    let stats = stage.client().stats().await?;
    let ours = |event: &&Event| event.effect.as_ref().is_some_and(|effect| effect.deployment == id.as_str());
    let calls: Vec<_> = stats.events.iter().filter(ours).filter(|event| event.at >= at.as_millis()).collect();
    let candidate = stats.launches.iter().find(|launch| launch.deployment == id.as_str()).ok_or("nothing was launched")?;
    let restored = |event: &Event| matches!(&event.what, Happening::Routed { routes } if routes.share(&candidate.revision) == 0);
    let routed = calls.iter().position(|event| restored(event)).ok_or("the stable version never got its traffic back")?;
    let confirmed: Vec<_> = back.iter().filter_map(|entry| confirmed(entry).map(|step| (step, entry.at))).collect();
    let seen = confirmed
        .iter()
        .position(|(step, _)| gives_back(back, step))
        .ok_or("the stable version was never seen to have its traffic back")?;
    Ok(Back {
        calls: routed + 1,
        confirmations: seen + 1,
        routed: Duration::from_millis(calls[routed].at - at.as_millis()),
        confirmed: confirmed[seen].1.since(at),
    })
}

fn confirmed(entry: &Entry) -> Option<&StepId> {
    match &entry.record {
        Record::Found { step, finding: Finding::Confirmed { .. } } => Some(step),
        _ => None,
    }
}

/// Whether this step of the way back gives the stable revision its traffic.
fn gives_back(back: &[Entry], id: &StepId) -> bool {
    let Some(Entry { record: Record::ReversalPlanned { steps }, .. }) = back.first() else { return false };
    steps.iter().any(|step| step.id == *id && matches!(step.work, Work::Route { to: Role::Stable, .. }))
}

fn fails(entry: &Entry) -> bool {
    matches!(&entry.record, Record::Sampled { sample, .. } if sample.watches.iter().any(|watch| matches!(watch.verdict, Verdict::Fail { .. })))
}

fn tell(kind: StrategyKind, backs: &mut [Back]) -> Result<(), Failure> {
    let most = |count: fn(&Back) -> usize| backs.iter().map(count).max().unwrap_or_default();
    let (calls, confirmations) = (most(|back| back.calls), most(|back| back.confirmations));
    backs.sort_by_key(|back| back.routed);
    let (routed, slowest) = (backs[backs.len() / 2].routed, backs[backs.len() - 1].routed);
    backs.sort_by_key(|back| back.confirmed);
    let confirmed = backs[backs.len() / 2].confirmed;
    println!("{kind:?}: {} bad releases, each rolled back", backs.len());
    println!(
        "  verdict to 100 % stable: {routed:?} in the median, {slowest:?} at most; seen and journalled after {confirmed:?} in the median"
    );
    println!("  calls that change something: {calls} at most (limit {}), confirmations: {confirmations} (limit {})", LIMIT.0, LIMIT.1);
    if calls > LIMIT.0 || confirmations > LIMIT.1 { Err("a limit is exceeded".into()) } else { Ok(()) }
}
