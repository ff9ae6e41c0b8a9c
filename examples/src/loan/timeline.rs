//! What happened, in lines.

use std::time::Duration;

use deployment_core::{
    Timestamp,
    engine::Record,
    notify::{Event, Severity},
};

use super::pipeline::TARGET;

/// `0:07:30 what happened`, since the beginning; `None` for what would only fill the page.
#[must_use]
pub fn line(event: &Event, began: Timestamp) -> Option<String> {
    let is_told = match &event.record {
        Record::StepStarted { .. } => false,
        // That a call to a target was accepted says little: what it has led to is confirmed later.
        Record::Returned { step, result: Ok(_) } => step.as_str().split('/').all(|part| part != TARGET),
        _ => event.severity >= Severity::Info,
    };
    let mark = if event.severity >= Severity::Warning { '!' } else { ' ' };
    is_told.then(|| format!("{:>9} {mark} {}", words(event.at.since(began)), event.text.replace('\n', "\n            ")))
}

/// `1:02:03`: hours, minutes, seconds.
#[must_use]
pub fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
