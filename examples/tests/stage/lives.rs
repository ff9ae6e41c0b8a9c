//! Who ends with whom.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use deployment_examples::{
    load::LoadOptions,
    roles::{LoadProcess, StageProcess},
    stage::{ClientError, Routes, StageOptions},
};
use tokio::time::{Duration, sleep};

use crate::world::{BACKEND, World, program, runs, until_ended};

#[tokio::test]
async fn a_stage_that_is_killed_leaves_no_instance() {
    let world = World::start().await;
    let revision = world.healthy("1", "slow:200", 3).await;
    world.route(Routes::all_to(&revision)).await.unwrap();
    let load = world.load(50.0);
    world.until(&revision, |view| view.in_flight > 0).await;
    let processes = world.processes().await;
    assert!(processes.len() == 3 && processes.iter().all(|process| runs(*process)));
    let client = world.client.clone();
    world.stage.kill().await.unwrap();
    until_ended(&processes).await;
    assert!(matches!(client.observe().await, Err(ClientError::NotReached(_))));
    load.stop().await;
}

#[tokio::test]
async fn a_stage_that_follows_ends_with_the_one_who_holds_it() {
    let world = World::start().await;
    world.healthy("1", "good", 2).await;
    let mut processes = world.processes().await;
    processes.extend(world.stage.id());
    drop(world);
    until_ended(&processes).await;
}

#[tokio::test]
async fn a_stage_on_its_own_outlives_its_parent_until_it_is_asked_to_end() {
    let stage = StageProcess::start(program(), &StageOptions::new([BACKEND]), None).await.unwrap();
    let (client, process) = (stage.client(), stage.id().unwrap());
    drop(stage);
    client.observe().await.unwrap();
    assert!(runs(process));
    client.shutdown().await.unwrap();
    until_ended(&[process]).await;
}

#[tokio::test]
async fn a_stage_that_cannot_start_says_why() {
    let twice = StageOptions::new([BACKEND, BACKEND]);
    let error = StageProcess::start(program(), &twice, None).await.unwrap_err();
    assert!(error.to_string().contains("named twice"), "{error}");
}

/// An instance without a stage, and where it listens.
fn instance() -> (Child, SocketAddr) {
    let mut instance = Command::new(program())
        .args(["__demo", "--service=backend", "--version=1", "--behaviour=slow:1000"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(instance.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready = serde_json::from_str::<serde_json::Value>(&line).unwrap();
    (instance, ready["address"].as_str().unwrap().parse().unwrap())
}

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Has an instance end in the middle of a request.
fn end_in_a_request(end: impl FnOnce(&mut Child)) {
    let (mut instance, address) = instance();
    std::thread::scope(|scope| {
        let answer = scope.spawn(|| ask(address, "/"));
        while !answer.is_finished() && !ask(address, "/health").contains("\"in_flight\":1") {}
        end(&mut instance);
        assert!(answer.join().unwrap().starts_with("HTTP/1.1 200"));
    });
    assert!(instance.wait().unwrap().success());
}

#[test]
fn an_instance_whose_stage_is_gone_finishes_what_it_is_answering_and_ends() {
    end_in_a_request(|instance| drop(instance.stdin.take()));
}

#[test]
fn an_instance_that_is_terminated_finishes_what_it_is_answering_and_ends() {
    end_in_a_request(|instance| {
        let id = instance.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    });
}

/// A place for one test's report.
fn report(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.json", std::process::id()))
}

#[tokio::test]
async fn traffic_from_a_process_of_its_own_can_be_read_live_and_ends_with_its_holder() {
    let world = World::start().await;
    let revision = world.healthy("1", "good", 1).await;
    world.route(Routes::all_to(&revision)).await.unwrap();
    let path = report("live");
    let target = world.stage.addresses().fronts[BACKEND];
    let options = LoadOptions { follow_stdin: true, timeout_ms: 60_000, ..LoadOptions::new(target, 100.0) };
    let load = LoadProcess::start(program(), &options, &path).await.unwrap();
    while LoadProcess::read(&path).map_or(0, |report| report.requests) < 50 {
        sleep(Duration::from_millis(50)).await;
    }
    assert!(!load.snapshot().unwrap().finished);
    let last = load.stop().await.unwrap();
    assert!(last.finished && last.requests == last.sent);
    assert_eq!((last.failures, last.versions["1"].requests), (0, last.requests));
    std::fs::remove_file(path).unwrap();
    world.end().await;
}

#[tokio::test]
async fn traffic_on_its_own_ends_after_its_time() {
    let world = World::start().await;
    let path = report("bounded");
    let target = world.stage.addresses().fronts[BACKEND];
    let options = LoadOptions { duration_ms: 500, ..LoadOptions::new(target, 100.0) };
    let last = LoadProcess::start(program(), &options, &path).await.unwrap().stop().await.unwrap();
    assert_eq!((last.finished, last.sent, last.failures), (true, 50, 50));
    assert_eq!(last.reasons["no upstream"], 50);
    std::fs::remove_file(path).unwrap();
    world.end().await;
}
