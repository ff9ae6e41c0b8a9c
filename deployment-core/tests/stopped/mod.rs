//! Deployments that are stopped in the middle, and the platform as such a journal left it.

mod platform;

use std::{fs, path::Path, sync::Arc, time::Duration};

use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, Orchestrator, Plan, Plugins, SignalId, Timestamp, Until,
    engine::{Call, Record},
    journal::{FileJournal, Journal},
    judge::Threshold,
    metric::Query,
    plan::{Capacity, Compensation, Step},
    signal::{Signal, Signalled},
    strategy::Canary,
    testkit::{TokioClock, faults::Faults, sample},
    watch::Watch,
};
pub(crate) use platform::{Open, Platform};

const MINUTE: Duration = Duration::from_secs(60);

/// Where a deployment is stopped.
pub(crate) struct Stop {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) goes_back: bool,
    /// The record after which the process dies; without one it stops at the hold, and a promotion comes in.
    dies_after: Option<fn(&Record) -> bool>,
}

/// The release 3 answers with errors.
pub(crate) const STOPS: [Stop; 5] = [
    Stop {
        name: "launching",
        version: "2",
        goes_back: false,
        dies_after: Some(|record| matches!(record, Record::Intent { call: Call::Launch { .. }, .. })),
    },
    Stop { name: "baking", version: "2", goes_back: false, dies_after: Some(look_at_half_time) },
    Stop { name: "holding", version: "2", goes_back: false, dies_after: None },
    Stop {
        name: "turning-back",
        version: "3",
        goes_back: true,
        dies_after: Some(|record| matches!(record, Record::ReversalPlanned { .. })),
    },
    Stop {
        name: "undoing",
        version: "3",
        goes_back: true,
        dies_after: Some(|record| matches!(record, Record::Intent { call: Call::Undo { .. }, .. })),
    },
];

/// A look in the middle of the first bake.
fn look_at_half_time(record: &Record) -> bool {
    matches!(record, Record::Sampled { sample, .. } if sample.window.to.since(sample::NOON) > MINUTE / 2)
}

pub(crate) fn id() -> DeploymentId {
    DeploymentId::new("golden").unwrap()
}

fn plugins(platform: &Platform) -> Plugins {
    let rule = Threshold::error_rate(5.0).unwrap().min_samples(20);
    let watch = Watch::metrics(Arc::new(platform.target.metrics()), Query::default(), rule);
    let plugins = Plugins::new().target("backend", platform.target.clone()).unwrap().watch("errors", watch).unwrap();
    plugins.action("flag", platform.flag.clone()).unwrap().action("size", platform.size.clone()).unwrap()
}

fn plan(version: &str, plugins: &Plugins) -> Plan {
    let canary = Canary::steps([10.0, 100.0]).unwrap().bake(MINUTE).watch("errors").unwrap().promote_by_hand_at(10.0).unwrap();
    let finally = Step::action("size", "size").unwrap().compensated_by(Compensation::Finally);
    let builder = Plan::builder(sample::release(version), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap());
    let builder = builder.before(Step::action("flag", "flag").unwrap()).before(finally);
    builder.deploy("backend", Capacity::of(4), canary).build(plugins).unwrap()
}

fn process(journal: Arc<dyn Journal>, plugins: Plugins, now: Timestamp) -> Orchestrator {
    Orchestrator::builder(journal, plugins).clock(Arc::new(TokioClock::starting_at(now))).holder("golden").build()
}

fn promotion() -> Signalled {
    let (id, actor) = (SignalId::new("promotion").unwrap(), Actor::new("bob").unwrap());
    Signalled { id, actor, reason: "looks good".into(), at: sample::NOON + 20 * MINUTE, signal: Signal::Promote }
}

