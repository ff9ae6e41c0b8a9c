//! What was, from the journal.

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use deployment_core::{
    DeploymentId,
    engine::State,
    journal::Journal,
    notify::{Event, Severity},
    release::{HistoryEntry, TargetEntry},
    runtime::Undelivered,
    signal::{Resolution, Signal},
};
use serde_json::json;

use super::{out::Out, site::Site};
use crate::{report, setup::Problem};

pub(super) async fn list(site: &Site, out: Out) -> Result<ExitCode, Problem> {
    let entries = site.orchestrator()?.list().await?;
    let mut text = String::new();
    for entry in &entries {
        let outcome = entry.outcome.as_ref().map_or("under way".to_owned(), ToString::to_string);
        let (started, environment) = (entry.started, &entry.environment);
        writeln!(text, "{} {started} {environment} {}: {outcome}", entry.deployment, deployed(entry))?;
    }
    out.say(text.trim_end(), &entries)?;
    Ok(ExitCode::SUCCESS)
}

/// Which targets got which release: `backend+frontend shop 2`, or each with its own.
fn deployed(entry: &HistoryEntry) -> String {
    let own = |on: &TargetEntry| format!("{} {}", on.target, on.release);
    let names: Vec<_> = entry.targets.iter().map(|on| on.target.as_str()).collect();
    if entry.targets.iter().all(|on| on.release == entry.release) {
        return format!("{} {}", names.join("+"), entry.release);
    }
    entry.targets.iter().map(own).collect::<Vec<_>>().join(" + ")
}

/// How it is now, in a line.
pub(super) async fn status(site: &Site, id: &DeploymentId, out: Out) -> Result<ExitCode, Problem> {
    let state = site.orchestrator()?.state(id).await?;
    let (plan, open) = (state.plan(), open(&state));
    let step = state.course().current().map(|(step, _)| step.id.clone());
    let at = step.as_ref().filter(|_| state.outcome().is_none()).map_or(String::new(), |step| format!(" at {step}"));
    let text = format!("{id} {} {}: {}{at}{}", plan.environment, plan.release, now(&state), offer(&open));
    let value = json!({ "deployment": id, "environment": plan.environment, "release": plan.release, "step": step, "outcome": state.outcome(), "halted": state.halted(), "open": open });
    out.say(text, &value)?;
    Ok(ExitCode::SUCCESS)
}

fn now(state: &State) -> String {
    match (state.outcome(), state.halted()) {
        (Some(ended), _) => ended.to_string(),
        (None, Some(reason)) => format!("halted: {reason}"),
        (None, None) => "under way".to_owned(),
    }
}

/// A timeline: when, since the beginning, by which epoch's driver, what.
pub(super) async fn history(site: &Site, id: &DeploymentId, out: Out) -> Result<ExitCode, Problem> {
    let journal = site.setup.open_journal()?;
    let entries = journal.read(id, 0).await?;
    let state = State::replay(id, &entries)?;
    let mut text = format!("{}\n\nTimeline of {id} (journal: {})\n", state.plan(), journal.path_of(id).display());
    for entry in &entries {
        let event = Event::of(id, entry);
        let mark = match event.severity {
            Severity::Detail => ' ',
            Severity::Info => '·',
            Severity::Warning => '!',
            _ => '‼',
        };
        let since = entry.at.since(state.started()).as_secs_f64();
        writeln!(text, "{since:>9.3} s  epoch {:<2} {mark} {}", entry.epoch, event.text)?;
    }
    let open = open(&state);
    write!(text, "Now: {}{}", now(&state), offer(&open))?;
    let undelivered = site.orchestrator()?.undelivered(id).await?;
    for owed in &undelivered {
        write!(text, "\n{}", not_told(owed))?;
    }
    let value = json!({ "deployment": id, "plan": state.plan().as_ref(), "hash": state.hash(), "entries": entries, "outcome": state.outcome(), "halted": state.halted(), "open": open, "undelivered": undelivered });
    out.say(text, &value)?;
    Ok(ExitCode::SUCCESS)
}

/// What a notifier was not told, event by event where it was given up.
fn not_told(owed: &Undelivered) -> String {
    let (given_up, waiting) = (owed.given_up.len(), owed.waiting.len());
    let mut text = format!("Not told to {}: {given_up} events were given up, {waiting} wait for the next `drive`", owed.notifier);
    for event in &owed.given_up {
        text += &format!("\n  given up: {} {}", event.at, event.text);
    }
    text
}

/// What may be said to a deployment now, as it is typed.
pub(super) fn open(state: &State) -> Vec<&'static str> {
    state.open_verbs().iter().map(verb).collect()
}

/// The same, after what is said of the deployment.
pub(super) fn offer(open: &[&str]) -> String {
    if open.is_empty() { String::new() } else { format!("; open: {}", open.join(", ")) }
}

fn verb(signal: &Signal) -> &'static str {
    match signal {
        Signal::RollBack => "rollback-now",
        Signal::Resolve(Resolution::NotDone) => "resolve not-done",
        other => other.word(),
    }
}

/// The page, as a file.
pub(super) async fn report(site: &Site, id: &DeploymentId, file: Option<PathBuf>, out: Out) -> Result<ExitCode, Problem> {
    let entries = site.setup.open_journal()?.read(id, 0).await?;
    let evidence = site.setup.evidence().read(id)?;
    let page = report::render(&report::Input { deployment: id, entries: &entries, evidence: &evidence })?;
    let file = file.unwrap_or_else(|| site.setup.journal.with_file_name(format!("{id}.html")));
    std::fs::write(&file, page)?;
    out.say(file.display(), &json!({ "deployment": id, "file": file }))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn verify(site: &Site, id: Option<DeploymentId>, out: Out) -> Result<ExitCode, Problem> {
    let journal = site.setup.open_journal()?;
    let ids = match id {
        Some(id) => vec![id],
        None => journal.list().await?,
    };
    let (mut text, mut values, mut sound) = (String::new(), Vec::new(), true);
    for id in ids {
        match journal.verify(&id).await {
            Ok(seen) => {
                writeln!(text, "{id}: {} entries in {} bytes check out, {} torn bytes follow", seen.entries, seen.bytes, seen.torn_bytes)?;
                values.push(json!({ "deployment": id, "entries": seen.entries, "bytes": seen.bytes, "torn_bytes": seen.torn_bytes }));
            }
            Err(error) => {
                sound = false;
                writeln!(text, "{id}: {error}")?;
                values.push(json!({ "deployment": id, "error": error.to_string() }));
            }
        }
    }
    out.say(text.trim_end(), &values)?;
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
