//! The whole run.

use std::{fs, path::PathBuf, time::Duration};

use deployment_core::{Ended, Plan, Release, Until, engine::Outcome, plan::Attendance};
use tokio::time::sleep;

use super::{QuickstartOptions, Summary, check, deploy::Desk, live::Live, report};
use crate::{
    clock::unix_millis,
    demo::Behaviour,
    load::LoadOptions,
    roles::{LoadProcess, StageProcess, spawn_load, spawn_stage},
    setup::{BACKEND, How, Order, Problem, Setup, StrategyKind, release},
    stage::StageOptions,
};

/// For how long version 1 has the traffic alone.
const BEFORE: Duration = Duration::from_secs(2);
/// The longest that the traffic may go on, in milliseconds.
const LOAD_MS: u64 = 3_600_000;

/// Runs it all and says what came out. It prints what goes on.
///
/// # Errors
/// If something could not be done at all. What was done and was not as it must be is in the summary.
pub async fn run(options: &QuickstartOptions) -> Result<Summary, Problem> {
    let data = options.data.clone().unwrap_or_else(|| PathBuf::from("target/quickstart").join(unix_millis().to_string()));
    fs::create_dir_all(&data)?;
    let stage_options = StageOptions { follow_stdin: true, ..StageOptions::new([BACKEND]) };
    let stage = spawn_stage(&stage_options, Some(&data.join("stage.log"))).await?;
    let targets = vec![BACKEND.to_owned()];
    let setup = Setup::new(stage.addresses().control, data.join("journal"), targets, options.min_samples());
    let mut desk = desk(&setup, &data)?;
    desk.live.say(&format!("the stage is up: users at http://{}, data in {}", stage.addresses().fronts[BACKEND], data.display()));
    first(&desk, &setup).await?;
    let load =
        LoadOptions { duration_ms: LOAD_MS, follow_stdin: true, ..LoadOptions::new(stage.addresses().fronts[BACKEND], options.rate) };
    let load = spawn_load(&load, &data.join("load.json")).await?;
    desk.live.say(&format!("version 1 serves {} requests per second", options.rate));
    sleep(BEFORE).await;
    let order = order(How::new(options.strategy, options.bake()));
    let mut deployments = Vec::new();
    for (version, behaviour) in [("2", Behaviour::Good), ("3", options.third.behaviour())] {
        let plan = setup.plan(release(version, behaviour)?, &order)?;
        announce(&desk, &plan, behaviour);
        deployments.push(desk.deploy(&plan, &options.crash_at).await?);
    }
    let reports = report::report(&desk.journal, &deployments, &data).await;
    let mut summary = finish(options, desk, stage, load, deployments).await?;
    match reports {
        Ok(reports) => summary.reports = reports,
        Err(problem) => summary.faults.push(format!("there is no report: {problem}")),
    }
    Ok(summary)
}

fn desk(setup: &Setup, data: &std::path::Path) -> Result<Desk, Problem> {
    let file = data.join("setup.json");
    fs::write(&file, serde_json::to_vec_pretty(setup)?)?;
    Ok(Desk {
        journal: setup.open_journal()?,
        evidence: setup.evidence(),
        orchestrator: setup.orchestrator()?,
        setup: file,
        log: data.join("orchestrator.log"),
        live: Live::new(setup.client()),
        processes: Vec::new(),
    })
}

/// The first deployment: version 1, on which nothing depends yet. It is driven in this process.
async fn first(desk: &Desk, setup: &Setup) -> Result<(), Problem> {
    let release: Release = release("1", Behaviour::Good)?;
    let plan = setup.plan(release, &order(How::new(StrategyKind::BlueGreen, Duration::ZERO)))?;
    let id = desk.orchestrator.start(&plan).await?;
    match desk.orchestrator.drive(&id, Until::End).await? {
        Ended::Outcome(Outcome::Succeeded) => Ok(()),
        other => Err(format!("version 1 could not be deployed: {other:?}").into()),
    }
}

fn order(how: How) -> Order {
    let (environment, author) = ("production".to_owned(), "quickstart".to_owned());
    Order { environment, author, targets: vec![BACKEND.to_owned()], how, approval: false, attendance: Attendance::Attended }
}

fn announce(desk: &Desk, plan: &Plan, behaviour: Behaviour) {
    desk.live.say(&format!("deploying version {} ({behaviour}): {}", plan.release.version, plan.strategy));
}

async fn finish(
    options: &QuickstartOptions,
    desk: Desk,
    stage: StageProcess,
    load: LoadProcess,
    deployments: Vec<super::Deployed>,
) -> Result<Summary, Problem> {
    let load = load.stop().await?;
    let stats = stage.client().stats().await?;
    let mut processes = check::processes(&stats);
    processes.extend(&desk.processes);
    processes.extend(stage.id());
    let ended = stage.stop().await?;
    let mut faults = check::faults(options, &deployments, &load, &stats);
    if !ended.success() {
        faults.push(format!("the stage ended with {ended}"));
    }
    faults.extend(check::left_behind(&processes).await?);
    let journals = deployments.iter().map(|one| desk.journal.path_of(&one.id)).collect();
    Ok(Summary { deployments, load, no_upstream: check::no_upstream(&stats), journals, reports: Vec::new(), faults })
}
