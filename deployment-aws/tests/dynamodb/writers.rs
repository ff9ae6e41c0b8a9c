//! Two writers at once, as tasks and as processes that are killed: one chain, and everything that was acknowledged in it.

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{DeploymentId, ErrorKind, journal::Journal as _};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    cloud::{Cloud, config},
    support::{TTL, append, driven, journal, kind},
};

/// Number and epoch of an append that was acknowledged.
type Acknowledged = (u64, u64);

/// Takes over and writes until somebody else has taken over, again and again; tells what was acknowledged, and how often it was fenced.
async fn rival(journal: &DynamoJournal, deployment: &DeploymentId, rounds: u32, mut acknowledge: impl FnMut(Acknowledged)) -> u32 {
    let mut fenced = 0;
    for _ in 0..rounds {
        let seen = journal.lease(deployment).await.unwrap();
        let lease = match journal.acquire(deployment, seen.as_ref(), "rival", TTL).await {
            Err(error) if error.kind() == ErrorKind::Conflict => continue,
            other => other.unwrap(),
        };
        let mut next = journal.read(deployment, 0).await.unwrap().len() as u64;
        for _ in 0..6 {
            match append(journal, &lease, next).await {
                Ok(()) => acknowledge((next, lease.epoch)),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Fenced, "{error}");
                    fenced += 1;
                    break;
                }
            }
            next += 1;
        }
    }
    fenced
}

