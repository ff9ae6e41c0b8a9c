//! Reports of deployments that the runtime has carried out, in simulated time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use deployment_checks::{
    score::{HealthScore, ScoredCheck},
    suite::{Suite, Test, Validation},
};
use deployment_core::{
    Actor, EnvironmentName, Orchestrator, Percent, Plan, Plugins, Release, Result, ServiceName, Until,
    health::{self, HealthCheck, HealthReport},
    journal::{Journal, MemoryJournal},
    judge::{Threshold, Tolerance},
    memory::{Behaviour, MemoryTarget},
    metric::Query,
    plan::Capacity,
    strategy::{BlueGreen, Canary, Rolling, Strategy},
    testkit::TokioClock,
    watch::Watch,
};
use deployment_examples::{
    evidence::{EvidenceStore, Kept},
    report::{Input, render},
};

fn release(version: &str) -> Result<Release> {
    Ok(Release::new(ServiceName::new("shop")?, version))
}

/// Deploys version 3, bad or not, over version 2, and renders what the journal says.
async fn report(name: &str, strategy: impl Strategy, errors: f64) -> Result<String> {
    let behaviour = Behaviour::healthy().error_rate(Percent::new(errors)?).latency([(30_000, 80), (120_000, 20)]);
    let target = MemoryTarget::builder().serving(release("2")?, 4).behaviour("3", behaviour).traffic(1_000).build();
    let judge = Threshold::error_rate(5.0)?.held_for(Duration::from_secs(20)).min_samples(100);
    let plugins = Plugins::new()
        .target("backend", target.clone())?
        .watch("errors", Watch::metrics(Arc::new(target.metrics()), Query::default(), judge))?;
    let plan = Plan::builder(release("3")?, EnvironmentName::new("production")?, Actor::new("ada")?)
        .deploy("backend", Capacity::of(4), strategy)
        .build(&plugins)?;
    let journal = Arc::new(MemoryJournal::new());
    let orchestrator =
        Orchestrator::builder(Arc::clone(&journal) as Arc<dyn Journal>, plugins).clock(Arc::new(TokioClock::default())).build();
    let id = orchestrator.start(&plan).await?;
    orchestrator.drive(&id, Until::End).await?;
    let page = render(&Input { deployment: &id, entries: &journal.read(&id, 0).await?, evidence: &[] })?;
    // For people who want to look at one.
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("report-{name}.html")), &page).unwrap();
    Ok(page)
}

fn canary() -> Result<Canary> {
    Canary::steps([10.0, 30.0, 50.0, 100.0])?.bake(Duration::from_secs(60)).watch("errors")
}

