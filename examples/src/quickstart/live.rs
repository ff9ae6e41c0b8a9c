//! What is going on, as it goes on.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use deployment_core::{
    DeploymentId,
    journal::Entry,
    notify::{Event, Severity},
};

use crate::{
    clock::unix_millis,
    setup::BACKEND,
    stage::{MetricsQuery, MetricsWindow, RevisionView, ServiceView, StageClient, TimeRange, WHOLE},
};

/// How much of the past the figures are of, in milliseconds.
const PAST: u64 = 2_000;
/// How wide the bar is.
const WIDTH: u32 = 20;
/// How often figures are shown.
const EVERY: Duration = Duration::from_secs(1);

/// Shows events as lines, and the split, the error rate and p95 of each version: on a terminal as a line that changes, elsewhere as
/// one line per second.
#[derive(Debug)]
pub(super) struct Live {
    client: StageClient,
    began: u64,
    terminal: bool,
    shown: u64,
}

impl Live {
    pub(super) fn new(client: StageClient) -> Self {
        Self { client, began: unix_millis(), terminal: io::stdout().is_terminal(), shown: 0 }
    }

    /// A line that stays.
    pub(super) fn say(&self, text: &str) {
        let clear = if self.terminal { "\r\x1b[K" } else { "" };
        println!("{clear}{} {text}", self.time());
    }

    /// What a journal entry stands for, if it deserves attention.
    pub(super) fn tell(&self, deployment: &DeploymentId, entry: &Entry) {
        let event = Event::of(deployment, entry);
        if event.severity >= Severity::Info {
            let mark = if event.severity >= Severity::Warning { "!" } else { " " };
            self.say(&format!("{mark} {}", event.text));
        }
    }

    /// The figures, if it is time for them.
    pub(super) async fn figures(&mut self) {
        let now = unix_millis();
        if now - self.shown < u64::try_from(EVERY.as_millis()).unwrap_or(u64::MAX) {
            return;
        }
        self.shown = now;
        // Figures that are missing are not worth ending for.
        let Ok(view) = self.client.service(BACKEND).await else {
            return;
        };
        let mut parts = vec![bar(&view)];
        for revision in &view.revisions {
            parts.push(self.figures_of(&view, revision, now).await);
        }
        let line = format!("{} {}", self.time(), parts.join(" │ "));
        if self.terminal {
            print!("\r\x1b[K{line}");
            // A terminal that has gone shows nothing.
            let _ = io::stdout().flush();
        } else {
            println!("{line}");
        }
    }

    async fn figures_of(&self, view: &ServiceView, revision: &RevisionView, now: u64) -> String {
        let share = f64::from(view.routes.share(&revision.id)) / 100.0;
        let range = TimeRange { from: now - PAST - 1_000, to: now };
        let query = MetricsQuery { service: BACKEND.to_owned(), revision: revision.id.clone(), range };
        let head = format!("v{} {share:>3} %, {} of {} up", revision.release.version, revision.healthy, revision.desired);
        match self.client.metrics(&query).await {
            Ok(MetricsWindow::Data(data)) if data.requests > 0 => {
                let rate = data.requests * 1_000 / (data.covered.to - data.covered.from).max(1);
                let errors = data.errors as f64 * 100.0 / data.requests as f64;
                let p95 = data.latency.quantile(0.95).unwrap_or(0) as f64 / 1_000.0;
                format!("{head}, {rate}/s, {errors:.1} % errors, p95 {p95:.0} ms")
            }
            _ => head,
        }
    }

    fn time(&self) -> String {
        format!("{:>6.1} s", (unix_millis() - self.began) as f64 / 1_000.0)
    }
}

/// The newest revision's share as a bar.
fn bar(view: &ServiceView) -> String {
    let share = view.revisions.last().map_or(0, |newest| view.routes.share(&newest.id));
    let full = (share * WIDTH).div_ceil(WHOLE);
    (0..WIDTH).map(|at| if at < full { '█' } else { '░' }).collect()
}