/// The chain is whole, its epochs do not fall, and it has what was acknowledged; without crashes, nothing else.
async fn check(journal: &DynamoJournal, deployment: &DeploymentId, acknowledged: &[Acknowledged], exactly: bool) -> usize {
    let entries = journal.read(deployment, 1).await.unwrap();
    assert!(entries.is_sorted_by_key(|entry| entry.epoch));
    let chain: BTreeSet<_> = entries.iter().map(|entry| (entry.sequence, entry.epoch)).collect();
    let said: BTreeSet<_> = acknowledged.iter().copied().collect();
    assert_eq!(said.len(), acknowledged.len(), "one number was acknowledged twice");
    let lost: Vec<_> = said.difference(&chain).collect();
    assert!(lost.is_empty(), "acknowledged and not in the chain: {lost:?}");
    assert!(!exactly || chain == said, "in the chain and not acknowledged: {:?}", chain.difference(&said).collect::<Vec<_>>());
    entries.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_writer_is_fenced_at_its_next_append_whatever_it_names() {
    let one = journal().await;
    let other = DynamoJournal::new(&Cloud::get().await.config(), one.table());
    let mut lease = driven(&one).await;
    let (mut next, mut stale) = (1, 0);
    for turn in 0..8 {
        let (new, old) = if turn % 2 == 0 { (&other, &one) } else { (&one, &other) };
        append(old, &lease, next).await.unwrap();
        let seen = new.lease(&lease.deployment).await.unwrap();
        let taken = new.acquire(&lease.deployment, seen.as_ref(), "next", TTL).await.unwrap();
        append(new, &taken, next + 1).await.unwrap();
        for number in next..next + 4 {
            let refused = append(old, &lease, number).await;
            assert_eq!(kind(&refused), Some(ErrorKind::Fenced), "{refused:?}");
            stale += 1;
        }
        let refused = old.renew(&lease).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Fenced);
        assert!(refused.to_string().contains("next drives this deployment now"), "{refused}");
        (next, lease) = (next + 2, taken);
    }
    println!("8 turns of two machines: {} appends, {stale} stale ones all fenced", next - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_that_race() {
    let journal = journal().await;
    let deployment = driven(&journal).await.deployment;
    let mut rivals = JoinSet::new();
    for _ in 0..3 {
        // Each has its own connections, and remembers for itself.
        let (journal, deployment) = (DynamoJournal::new(&Cloud::get().await.config(), journal.table()), deployment.clone());
        rivals.spawn(async move {
            let mut said = Vec::new();
            let fenced = rival(&journal, &deployment, 25, |entry| said.push(entry)).await;
            (said, fenced)
        });
    }
    let (mut said, mut fenced) = (Vec::new(), 0);
    while let Some(done) = rivals.join_next().await {
        let (theirs, times) = done.unwrap();
        said.extend(theirs);
        fenced += times;
    }
    let entries = check(&journal, &deployment, &said, true).await;
    println!("three machines: {entries} entries, all acknowledged once, {fenced} times fenced");
    assert!(fenced > 0, "they never met");
}

const CLOUD: &str = "DYNAMO_WRITERS_CLOUD";
const TABLE: &str = "DYNAMO_WRITERS_TABLE";
const DEPLOYMENT: &str = "DYNAMO_WRITERS_DEPLOYMENT";
const ROUNDS: &str = "DYNAMO_WRITERS_ROUNDS";

/// Not a test of its own: what the processes below run.
#[tokio::test]
async fn writer_process() {
    let Ok(cloud) = env::var(CLOUD) else { return };
    let variable = |name| env::var(name).unwrap();
    let journal = DynamoJournal::new(&config(cloud.parse::<SocketAddr>().unwrap()), variable(TABLE));
    // One write, unbuffered: what a killed process has said is a whole line.
    let say = |(number, epoch)| std::io::stderr().write_all(format!("acknowledged {number} {epoch}\n").as_bytes()).unwrap();
    let deployment = DeploymentId::new(variable(DEPLOYMENT)).unwrap();
    let fenced = rival(&journal, &deployment, variable(ROUNDS).parse().unwrap(), say).await;
    std::io::stderr().write_all(format!("fenced {fenced}\n").as_bytes()).unwrap();
}

async fn spawn(table: &str, deployment: &DeploymentId, rounds: u32) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["writers::writer_process", "--exact", "--nocapture"])
        .env(CLOUD, Cloud::get().await.address().to_string())
        .env(TABLE, table)
        .env(DEPLOYMENT, deployment.as_str())
        .env(ROUNDS, rounds.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a process has said: acknowledged appends, and how often it was fenced if it has ended by itself.
fn said(child: &mut Child) -> (Vec<Acknowledged>, Option<u32>) {
    let (mut acknowledged, mut fenced) = (Vec::new(), None);
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["acknowledged", number, epoch] => acknowledged.push((number.parse().unwrap(), epoch.parse().unwrap())),
            ["fenced", times] => fenced = Some(times.parse().unwrap()),
            _ => panic!("{line}"),
        }
    }
    (acknowledged, fenced)
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_race() {
    let journal = journal().await;
    let deployment = driven(&journal).await.deployment;
    let mut children = Vec::new();
    for _ in 0..3 {
        children.push(spawn(journal.table(), &deployment, 20).await);
    }
    let (mut all, mut fenced) = (Vec::new(), 0);
    for child in &mut children {
        let (acknowledged, times) = said(child);
        assert!(child.wait().unwrap().success());
        all.extend(acknowledged);
        fenced += times.unwrap();
    }
    let entries = check(&journal, &deployment, &all, true).await;
    println!("three processes: {entries} entries, all acknowledged once, {fenced} times fenced");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_are_killed() {
    let journal = journal().await;
    let deployment = driven(&journal).await.deployment;
    let mut all = Vec::new();
    for kill in 0..10 {
        let before = all.len();
        let mut child = spawn(journal.table(), &deployment, 1_000_000).await;
        // Until it writes, and then a moment that differs.
        while journal.read(&deployment, 0).await.unwrap().last().unwrap().sequence as usize <= before {
            sleep(Duration::from_millis(5)).await;
        }
        sleep(Duration::from_millis(20 + 37 * kill % 150)).await;
        child.kill().unwrap();
        all.extend(said(&mut child).0);
        child.wait().unwrap();
        check(&journal, &deployment, &all, false).await;
    }
    let entries = check(&journal, &deployment, &all, false).await;
    println!("10 processes killed: {} of {entries} entries acknowledged, all there", all.len());
}
