//! Whole deployments with the checks that hold secrets, and all that can be seen of them.

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use deployment_checks::{
    score::{HealthScore, ScoredCheck},
    suite::{Suite, Test, Validation},
};
use deployment_core::{
    Actor, EnvironmentName, Options, Orchestrator, Plan, Plugins, Release, Result, ServiceName, Until,
    engine::Outcome,
    health::{HealthCheck, HealthContext, HealthReport},
    journal::{FileJournal, Journal},
    judge::Tolerance,
    memory::MemoryTarget,
    notify::Event,
    plan::Capacity,
    strategy::{Canary, Strategy},
    watch::Watch,
};
use deployment_examples::{
    evidence::{EvidenceStore, Kept},
    report,
};

use crate::{marks::Search, places::Place};

/// How the checks end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// The server says yes.
    Well,
    /// It says no, and repeats what it was asked.
    Badly,
    /// Nothing answers.
    Unreachable,
}

/// All that an error shows.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        write!(text, "{error} {error:?} {error:#?} ").unwrap();
        next = error.source();
    }
    text
}

/// A check that is used in several places.
#[derive(Debug)]
struct Shared(Arc<dyn HealthCheck>);

#[async_trait]
impl HealthCheck for Shared {
    fn describe(&self) -> String {
        self.0.describe()
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        self.0.check(context).await
    }
}

/// What was told beside the journal.
type Told = Arc<Mutex<String>>;

/// Deploys with all of these checks, and searches what can be seen.
pub(crate) async fn run(ends: Ends, places: &[Place], directory: &Path, search: &mut Search) {
    fs::create_dir_all(directory).unwrap();
    let journal = directory.join("journal");
    let (told, evidence) = (Told::default(), EvidenceStore::beside(&journal));
    let strategies = [(canary().check_first("validation").unwrap(), "2"), (canary().check_first("score").unwrap(), "3")];
    let each = places.iter().enumerate().fold(canary(), |canary, (i, _)| canary.check_first(&format!("check-{i}")).unwrap());
    for (strategy, version) in strategies.into_iter().chain([(each, "4")]) {
        let plugins = plugins(places, &told, &evidence);
        let outcome = deploy(strategy, version, plugins, &journal, &evidence, &told).await;
        let good = outcome == Outcome::Succeeded;
        assert_eq!(good, ends == Ends::Well, "{ends:?}, version {version}: {outcome:?}");
        told.lock().unwrap().push_str(&format!("{outcome:?}"));
    }
    search.look(&format!("{ends:?}"), &told.lock().unwrap());
    search_files(directory, search);
}

fn canary() -> Canary {
    Canary::steps([100.0]).unwrap().bake(Duration::ZERO)
}

fn plugins(places: &[Place], told: &Told, evidence: &EvidenceStore) -> Plugins {
    let test = |place: &Place, i: usize| Test::shared(format!("{} {i}", place.name), Arc::clone(&place.check)).critical().retries(0);
    let suite = places.iter().enumerate().fold(Suite::smoke().at_once(8), |suite, (i, place)| suite.test(test(place, i)));
    let (heard, scored) = (Arc::clone(told), Arc::clone(told));
    let validation = Validation::builder("shop").suite(suite).build().unwrap().on_result(move |result| {
        let json = serde_json::to_string(result).unwrap();
        heard.lock().unwrap().push_str(&format!("{result} {result:?} {json} {}", result.to_junit().unwrap()));
    });
    let checks = places.iter().map(|place| ScoredCheck::basic(Shared(Arc::clone(&place.check))).required());
    let builder = checks.fold(HealthScore::builder("shop"), deployment_checks::score::HealthScoreBuilder::check);
    let shown = format!("{builder:?} {validation:?}");
    let score = builder.build().unwrap().on_score(move |score| {
        let json = serde_json::to_string(score).unwrap();
        scored.lock().unwrap().push_str(&format!("{score} {score:?} {json}"));
    });
    told.lock().unwrap().push_str(&format!("{shown} {score:?} {} {}", score.describe(), validation.describe()));
    let budget = validation.budget() + Duration::from_secs(5);
    let validation = Watch::health(Kept::validation(validation, evidence.clone()), Tolerance::none()).timeout(budget);
    let score = Watch::health(Kept::score(score, evidence.clone()), Tolerance::none()).timeout(Duration::from_secs(60));
    let target = MemoryTarget::builder().serving(release("1"), 1).readiness(Duration::ZERO).drain(Duration::ZERO).build();
    let plugins = Plugins::new().target("backend", target).unwrap();
    let plugins = plugins.watch("validation", validation).unwrap().watch("score", score).unwrap();
    places.iter().enumerate().fold(plugins, |plugins, (i, place)| {
        let watch = Watch::health(Shared(Arc::clone(&place.check)), Tolerance::none()).timeout(Duration::from_secs(60));
        plugins.watch(&format!("check-{i}"), watch).unwrap()
    })
}

fn release(version: &str) -> Release {
    Release::new(ServiceName::new("shop").unwrap(), version)
}

async fn deploy(
    strategy: impl Strategy,
    version: &str,
    plugins: Plugins,
    journal: &Path,
    evidence: &EvidenceStore,
    told: &Told,
) -> Outcome {
    let plan = Plan::builder(release(version), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap())
        .deploy("backend", Capacity::of(1), strategy)
        .build(&plugins)
        .unwrap();
    let mut text = format!("{plan} {plan:?} {plugins:?} {}", serde_json::to_string(&plan).unwrap());
    let file = Arc::new(FileJournal::open(journal).unwrap());
    let options = Options { poll: Duration::from_millis(20), ..Options::default() };
    let orchestrator = Orchestrator::builder(Arc::clone(&file) as Arc<dyn Journal>, plugins).options(options).build();
    let id = orchestrator.start(&plan).await.unwrap();
    let ended = orchestrator.drive(&id, Until::End).await.unwrap();
    let entries = file.read(&id, 0).await.unwrap();
    let evidence = evidence.read(&id).unwrap();
    for entry in &entries {
        let event = Event::of(&id, entry);
        write!(text, "{entry:?} {event:?} {}", serde_json::to_string(&event).unwrap()).unwrap();
    }
    text += &report::render(&report::Input { deployment: &id, entries: &entries, evidence: &evidence }).unwrap();
    told.lock().unwrap().push_str(&text);
    ended.outcome().cloned().unwrap()
}

fn search_files(directory: &Path, search: &mut Search) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search_files(&path, search);
        } else {
            search.look(&path.display().to_string(), &String::from_utf8_lossy(&fs::read(&path).unwrap()));
        }
    }
}
