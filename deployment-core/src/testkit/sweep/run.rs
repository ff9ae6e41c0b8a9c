//! One deployment, by processes that die or freeze where they are told.

use std::{sync::Arc, time::Duration};

use tokio::time::error::Elapsed;

use super::{
    Defect, Scenario,
    rig::{self, Rig},
};
use crate::{
    engine::Outcome,
    error::{Error, ErrorKind, Result},
    journal::Journal,
    runtime::Ended,
    testkit::{Violation, faults::Faults},
};

/// What became of a deployment.
#[derive(Debug)]
pub struct Ran {
    /// The points that were reached, over all processes that died or lived.
    pub points: Vec<String>,
    /// How it ended, in a word.
    pub ended: String,
    /// What was not as it must be.
    pub violations: Vec<Violation>,
    /// What the journal says, for a person.
    pub story: String,
    /// Whether the held call has landed where nobody could refuse it.
    pub landed: Landed,
}

/// Where a call of a frozen process has landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landed {
    /// On a target that knew of the successor, or there was none.
    Fenced,
    /// On a target on which the successor has changed nothing, so that it knew of none. What the call does there is seen by nobody who
    /// could still act, and no engine can prevent it: the oracle is not asked.
    InTheWindow,
}

/// When a frozen process goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thaw {
    /// Soon after the one that has taken over has changed something on a target; at its end, if it changes nothing.
    Beside,
    /// When the one that has taken over has ended.
    After,
}

impl Scenario {
    /// Runs the deployment in virtual time; the first process dies at the first of `crashes`, the next one at the second, and so on. The
    /// numbers count points over all processes.
    ///
    /// # Errors
    /// If the deployment could not be carried on.
    pub fn run(&self, crashes: &[usize], defect: Option<Defect>) -> Result<Ran> {
        self.crashing(rig::memory(defect), crashes, defect)
    }

    /// [`run`](Scenario::run) on a journal of yours, which has no deployment in it yet. Time is virtual and jumps when all tasks wait: a journal
    /// that waits for something outside must do so in [`spawn_blocking`](tokio::task::spawn_blocking), which holds time still.
    ///
    /// # Errors
    /// As [`run`](Scenario::run).
    pub fn run_on(&self, journal: Arc<dyn Journal>, crashes: &[usize]) -> Result<Ran> {
        self.crashing(journal, crashes, None)
    }

    fn crashing(&self, journal: Arc<dyn Journal>, crashes: &[usize], defect: Option<Defect>) -> Result<Ran> {
        in_virtual_time(async {
            let rig = Rig::new(self, journal, defect)?;
            let faults = Faults::new();
            let mut crashes = crashes.iter();
            let ended = loop {
                if let Some(point) = crashes.next() {
                    faults.crash_at(*point);
                }
                tokio::select! {
                    biased;
                    () = faults.crashed() => faults.revive(),
                    ended = rig.process(&faults) => break ended?,
                }
            };
            rig.judge(faults.points(), &outcome(ended), Landed::Fenced).await
        })
    }

    /// Runs the deployment in virtual time; the first process freezes at `point`, with everything that it asks for, for longer than its
    /// lease lives. A second one takes over. The first one thaws beside it, and must be refused, stop, and change nothing.
    ///
    /// # Errors
    /// If the deployment could not be carried on.
    pub fn run_frozen(&self, point: usize, thaw: Thaw, defect: Option<Defect>) -> Result<Ran> {
        self.freezing(rig::memory(defect), point, thaw, defect)
    }

    /// [`run_frozen`](Scenario::run_frozen) on a journal of yours: see [`run_on`](Scenario::run_on).
    ///
    /// # Errors
    /// As [`run_frozen`](Scenario::run_frozen).
    pub fn run_frozen_on(&self, journal: Arc<dyn Journal>, point: usize, thaw: Thaw) -> Result<Ran> {
        self.freezing(journal, point, thaw, None)
    }

    fn freezing(&self, journal: Arc<dyn Journal>, point: usize, thaw: Thaw, defect: Option<Defect>) -> Result<Ran> {
        in_virtual_time(async {
            let rig = Rig::new(self, journal, defect)?;
            let (frozen, living) = (Faults::new(), Faults::new());
            frozen.freeze_at(point);
            let mut first = Box::pin(rig.process(&frozen));
            tokio::select! {
                biased;
                () = frozen.frozen() => {}
                _ = &mut first => return Err(Error::invalid("point", format!("there is no {point}th one"))),
            }
            let second = async {
                let mut process = Box::pin(rig.process(&living));
                tokio::select! {
                    ended = &mut process => { frozen.thaw(); return ended }
                    () = changes_something(&living), if thaw == Thaw::Beside => frozen.thaw(),
                }
                let ended = process.await;
                frozen.thaw();
                ended
            };
            let (first, second) = tokio::join!(tokio::time::timeout(FOR_EVER, first), second);
            let outcome = outcome(second?);
            let points = frozen.points();
            let landed = landed(points.get(point..).unwrap_or_default(), &living);
            let mut ran = rig.judge(points, &outcome, landed).await?;
            ran.violations.extend(not_stopped(first, &outcome));
            Ok(ran)
        })
    }
}

/// Longer than any scenario lasts.
const FOR_EVER: Duration = Duration::from_secs(2 * 86_400);

fn in_virtual_time<R>(work: impl Future<Output = Result<R>>) -> Result<R> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.map_err(|error| Error::new(ErrorKind::Failed, "sweep", "no runtime").because(error))?.block_on(work)
}

/// Completes soon after a process has changed something on a target.
async fn changes_something(process: &Faults) {
    while !process.points().iter().any(|point| changed("after", point).is_some()) {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// The target that is changed by the call at this point.
fn changed<'a>(when: &str, point: &'a str) -> Option<&'a str> {
    let (target, call) = point.strip_prefix(when)?.trim_start().rsplit_once('.')?;
    ["launch", "replace", "route", "scale", "retire", "stop"].contains(&call).then_some(target)
}

/// `points`: those of the frozen process from the one on at which it froze. With it are held all calls that it had begun beside that one.
fn landed(points: &[String], living: &Faults) -> Landed {
    let beside = points.iter().skip(1).take_while(|point| point.starts_with("before"));
    let mut held = points.iter().take(1).chain(beside).filter_map(|point| changed("before", point));
    let known = |target: &str| living.points().iter().any(|point| changed("after", point) == Some(target));
    if held.any(|target| !known(target)) { Landed::InTheWindow } else { Landed::Fenced }
}

fn outcome(ended: Ended) -> Outcome {
    match ended {
        Ended::Outcome(outcome) => outcome,
        other => Outcome::Halted { reason: format!("{other:?}") },
    }
}

/// A driver that was taken over is refused, or finds that all is done.
fn not_stopped(stale: std::result::Result<Result<Ended>, Elapsed>, outcome: &Outcome) -> Option<Violation> {
    let told = match stale {
        Ok(Err(error)) if matches!(error.kind(), ErrorKind::Fenced | ErrorKind::Conflict) => return None,
        Ok(Ok(Ended::Outcome(same))) if same == *outcome => return None,
        Ok(other) => format!("{other:?}"),
        Err(_) => "it goes on and on".to_owned(),
    };
    Some(Violation::new("5 a stale driver stops", told))
}
