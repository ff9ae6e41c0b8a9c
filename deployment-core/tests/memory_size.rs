//! Ten thousand simulated platforms fit in one process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![cfg(target_os = "linux")]

use std::time::Duration;

use deployment_core::{Percent, Routes, Split, memory::MemoryTarget, target::Target, testkit::sample};

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_targets_that_were_deployed_on_need_at_most_8_kib_each() {
    const TARGETS: usize = 10_000;
    let before = resident();
    let targets: Vec<_> = (0..TARGETS).map(|_| MemoryTarget::builder().serving(sample::release("1"), 4).build()).collect();
    for target in &targets {
        let context = |token| sample::effect(token, 1);
        let new = target.launch(&context("launch"), &sample::release("2"), 4).await.unwrap();
        let stable = target.snapshot().revisions[0].id.clone();
        for share in [10.0, 30.0, 50.0, 100.0] {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let split = Split::between(Some(&stable), &new, Percent::new(share).unwrap());
            target.route(&context("route"), &Routes { split, tests: Vec::new() }).await.unwrap();
            target.observe().await.unwrap();
        }
        target.retire(&context("retire"), &stable).await.unwrap();
    }
    let each = (resident() - before) / TARGETS;
    println!("{each} bytes per target");
    assert!(each <= 8 * 1024, "{each} bytes per target");
}
