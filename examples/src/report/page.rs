//! The page.

use deployment_core::{
    Result,
    engine::{Outcome, Record, Track},
    notify::{Event, Severity},
};

use super::{
    chart::{self, Chart, Filled},
    checks,
    facts::Facts,
    series::Line,
    steps::Row,
    text::{date, escape, span},
};
use crate::evidence::Evidence;

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub(super) fn page(facts: &Facts, evidence: &[Evidence]) -> Result<String> {
    let plan = facts.state.plan();
    let title = escape(&format!("{} to {}", plan.release, plan.environment));
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <main>\n{}{}{}{}{}{}</main>\n</body>\n</html>\n",
        header(facts, &title),
        charts(facts)?,
        timeline(facts),
        checks::section(facts, evidence),
        events(facts),
        format_args!("<h2>Plan</h2>\n<pre>{}</pre>\n", escape(&plan.to_string())),
    ))
}

fn header(facts: &Facts, title: &str) -> String {
    let (class, word, reason) = outcome(facts);
    let plan = facts.state.plan();
    let mut cards = vec![
        ("Environment", plan.environment.to_string()),
        ("Author", plan.author.to_string()),
        ("Strategy", plan.strategy.clone()),
        ("Started", date(facts.state.started())),
        ("Duration", span(facts.duration())),
    ];
    cards.extend(plan.release.commit.iter().map(|commit| ("Commit", commit.clone())));
    cards.extend(facts.time_to_detect().map(|time| ("Time to detect", span(time))));
    cards.extend(facts.time_to_roll_back().map(|time| ("Time to roll back", span(time))));
    let cards: String = cards.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", escape(value))).collect();
    let reason = reason.map(|reason| format!("<p class=\"reason {class}\">{}</p>\n", escape(&reason))).unwrap_or_default();
    let notes = if plan.release.notes.is_empty() { String::new() } else { format!("<p>{}</p>\n", escape(&plan.release.notes)) };
    format!(
        "<header>\n<h1>{title} <span class=\"outcome {class}\">{word}</span></h1>\n<p class=\"id\">deployment {}, plan {}</p>\n{reason}{notes}</header>\n\
         <dl class=\"cards\">\n{cards}</dl>\n",
        escape(&facts.state.deployment().to_string()),
        escape(facts.state.hash().short()),
    )
}

/// The page's class for the outcome, a word for it, and why.
fn outcome(facts: &Facts) -> (&'static str, &'static str, Option<String>) {
    if let Some(reason) = facts.state.halted() {
        return ("bad", "halted", Some(reason.to_owned()));
    }
    match facts.state.outcome() {
        None => ("detail", "under way", None),
        Some(Outcome::Succeeded) => ("good", "succeeded", None),
        Some(Outcome::Unchanged) => ("good", "unchanged", Some("the release was stable already".into())),
        Some(Outcome::Rejected { reason }) => ("warn", "rejected", Some(reason.clone())),
        Some(Outcome::RolledBack { cause, stayed }) if stayed.is_empty() => ("warn", "rolled back", Some(cause.clone())),
        Some(outcome @ Outcome::RolledBack { .. }) => ("warn", "rolled back in part", Some(outcome.to_string())),
        Some(Outcome::Halted { reason }) => ("bad", "halted", Some(reason.clone())),
        Some(Outcome::Closed { reason }) => ("bad", "closed", Some(reason.clone())),
    }
}

fn charts(facts: &Facts) -> Result<String> {
    let verdict = facts.verdict.map(|at| at.since(facts.state.started()).as_secs_f64());
    let base = Chart { lines: &[], until: facts.seconds(), at_least: 1.0, unit: "%", verdict, filled: Filled::No };
    let split = Chart { lines: &facts.split, at_least: 100.0, filled: Filled::Yes, ..base };
    let errors = Chart { lines: &facts.measured.errors, ..base };
    let latency = Chart { lines: &facts.measured.latency, at_least: 10.0, unit: "ms", ..base };
    let mut html = figure("Traffic to the candidate", &split)?;
    html += &figure("Error rate", &errors)?;
    html += &figure("95th percentile of latency", &latency)?;
    Ok(html)
}

fn figure(title: &str, what: &Chart) -> Result<String> {
    if what.lines.iter().all(|line| line.points().next().is_none()) {
        return Ok(format!("<figure>\n<h2>{title}</h2>\n<p class=\"empty\">Nothing was measured.</p>\n</figure>\n"));
    }
    let legend: String = what.lines.iter().enumerate().map(|(index, line)| swatch(what.lines, index, line)).collect();
    let verdict = what.verdict.map(|_| "<span><i class=\"verdict\"></i>decision to roll back</span>").unwrap_or_default();
    Ok(format!("<figure>\n<h2>{title}</h2>\n{}\n<figcaption>{legend}{verdict}</figcaption>\n</figure>\n", chart::draw(what)?))
}

fn swatch(lines: &[Line], index: usize, line: &Line) -> String {
    format!("<span><i style=\"background:{}\"></i>{}</span>", chart::css_colour(lines, index), escape(&line.name))
}

fn timeline(facts: &Facts) -> String {
    let rows: String = facts.timeline.rows.iter().map(|row| timeline_row(facts, row)).collect();
    format!(
        "<h2>Steps</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>After</th><th>Took</th><th>Step</th><th>What</th><th>Result</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn timeline_row(facts: &Facts, row: &Row) -> String {
    let after = row.started.since(facts.state.started());
    let took = row.ended.map(|ended| span(ended.since(row.started))).unwrap_or_default();
    let way = match row.track {
        Track::Forward => "forward",
        Track::Back => "back",
        Track::Closing => "closing",
    };
    format!(
        "<tr class=\"{way}\"><td class=\"number\">{}</td><td class=\"number\">{took}</td><td><code>{}</code></td><td>{}</td><td class=\"{}\">{}</td></tr>\n",
        span(after),
        escape(row.id.as_str()),
        escape(&row.what),
        row.went.class(),
        escape(&row.result)
    )
}

fn events(facts: &Facts) -> String {
    let list = |shown: fn(&Event) -> bool| -> String {
        facts.events.iter().filter(|event| shown(event)).map(|event| event_row(facts, event)).collect()
    };
    format!(
        "<h2>Events</h2>\n<ol class=\"events\">\n{}</ol>\n<details>\n<summary>All {} records</summary>\n<ol class=\"events\">\n{}</ol>\n</details>\n",
        list(stands_out),
        facts.events.len(),
        list(|_| true)
    )
}

/// Whether it says more than the table of steps.
fn stands_out(event: &Event) -> bool {
    let step = matches!(event.record, Record::StepStarted { .. } | Record::Found { .. } | Record::Judged { .. } | Record::Skipped { .. });
    event.severity >= Severity::Warning || event.severity == Severity::Info && !step
}

fn event_row(facts: &Facts, event: &Event) -> String {
    let class = match event.severity {
        Severity::Detail => "detail",
        Severity::Info => "info",
        Severity::Warning => "warn",
        Severity::Critical => "bad",
    };
    let after = span(event.at.since(facts.state.started()));
    format!("<li class=\"{class}\"><time datetime=\"{}\">{after}</time> {}</li>\n", event.at, escape(&event.text))
}
