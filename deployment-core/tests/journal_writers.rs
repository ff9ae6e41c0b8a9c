//! Two writers at once, as objects of one process and as processes that are killed: one chain, and everything that was acknowledged in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod journal_support;

use std::{
    collections::BTreeSet,
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use deployment_core::{
    DeploymentId, ErrorKind,
    journal::{Durability, FileJournal, Journal as _},
};
use journal_support::{TTL, at, id, kind, record, started};

/// Number and epoch of an append that was acknowledged.
type Acknowledged = (u64, u64);

/// Takes over and writes until somebody else has taken over, again and again; tells what was acknowledged, and how often it was fenced.
async fn rival(root: &Path, deployment: &DeploymentId, rounds: u32, mut acknowledge: impl FnMut(Acknowledged)) -> u32 {
    let journal = FileJournal::open(root).unwrap();
    let mut fenced = 0;
    for _ in 0..rounds {
        let seen = journal.lease(deployment).await.unwrap();
        let lease = match journal.acquire(deployment, seen.as_ref(), "rival", TTL).await {
            Err(error) if error.kind() == ErrorKind::Conflict => continue,
            other => other.unwrap(),
        };
        let mut next = journal.read(deployment, 0).await.unwrap().len() as u64;
        for _ in 0..6 {
            let durability = if next.is_multiple_of(4) { Durability::Lazy } else { Durability::Synced };
            match journal.append(&lease, next, at(next), &record(next), durability).await {
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
async fn check(root: &Path, deployment: &DeploymentId, acknowledged: &[Acknowledged], exactly: bool) -> usize {
    let entries = FileJournal::open(root).unwrap().read(deployment, 1).await.unwrap();
    let chain: BTreeSet<_> = entries.iter().map(|entry| (entry.sequence, entry.epoch)).collect();
    assert!(entries.is_sorted_by_key(|entry| entry.epoch));
    let said: BTreeSet<_> = acknowledged.iter().copied().collect();
    assert_eq!(said.len(), acknowledged.len(), "one number was acknowledged twice");
    let lost: Vec<_> = said.difference(&chain).collect();
    assert!(lost.is_empty(), "acknowledged and not in the chain: {lost:?}");
    assert!(!exactly || chain == said, "in the chain and not acknowledged: {:?}", chain.difference(&said).collect::<Vec<_>>());
    entries.len()
}

async fn new(root: &Path) -> DeploymentId {
    let deployment = id("contested");
    FileJournal::open(root).unwrap().create(&deployment, at(0), &started()).await.unwrap();
    deployment
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stale_object_is_fenced_at_its_next_append() {
    let root = tempfile::tempdir().unwrap();
    let deployment = new(root.path()).await;
    let (one, other) = (FileJournal::open(root.path()).unwrap(), FileJournal::open(root.path()).unwrap());
    let mut next = 1;
    let mut stale: Option<(&FileJournal, _)> = None;
    for turn in 0..20 {
        let journal = if turn % 2 == 0 { &one } else { &other };
        let seen = journal.lease(&deployment).await.unwrap();
        let lease = journal.acquire(&deployment, seen.as_ref(), "turn", TTL).await.unwrap();
        for _ in 0..3 {
            journal.append(&lease, next, at(next), &record(next), Durability::Synced).await.unwrap();
            next += 1;
            if let Some((journal, lease)) = &stale {
                for number in [next - 3, next - 1, next, next + 1] {
                    let append = journal.append(lease, number, at(number), &record(number), Durability::Synced).await;
                    assert_eq!(kind(&append), Some(ErrorKind::Fenced));
                }
                assert_eq!(kind(&journal.renew(lease).await), Some(ErrorKind::Fenced));
            }
        }
        stale = Some((journal, lease));
    }
    assert_eq!(one.read(&deployment, 0).await.unwrap().len() as u64, next);
    println!("20 turns of two objects: {} appends, {} stale ones all fenced", next - 1, 19 * 3 * 4);
}

#[tokio::test]
async fn a_deployment_that_another_object_removed_is_not_written_to() {
    let root = tempfile::tempdir().unwrap();
    let deployment = new(root.path()).await;
    let (one, other) = (FileJournal::open(root.path()).unwrap(), FileJournal::open(root.path()).unwrap());
    let lease = one.acquire(&deployment, None, "one", TTL).await.unwrap();
    one.append(&lease, 1, at(1), &record(1), Durability::Synced).await.unwrap();
    other.remove(&deployment).await.unwrap();
    assert_eq!(kind(&one.append(&lease, 2, at(2), &record(2), Durability::Synced).await), Some(ErrorKind::NotFound));
    assert_eq!(kind(&one.renew(&lease).await), Some(ErrorKind::NotFound));

    // Under the same id again, and with the same epoch: what was remembered of the old chain is not taken for the new one's.
    other.create(&deployment, at(0), &started()).await.unwrap();
    assert_eq!(kind(&one.append(&lease, 1, at(1), &record(1), Durability::Synced).await), Some(ErrorKind::Fenced));
    let again = other.acquire(&deployment, None, "other", TTL).await.unwrap();
    assert_eq!(again.epoch, lease.epoch);
    assert_eq!(kind(&one.append(&lease, 2, at(2), &record(2), Durability::Synced).await), Some(ErrorKind::Conflict));
    assert_eq!(other.read(&deployment, 0).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn objects_that_race() {
    let root = tempfile::tempdir().unwrap();
    let deployment = new(root.path()).await;
    let rivals = (0..2).map(|_| {
        let (root, deployment) = (root.path().to_owned(), deployment.clone());
        tokio::spawn(async move {
            let mut said = Vec::new();
            let fenced = rival(&root, &deployment, 200, |entry| said.push(entry)).await;
            (said, fenced)
        })
    });
    let (mut said, mut fenced) = (Vec::new(), 0);
    for task in rivals.collect::<Vec<_>>() {
        let (theirs, times) = task.await.unwrap();
        said.extend(theirs);
        fenced += times;
    }
    let entries = check(root.path(), &deployment, &said, true).await;
    println!("two objects: {entries} entries, all acknowledged once, {fenced} times fenced");
    assert!(fenced > 0, "they never met");
}

const ROOT: &str = "JOURNAL_WRITERS_ROOT";
const ROUNDS: &str = "JOURNAL_WRITERS_ROUNDS";

/// Not a test of its own: what the processes below run.
#[test]
fn writer_process() {
    let (Ok(root), Ok(rounds)) = (env::var(ROOT), env::var(ROUNDS)) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // One write, unbuffered: what a killed process has said is a whole line.
    let say = |(number, epoch)| std::io::stderr().write_all(format!("acknowledged {number} {epoch}\n").as_bytes()).unwrap();
    let fenced = runtime.block_on(rival(Path::new(&root), &id("contested"), rounds.parse().unwrap(), say));
    std::io::stderr().write_all(format!("fenced {fenced}\n").as_bytes()).unwrap();
}

fn spawn(root: &Path, rounds: u32) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["writer_process", "--exact", "--nocapture"])
        .env(ROOT, root)
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

#[tokio::test]
async fn processes_that_race() {
    let root = tempfile::tempdir().unwrap();
    let deployment = new(root.path()).await;
    let mut children: Vec<_> = (0..3).map(|_| spawn(root.path(), 150)).collect();
    let (mut all, mut fenced) = (Vec::new(), 0);
    for child in &mut children {
        let (acknowledged, times) = said(child);
        assert!(child.wait().unwrap().success());
        all.extend(acknowledged);
        fenced += times.unwrap();
    }
    let entries = check(root.path(), &deployment, &all, true).await;
    println!("three processes: {entries} entries, all acknowledged once, {fenced} times fenced");
}

#[tokio::test]
async fn processes_that_are_killed() {
    let root = tempfile::tempdir().unwrap();
    let deployment = new(root.path()).await;
    let (mut all, mut torn) = (Vec::new(), 0);
    for kill in 0..24 {
        let mut child = spawn(root.path(), 1_000_000);
        tokio::time::sleep(Duration::from_millis(20 + 7 * kill % 50)).await;
        child.kill().unwrap();
        all.extend(said(&mut child).0);
        child.wait().unwrap();
        check(root.path(), &deployment, &all, false).await;
        torn += u32::from(FileJournal::open(root.path()).unwrap().verify(&deployment).await.unwrap().torn_bytes > 0);
    }
    let entries = check(root.path(), &deployment, &all, false).await;
    assert!(entries > 24, "they were killed before they wrote");
    let left = fs::read_dir(root.path().join(".scratch")).unwrap().count();
    println!(
        "24 processes killed: {} of {entries} entries acknowledged, all there; {torn} torn ends, {left} scratch files left",
        all.len()
    );
}
