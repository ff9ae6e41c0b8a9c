//! Many deployments at once in one process, in virtual time, journals on disk: wall time and resident memory, and how both grow; and what
//! the engine costs per step. `cargo bench -p deployment-benches --bench deployments`.
#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deployment_core::{
    Actor, DeploymentId, Ended, EnvironmentName, Options, Orchestrator, Plan, Plugins, Release, ServiceName, Until,
    engine::{Outcome, State},
    journal::{FileJournal, Journal},
    memory::MemoryTarget,
    plan::Capacity,
    strategy::Canary,
    testkit::{TokioClock, sample},
};
use futures::{StreamExt, stream::FuturesUnordered};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // A disk is not as fast at any time: the small one is done before and after.
    let (before, large, after) = (run(1_000)?, run(10_000)?, run(1_000)?);
    let growth = 2.0 * large.wall.as_secs_f64() / (before.wall + after.wall).as_secs_f64();
    println!("t(10000)/t(1000) = {growth:.2} (limit 12)");
    println!("memory per deployment at 10000: {:.1} KiB (limit 64)", large.each);
    let step = engine()?;
    println!("engine: {step:.2} µs per record, next and apply (limit 10)");
    if growth > 12.0 || large.each > 64.0 || step > 10.0 { Err("a limit is exceeded".into()) } else { Ok(()) }
}

struct Ran {
    wall: Duration,
    each: f64,
}

fn run(count: usize) -> Result<Ran, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(16).start_paused(true).build()?;
    let directory = tempfile::tempdir()?;
    let root = directory.path().to_path_buf();
    let before = resident()?;
    let begin = Instant::now();
    let peak = runtime.block_on(async move {
        let orchestrator = orchestrator(Arc::new(FileJournal::open(root)?), count)?;
        let mut all = FuturesUnordered::new();
        for number in 0..count {
            all.push(deploy(&orchestrator, number));
        }
        let (mut ended, mut peak) = (0, resident()?);
        while let Some(result) = all.next().await {
            result?;
            ended += 1;
            if ended % (count / 10) == 1 {
                peak = peak.max(resident()?);
            }
        }
        Ok::<_, Failure>(peak)
    })?;
    let wall = begin.elapsed();
    let each = (peak.saturating_sub(before)) as f64 / count as f64;
    println!("{count} deployments: {:.1} s, {each:.1} KiB each at the peak", wall.as_secs_f64());
    Ok(Ran { wall, each })
}

/// One orchestrator for all, as a tool would have it, with a target for each deployment.
fn orchestrator(journal: Arc<dyn Journal>, count: usize) -> Result<(Orchestrator, Plugins), Failure> {
    let mut plugins = Plugins::new();
    for number in 0..count {
        let target = MemoryTarget::builder().serving(sample::release("1"), 4).build();
        plugins = plugins.target(&format!("target-{number}"), target)?;
    }
    let options = Options { inbox_poll: Duration::from_secs(60), ..Options::default() };
    let clock = Arc::new(TokioClock::starting_at(sample::NOON));
    let orchestrator = Orchestrator::builder(journal, plugins.clone()).clock(clock).options(options).build();
    Ok((orchestrator, plugins))
}

fn plan(number: usize, plugins: &Plugins) -> Result<Plan, Failure> {
    let release = Release::new(ServiceName::new(format!("service-{number}"))?, "2");
    let strategy = Canary::steps([10.0, 50.0, 100.0])?.bake(Duration::from_secs(60));
    let builder = Plan::builder(release, EnvironmentName::new("production")?, Actor::new("bench")?);
    Ok(builder.deploy(&format!("target-{number}"), Capacity::of(4), strategy).build(plugins)?)
}

async fn deploy((orchestrator, plugins): &(Orchestrator, Plugins), number: usize) -> Result<(), Failure> {
    let id = DeploymentId::new(format!("d-{number}"))?;
    orchestrator.start_as(&id, &plan(number, plugins)?).await?;
    match orchestrator.drive(&id, Until::End).await? {
        Ended::Outcome(Outcome::Succeeded) => Ok(()),
        other => Err(format!("{id} ended as {other:?}").into()),
    }
}

/// Resident memory in KiB.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
}

/// Microseconds per record of a whole canary's chain, folded again and again, with a decision after each record.
fn engine() -> Result<f64, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let id = DeploymentId::new("d-0")?;
    let entries = runtime.block_on(async {
        let journal: Arc<dyn Journal> = Arc::new(deployment_core::journal::MemoryJournal::new());
        deploy(&orchestrator(Arc::clone(&journal), 1)?, 0).await?;
        Ok::<_, Failure>(journal.read(&id, 0).await?)
    })?;
    let start = State::replay(&id, &entries[..1])?;
    let (rounds, begin) = (2_000, Instant::now());
    for _ in 0..rounds {
        let mut state = start.clone();
        for entry in &entries[1..] {
            state.apply(entry)?;
            std::hint::black_box(state.next(entry.at));
        }
    }
    Ok(begin.elapsed().as_secs_f64() * 1e6 / f64::from(rounds) / (entries.len() - 1) as f64)
}
