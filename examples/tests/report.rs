//! Reports of deployments that the runtime has carried out, in simulated time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{path::Path, sync::Arc, time::Duration};

use deployment_core::{
    Actor, EnvironmentName, Orchestrator, Percent, Plan, Plugins, Release, Result, ServiceName, Until,
    journal::{Journal, MemoryJournal},
    judge::Threshold,
    memory::{Behaviour, MemoryTarget},
    metric::Query,
    plan::Capacity,
    strategy::{BlueGreen, Canary, Rolling, Strategy},
    testkit::TokioClock,
    watch::Watch,
};
use deployment_examples::report::{Input, render};

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