#[tokio::test(start_paused = true)]
async fn a_good_canary() -> Result<()> {
    let page = report("good-canary", canary()?, 0.5).await?;
    assert!(page.contains("<span class=\"outcome good\">succeeded</span>"));
    assert!(!page.contains("Time to detect"));
    assert_eq!(page.matches("<svg").count(), 3);
    assert!(page.contains("<code>backend/retire-stable</code>"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_bad_canary() -> Result<()> {
    let page = report("bad-canary", canary()?, 12.0).await?;
    assert!(page.contains("<span class=\"outcome warn\">rolled back</span>"));
    assert!(page.contains("<dt>Time to detect</dt>") && page.contains("<dt>Time to roll back</dt>"));
    assert!(page.contains("backend stable") && page.contains("backend candidate"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_other_strategies_bad() -> Result<()> {
    let rolling = Rolling::new().surge(1).bake(Duration::from_secs(40)).watch("errors")?;
    let platform = Rolling::new().platform_run().bake(Duration::from_secs(40)).watch("errors")?;
    let blue_green = BlueGreen::new().grace(Duration::from_secs(120)).watch("errors")?;
    for page in [
        report("rolling", rolling, 12.0).await?,
        report("platform-run", platform, 12.0).await?,
        report("blue-green", blue_green, 12.0).await?,
    ] {
        assert!(page.contains("<span class=\"outcome warn\">rolled back</span>"), "{page}");
        assert!(page.contains("<dt>Time to roll back</dt>"), "{page}");
    }
    Ok(())
}

/// A validation whose first test needs a second try and whose last one fails, which only warns.
fn validation() -> Result<Validation> {
    let tries = AtomicU32::new(0);
    let flaky = Test::from_fn("is up", move |_| {
        let up = tries.fetch_add(1, Ordering::Relaxed) > 0;
        async move { Ok(if up { HealthReport::healthy("200") } else { HealthReport::unhealthy("503") }) }
    });
    let bad = Test::from_fn("orders", |_| async { Ok(HealthReport::unhealthy("<script>no orders</script>")) });
    Validation::builder("shop").suite(Suite::smoke().test(flaky.critical())).suite(Suite::api().test(bad)).build()
}

fn says(name: &'static str, report: HealthReport) -> impl HealthCheck {
    health::from_fn(name, move |_| {
        let report = report.clone();
        async move { Ok(report) }
    })
}

fn score() -> Result<HealthScore> {
    HealthScore::builder("shop")
        .check(ScoredCheck::basic(says("up", HealthReport::healthy("200"))))
        .check(ScoredCheck::performance(says("latency", HealthReport::degraded(20, "1.9 s"))))
        .build()
}

/// The report of a deployment that was validated and scored, with what was kept of it and without.
async fn checked() -> Result<[String; 2]> {
    let directory = tempfile::tempdir().unwrap();
    let store = EvidenceStore::beside(&directory.path().join("journal"));
    let (validation, score) = (validation()?, score()?);
    let budget = validation.budget() * 2;
    let tests = Watch::health(Kept::validation(validation, store.clone()), Tolerance::none()).timeout(budget);
    let plugins = Plugins::new()
        .target("backend", MemoryTarget::builder().serving(release("2")?, 4).build())?
        .watch("validation", tests)?
        .watch("health", Watch::health(Kept::score(score, store.clone()), Tolerance::none()))?;
    let strategy = Canary::steps([100.0])?.bake(Duration::ZERO).check_first("validation")?.check_first("health")?;
    let plan = Plan::builder(release("3")?, EnvironmentName::new("production")?, Actor::new("ada")?)
        .deploy("backend", Capacity::of(4), strategy)
        .build(&plugins)?;
    let journal = Arc::new(MemoryJournal::new());
    let orchestrator =
        Orchestrator::builder(Arc::clone(&journal) as Arc<dyn Journal>, plugins).clock(Arc::new(TokioClock::default())).build();
    let id = orchestrator.start(&plan).await?;
    orchestrator.drive(&id, Until::End).await?;
    let (entries, evidence) = (journal.read(&id, 0).await?, store.read(&id).unwrap());
    let page = |evidence| render(&Input { deployment: &id, entries: &entries, evidence });
    Ok([page(&evidence)?, page(&[])?])
}

#[tokio::test(start_paused = true)]
async fn tests_and_scores_are_shown_with_tries_bands_and_reasons() -> Result<()> {
    let [page, brief] = checked().await?;
    let row = |what: &str| page.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what} is not in {page}")).to_owned();
    let flaky = row("is up (critical)");
    assert!(flaky.contains("passed") && flaky.contains(">2</td>") && flaky.contains("2.0 s"), "two tries, two seconds apart: {flaky}");
    assert!(row("<td>orders</td>").contains("failed"));
    assert!(row("<h3>Validation").contains("passed with remarks"));
    assert!(row("<h3>Health score").contains("62.7 of 100, poor"), "{}", row("<h3>Health score"));
    assert!(page.contains("<li>latency (performance) takes 37.3 points: 1.9 s</li>"), "{page}");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
    assert!(brief.contains("<h2>Checks</h2>") && !brief.contains("<h3>"), "the journal alone has it in brief");
    assert!(brief.contains("62.7 of 100, poor"), "{brief}");
    Ok(())
}
