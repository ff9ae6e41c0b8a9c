//! What is going on, as it goes on.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
};

use deployment_core::{
    DeploymentId,
    journal::Entry,
    notify::{Event, Severity},
};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::figures::Figures;
use crate::{
    clock::unix_millis,
    stage::{StageClient, WHOLE},
};

/// How often figures are shown, in milliseconds: as bars, and as lines.
const EVERY: (u64, u64) = (250, 1_000);

/// Shows events as lines on standard output, and the split, the error rate and p95 of each revision: as bars on standard error if that is
/// a terminal, else as a line per second among the others.
#[derive(Debug)]
pub(super) struct Live {
    client: StageClient,
    began: u64,
    shown: u64,
    bars: Option<Bars>,
}

impl Live {
    pub(super) fn new(client: StageClient) -> Self {
        Self { client, began: unix_millis(), shown: 0, bars: io::stderr().is_terminal().then(Bars::new) }
    }

    /// A line that stays.
    pub(super) fn say(&self, text: &str) {
        let line = format!("{:>6.1} s {text}", (unix_millis() - self.began) as f64 / 1_000.0);
        match &self.bars {
            Some(bars) => bars.all.suspend(|| println!("{line}")),
            None => println!("{line}"),
        }
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
        let every = if self.bars.is_some() { EVERY.0 } else { EVERY.1 };
        if now - self.shown < every {
            return;
        }
        self.shown = now;
        // Figures that are missing are not worth ending for.
        let Ok(all) = Figures::of_all(&self.client, now).await else {
            return;
        };
        match &mut self.bars {
            Some(bars) => bars.show(&all),
            None => {
                let each: Vec<_> = all.iter().map(|figures| format!("v{} {figures}", figures.version)).collect();
                self.say(&format!("  {}", each.join(" │ ")));
            }
        }
    }
}

/// A bar for each revision, as full as its share of the traffic.
#[derive(Debug)]
struct Bars {
    all: MultiProgress,
    each: BTreeMap<String, ProgressBar>,
}

impl Bars {
    fn new() -> Self {
        Self { all: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()), each: BTreeMap::new() }
    }

    fn show(&mut self, all: &[Figures]) {
        self.each.retain(|revision, bar| {
            let stays = all.iter().any(|figures| figures.revision == *revision);
            if !stays {
                bar.finish_and_clear();
                self.all.remove(bar);
            }
            stays
        });
        for figures in all {
            let bar = self.each.entry(figures.revision.clone()).or_insert_with(|| {
                let bar = self.all.add(ProgressBar::new(u64::from(WHOLE)).with_style(style()));
                bar.with_prefix(format!("v{}", figures.version))
            });
            bar.set_position(u64::from(figures.share));
            bar.set_message(figures.to_string());
        }
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("  {prefix:>4} {bar:22.cyan/dim} {msg}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉▊▋▌▍▎▏░")
}

/// What is said after the last figures is not to be painted over.
impl Drop for Bars {
    fn drop(&mut self) {
        // A terminal that has gone shows nothing.
        let _ = self.all.clear();
    }
}
