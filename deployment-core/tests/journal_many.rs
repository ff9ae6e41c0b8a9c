//! Thousands of deployments in one process: few open files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![cfg(target_os = "linux")]

mod journal_support;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use deployment_core::journal::{Durability, FileJournal, Journal as _};
use journal_support::{TTL, at, id, record, started};

const DEPLOYMENTS: usize = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn open_files_stay_few() {
    let root = tempfile::tempdir().unwrap();
    let journal = FileJournal::open(root.path()).unwrap();
    let open_files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let (before, done) = (open_files(), Arc::new(AtomicBool::new(false)));
    let watch = std::thread::spawn({
        let done = Arc::clone(&done);
        move || {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                most = most.max(open_files());
                std::thread::yield_now();
            }
            most
        }
    });
    let tasks: Vec<_> = (0..DEPLOYMENTS).map(|number| tokio::spawn(drive(journal.clone(), number))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    let most = watch.join().unwrap();
    assert_eq!(journal.list().await.unwrap().len(), DEPLOYMENTS);
    println!("{DEPLOYMENTS} deployments at once: at most {most} files open, {before} before");
    assert!(most < before + 3 * 64 + 16, "{most} files were open at once");
}

async fn drive(journal: FileJournal, number: usize) {
    let deployment = id(&format!("deployment-{number}"));
    journal.create(&deployment, at(0), &started()).await.unwrap();
    let lease = journal.acquire(&deployment, None, "driver", TTL).await.unwrap();
    for number in 1..4 {
        journal.append(&lease, number, at(number), &record(number), Durability::Synced).await.unwrap();
        journal.inbox(&deployment).await.unwrap();
        journal.renew(&lease).await.unwrap();
    }
    journal.release(&lease).await.unwrap();
    assert_eq!(journal.read(&deployment, 0).await.unwrap().len(), 4);
}
