//! A rolling deployment of two tasks on ECS by this library and by the tools that people use for it, each on an account of its own of the same
//! test cloud: wall time, peak memory, calls, and what each says. Once with an image that runs, once with one that crashes at its start, so that
//! the circuit breaker goes back.
//!
//! `cargo bench -p deployment-benches --features peers --bench peers`, 7 minutes; needs what the tests need. The tools are those of
//! `requirements.txt`.

#[path = "../../../deployment-aws/tests/cloud/mod.rs"]
mod cloud;
mod ours;
mod scene;

use std::path::Path;

use cloud::{Programs, folder, set_up_with};
use scene::{Measured, Scene};

type Failure = Box<dyn std::error::Error>;

const TOOLS: [&str; 3] = ["ours", "ecs-deploy", "awscli"];
/// Each deployment is done this often; the median counts.
const RUNS: usize = 3;

fn main() -> Result<(), Failure> {
    let words: Vec<_> = std::env::args().skip_while(|word| word != "--deploy").skip(1).collect();
    if let [cluster, service, container, image] = &words[..] {
        return ours::deploy(cluster, service, container, image);
    }
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/requirements.txt");
    let tools = set_up_with(&folder(), &requirements)?;
    let bin = tools.python.parent().ok_or("no folder of the tools")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Programs::get();
    println!("| tool | image | says | wall s | peak MiB | calls | serves in the end |");
    println!("|---|---|---|---|---|---|---|");
    let mut good = Vec::new();
    for crashes in [false, true] {
        for tool in TOOLS {
            let mut runs = Vec::new();
            for _ in 0..RUNS {
                runs.push(runtime.block_on(async { Scene::new(crashes).await?.deploy(tool, bin).await })?);
            }
            runs.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
            let median = runs.swap_remove(RUNS / 2);
            println!("{}", row(tool, crashes, &median));
            if crashes {
                told_truly(tool, &median)?;
            } else {
                good.push(median);
            }
        }
    }
    limits(&good)
}

fn row(tool: &str, crashes: bool, run: &Measured) -> String {
    let image = if crashes { "crashes at its start" } else { "runs" };
    let says = if run.code == 0 { "success".to_owned() } else { format!("failure ({})", run.code) };
    format!("| {tool} | {image} | {says} | {:.1} | {:.0} | {} | {} |", run.seconds, run.mib, run.calls, run.serves)
}

/// Ours must call a deployment failed that went back; what the others say is only shown.
fn told_truly(tool: &str, run: &Measured) -> Result<(), Failure> {
    if tool == "ours" && (run.code == 0 || run.serves != "old") {
        return Err(format!("a rolled back deployment was told as {}: {}", run.code, run.told).into());
    }
    Ok(())
}

/// Wall time no more than `ecs-deploy`'s, at most half of its memory, at most 8 calls.
fn limits(good: &[Measured]) -> Result<(), Failure> {
    let [ours, peer, _] = good else { return Err("three tools are compared".into()) };
    if let Some(failed) = good.iter().find(|run| run.code != 0 || run.serves != "new") {
        return Err(format!("a good image was not deployed: {}", failed.told).into());
    }
    println!("ours to ecs-deploy: wall {:.2} (limit 1), memory {:.2} (limit 0.5)", ours.seconds / peer.seconds, ours.mib / peer.mib);
    println!("calls of ours: {} (limit 8)", ours.calls);
    if ours.seconds > peer.seconds || ours.mib > peer.mib / 2.0 || ours.calls > 8 { Err("a limit is exceeded".into()) } else { Ok(()) }
}
