//! Starting and driving deployments.

use std::{
    convert::Infallible,
    future::pending,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use deployment_core::{
    DeploymentId, Ended, EnvironmentName, Plan, Release, ServiceName, TargetName, Until,
    engine::Outcome,
    notify::{Event, Severity},
    plan::Attendance,
    release::HistoryEntry,
};
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{
    args::{DeployArgs, RollbackArgs, WayArgs},
    out::Out,
    site::Site,
    tell,
};
use crate::setup::{How, Order, Problem, SERVICE, attend, release};

/// What a driver that has parked or was stopped ends with.
const WAITS: u8 = 3;

pub(super) async fn show_plan(site: &Site, args: &DeployArgs, out: Out) -> Result<ExitCode, Problem> {
    let plan = plan(site, args)?;
    out.say(&plan, &plan)?;
    // For a person; whoever reads the plan as JSON gets it alone.
    if !out.json {
        match site.orchestrator()?.dry_run(&plan).await {
            Ok(dry_run) => println!("{dry_run}"),
            Err(error) => println!("What would change cannot be told now: {error}"),
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn deploy(site: &Site, args: &DeployArgs, out: Out) -> Result<ExitCode, Problem> {
    go(site, &plan(site, args)?, &args.way, out).await
}

pub(super) async fn rollback(site: &Site, args: &RollbackArgs, out: Out) -> Result<ExitCode, Problem> {
    let back = way_back(site, args).await?;
    let order = Order {
        environment: args.environment.clone(),
        author: args.way.actor.to_string(),
        targets: back.iter().map(|(target, _)| target.to_string()).collect(),
        how: How::new(args.strategy, Duration::from_secs(args.bake)),
        approval: false,
        attendance: attendance(&args.way),
    };
    go(site, &site.setup.plan_rollback(back, &order)?, &args.way, out).await
}

/// What each part goes back to: what it ran before, or what the deployment named had brought it.
async fn way_back(site: &Site, args: &RollbackArgs) -> Result<Vec<(TargetName, Release)>, Problem> {
    let (service, environment) = (ServiceName::new(SERVICE)?, EnvironmentName::new(&args.environment)?);
    let history = site.orchestrator()?.history(&service, &environment).await?;
    let named = |entry: &&HistoryEntry| entry.deployment.as_str() == args.to;
    let good = |entry: &&HistoryEntry| entry.targets.iter().any(|on| on.good);
    let previous = args.to == "previous";
    let found = if previous { history.entries().iter().rfind(good) } else { history.entries().iter().find(named) };
    let found = found.ok_or_else(|| format!("there is no {} deployment to go back to in {}", args.to, args.environment))?;
    let targets = match args.target {
        Some(part) => part.names().into_iter().map(TargetName::new).collect::<Result<_, _>>()?,
        None if previous => found.targets.iter().filter(|on| on.good).map(|on| on.target.clone()).collect(),
        None => found.targets.iter().map(|on| on.target.clone()).collect::<Vec<_>>(),
    };
    if previous {
        return Ok(history.way_back(&targets)?);
    }
    let brought = |target: TargetName| match found.on(&target).filter(|on| on.good) {
        Some(on) => Ok((target, on.release.clone())),
        None => Err(format!("{} did not succeed on {target}: choose one that did", found.deployment).into()),
    };
    targets.into_iter().map(brought).collect()
}

fn plan(site: &Site, args: &DeployArgs) -> Result<Plan, Problem> {
    let release: Release = release(&args.version, args.behaviour)?;
    let order = Order {
        environment: args.environment.clone(),
        author: args.way.actor.to_string(),
        targets: args.target.names(),
        how: How { by_hand: args.promote_by_hand, ..How::new(args.strategy, Duration::from_secs(args.bake)) },
        approval: args.approval,
        attendance: attendance(&args.way),
    };
    Ok(site.setup.plan(release, &order)?)
}

fn attendance(way: &WayArgs) -> Attendance {
    if way.until_waiting { Attendance::Unattended } else { Attendance::Attended }
}

async fn go(site: &Site, plan: &Plan, way: &WayArgs, out: Out) -> Result<ExitCode, Problem> {
    if !way.yes {
        ask(plan, out)?;
    }
    let id = site.orchestrator()?.start(plan).await?;
    drive(site, &id, way.until_waiting, out).await
}

fn ask(plan: &Plan, out: Out) -> Result<(), Problem> {
    if out.json || !io::stdin().is_terminal() {
        return Err("nobody can be asked whether to go ahead; say --yes".into());
    }
    print!("{plan}\nGo ahead? [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "yes") { Ok(()) } else { Err("not confirmed".into()) }
}

/// Drives a deployment and tells what happens. The first Ctrl-C parks it, the second leaves it in the middle; `drive` goes on.
pub(super) async fn drive(site: &Site, id: &DeploymentId, until_waiting: bool, out: Out) -> Result<ExitCode, Problem> {
    let orchestrator = site.orchestrator()?;
    let mut events = orchestrator.events();
    if !out.json {
        println!("deployment {id}");
    }
    let until = if until_waiting { Until::Waiting } else { Until::End };
    let ended = tokio::select! {
        ended = attend(orchestrator.spawn(id, until), || stopping(id, out)) => ended?,
        never = follow(&mut events, out) => match never {},
    };
    while let Ok(event) = events.try_recv() {
        show(&event, out);
    }
    let open = tell::open(&orchestrator.state(id).await?);
    finish(id, ended.as_ref(), &open, out)
}

/// Tells events as they happen.
async fn follow(events: &mut Receiver<Arc<Event>>, out: Out) -> Infallible {
    loop {
        match events.recv().await {
            Ok(event) => show(&event, out),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => pending().await,
        }
    }
}

fn stopping(id: &DeploymentId, out: Out) {
    let text = "stopping as soon as it is safe; once more to leave it at once";
    // One that cannot be told stops all the same.
    let _ = out.say(text, &json!({ "deployment": id, "stopping": text }));
}

fn show(event: &Event, out: Out) {
    if out.json || event.severity >= Severity::Info {
        // Events that cannot be shown are in the journal.
        let _ = out.say(format!("{} {}", event.at, event.text), event);
    }
}

fn finish(id: &DeploymentId, ended: Option<&Ended>, open: &[&str], out: Out) -> Result<ExitCode, Problem> {
    let (text, code) = match ended {
        Some(Ended::Outcome(outcome)) => {
            let good = matches!(outcome, Outcome::Succeeded | Outcome::Unchanged);
            (format!("{outcome}{}", tell::offer(open)), if good { 0 } else { 1 })
        }
        Some(Ended::Parked { reason }) => (format!("waits: {reason}; go on with `drive {id}`"), WAITS),
        Some(Ended::Stopped) => (format!("stopped; go on with `drive {id}`"), WAITS),
        None => (format!("left in the middle; go on with `drive {id}`, which waits until this driver's lease has run out"), WAITS),
    };
    out.say(&text, &json!({ "deployment": id, "outcome": ended.and_then(Ended::outcome), "ended": text, "open": open }))?;
    Ok(ExitCode::from(code))
}