impl Stop {
    /// A deployment in a new journal at `root`, stopped.
    pub(crate) async fn make(&self, root: &Path) {
        let Some(dies_after) = self.dies_after else { return self.stop_at_the_hold(root).await };
        let elsewhere = tempfile::tempdir().unwrap();
        // Once without a fault, to learn where the record is; the first one is not appended but created.
        let faults = Faults::new();
        self.run(elsewhere.path(), &faults).await;
        let entries = FileJournal::open(elsewhere.path()).unwrap().read(&id(), 0).await.unwrap();
        let number = entries.iter().position(|entry| dies_after(&entry.record)).unwrap();
        let points = faults.points();
        let mut appends = points.iter().enumerate().filter(|(_, point)| *point == "after journal.append");
        let (point, _) = appends.nth(number - 1).unwrap();
        let faults = Faults::new();
        faults.crash_at(point);
        self.run(root, &faults).await;
        assert!(faults.is_dead());
    }

    async fn run(&self, root: &Path, faults: &Faults) {
        let (platform, journal) = (Platform::new(), Arc::new(FileJournal::open(root).unwrap()));
        let plan = plan(self.version, &plugins(&platform));
        process(journal.clone(), plugins(&platform), sample::NOON).start_as(&id(), &plan).await.unwrap();
        let (id, mortal) = (id(), process(faults.journal(journal), plugins(&platform), sample::NOON));
        tokio::select! {
            biased;
            () = faults.crashed() => {}
            // It does not get past the hold.
            _ = tokio::time::timeout(30 * MINUTE, mortal.drive(&id, Until::End)) => {}
        }
    }

    async fn stop_at_the_hold(&self, root: &Path) {
        let (platform, journal) = (Platform::new(), Arc::new(FileJournal::open(root).unwrap()));
        let process = process(journal.clone(), plugins(&platform), sample::NOON);
        process.start_as(&id(), &plan(self.version, &plugins(&platform))).await.unwrap();
        let mut handle = process.spawn(&id(), Until::End);
        tokio::time::sleep(10 * MINUTE).await;
        handle.stop();
        assert_eq!(handle.wait().await.unwrap(), Ended::Stopped);
        journal.post(&id(), &promotion()).await.unwrap();
    }
}

/// Carries a stopped deployment to its end; says how it ended, which version serves, and whether the flag is on.
pub(crate) async fn resume(journal: &FileJournal, stop: &Stop, open: Open) -> (Ended, String, bool) {
    let entries = journal.read(&id(), 0).await.unwrap();
    let platform = Platform::left_by(&entries, open).await;
    let now = entries.last().unwrap().at + MINUTE;
    let process = process(Arc::new(journal.clone()), plugins(&platform), now);
    if !stop.goes_back {
        // At the hold a person promotes; where one has already, this one comes too late.
        let (process, journal) = (process.clone(), journal.clone());
        tokio::spawn(async move {
            let holds = |state: &deployment_core::engine::State| {
                state.course().current().is_some_and(|(step, run)| step.id.as_str() == "backend/hold-10" && run.started.is_some())
            };
            while !process.state(&id()).await.is_ok_and(|state| holds(&state)) {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            journal.post(&id(), &promotion()).await.unwrap();
        });
    }
    let ended = process.drive(&id(), Until::End).await.unwrap();
    assert!(!platform.size.is_on(), "what is undone on every way out");
    (ended, platform.serves(), platform.flag.is_on())
}

/// Turns the journal in a directory into one of format 0, which had no chain of hashes.
pub(crate) fn format_0(root: &Path) {
    let path = root.join("deployments/golden/journal.jsonl");
    let lines = fs::read_to_string(&path).unwrap();
    let old = lines.lines().map(|line| {
        let (body, _) = line.rsplit_once(",\"prev\":\"").unwrap();
        let body = body.replacen("{\"v\":1,", "{\"v\":0,", 1);
        let crc = crc32c::crc32c(format!("{body}}}").as_bytes());
        format!("{body},\"crc\":\"{crc:08x}\"}}\n")
    });
    fs::write(path, old.collect::<String>()).unwrap();
}
