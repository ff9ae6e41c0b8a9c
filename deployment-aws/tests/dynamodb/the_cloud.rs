//! The test cloud itself: it comes by itself, and goes with the test.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

use tokio::{net::TcpStream, time::sleep};

use crate::cloud::{Cloud, set_up};

const ROLE: &str = "TEST_CLOUD_TO_KILL";

/// Not a test of its own: what the process below runs.
#[tokio::test]
async fn keeps_a_cloud_until_killed() {
    if std::env::var(ROLE).is_ok() {
        eprintln!("cloud at {}", Cloud::start().await.address());
        sleep(Duration::from_secs(600)).await;
    }
}

#[tokio::test]
async fn the_cloud_ends_when_the_test_process_is_killed() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["the_cloud::keeps_a_cloud_until_killed", "--exact", "--nocapture"])
        .env(ROLE, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let address: SocketAddr = lines.filter_map(|line| line.strip_prefix("cloud at ").map(|at| at.parse().unwrap())).next().unwrap();
    assert!(TcpStream::connect(address).await.is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
    for _ in 0..600 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("somebody still listens at {address}");
}

#[test]
fn where_packages_cannot_be_had_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere =
        [("PIP_INDEX_URL", "http://127.0.0.1:1/"), ("PIP_NO_CACHE_DIR", "1"), ("PIP_RETRIES", "0"), ("PIP_CONFIG_FILE", "/dev/null")];
    let said = set_up(folder.path(), &nowhere).unwrap_err();
    assert!(said.contains("give pip access to PyPI"), "{said}");
}

#[test]
fn setting_up_again_finds_it_done() {
    let one = set_up(&std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cloud"), &[]).unwrap();
    let again =
        set_up(&std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cloud"), &[("PIP_INDEX_URL", "http://127.0.0.1:1/")]).unwrap();
    assert_eq!(one.python, again.python);
}
