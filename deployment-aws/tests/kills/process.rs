//! A process that orchestrates, and what kills it.

use std::{
    env, fmt,
    io::{BufRead as _, BufReader, Write as _},
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, Stdio},
    thread,
};

use deployment_core::{
    Ended, ErrorKind, Result, Until,
    testkit::faults::{Call, Faults},
};
use serde::{Deserialize, Serialize};

use crate::{
    cloud::virtually,
    scene::{Place, Scene},
};

const WORK: &str = "DEPLOYMENT_KILLS_WORK";
const SIGKILL: i32 = 9;

/// When a process dies: right before it asks the journal to keep a record, or right after it has been told that it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Death {
    pub(crate) record: u64,
    pub(crate) after: bool,
}

/// What a process is to do.
#[derive(Debug, Serialize, Deserialize)]
struct Work {
    place: Place,
    dies: Option<Death>,
}

impl Death {
    fn when(self) -> &'static str {
        if self.after { "after" } else { "before" }
    }

    /// The call that keeps the record.
    fn method(self) -> &'static str {
        if self.record == 0 { "journal.create" } else { "journal.append" }
    }

    fn set(self, faults: &Faults) {
        let call = Call::named(self.method()).nth(self.record.max(1));
        if self.after { faults.crash_after(call) } else { faults.crash_before(call) }
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} record {}", self.when(), self.record)
    }
}

/// Not a test of its own: what the processes below run.
#[test]
fn of_its_own() {
    let Ok(work) = env::var(WORK) else { return };
    virtually(run(serde_json::from_str(&work).unwrap()));
}

async fn run(work: Work) {
    let (scene, faults) = (work.place.scene().await, Faults::new());
    if let Some(death) = work.dies {
        death.set(&faults);
    }
    tokio::select! {
        biased;
        () = faults.crashed() => wait_for_death(&faults),
        ended = drive(&*scene, &work.place, &faults) => say(&format!("ended {:?}", ended.unwrap())),
        never = scene.watch() => match never {},
    }
}

/// Starts the deployment, unless that has been done, and drives it to its end.
async fn drive(scene: &dyn Scene, place: &Place, faults: &Faults) -> Result<Ended> {
    let (orchestrator, plan) = scene.orchestrator(faults);
    match orchestrator.state(&place.deployment).await {
        Err(error) if error.kind() == ErrorKind::NotFound => orchestrator.start_as(&place.deployment, &plan).await?,
        other => drop(other?),
    }
    orchestrator.drive(&place.deployment, Until::End).await
}

/// This thread does nothing any more, and it is the one that orchestrates.
fn wait_for_death(faults: &Faults) {
    say(&format!("dies {}", faults.points().last().unwrap()));
    loop {
        thread::park();
    }
}

/// One write, unbuffered.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn spawn(place: &Place, dies: Option<Death>) -> Child {
    let work = Work { place: place.clone(), dies };
    Command::new(env::current_exe().unwrap())
        .args(["process::of_its_own", "--exact", "--nocapture"])
        .env(WORK, serde_json::to_string(&work).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A process takes part until this kills it; says whether it did, and the process had not ended before.
pub(crate) fn killed(place: &Place, death: Death) -> bool {
    let mut child = spawn(place, Some(death));
    let mut said = Vec::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        said.push(line.unwrap());
        if said.last().unwrap().starts_with("dies ") {
            break;
        }
    }
    let reached = !said.iter().any(|line| line.starts_with("ended "));
    if reached {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    if !reached {
        assert!(status.success(), "{death}: {said:#?}");
        return false;
    }
    let expected = format!("dies {} {}", death.when(), death.method());
    assert_eq!(said.last(), Some(&expected), "{death}: it was to die, {said:#?}");
    assert_eq!(status.signal(), Some(SIGKILL), "{death}: {status}");
    true
}

/// A process takes part to the end.
pub(crate) fn ended(place: &Place, what: &str) {
    let output = spawn(place, None).wait_with_output().unwrap();
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
}
