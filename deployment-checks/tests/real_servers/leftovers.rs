//! A server ends with its test, however the test ends.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    servers::{Postgres, PostgresOptions, Process, Prometheus, PrometheusOptions, Redis, RedisOptions, Smtp, SmtpOptions},
    until,
};

const CHILD: &str = "TEST_STARTS_SERVERS_AND_WAITS";

struct All(Postgres, Redis, Prometheus, Smtp);

impl All {
    async fn start() -> Self {
        Self(
            Postgres::start(PostgresOptions::default()).await,
            Redis::start(RedisOptions::default()).await,
            Prometheus::start(PrometheusOptions::default()).await,
            Smtp::start(SmtpOptions::default()).await,
        )
    }

    fn folders(&self) -> [PathBuf; 4] {
        [&self.0.process, &self.1.process, &self.2.process, &self.3.process].map(|process: &Process| process.folder().path().to_owned())
    }
}

/// How many processes work in a folder. `PostgreSQL` alone has several.
fn processes(folder: &Path) -> usize {
    let working_in = |entry: &std::fs::DirEntry| std::fs::read_link(entry.path().join("cwd")).is_ok_and(|place| place.starts_with(folder));
    std::fs::read_dir("/proc").unwrap().filter(|entry| entry.as_ref().is_ok_and(working_in)).count()
}

#[tokio::test]
async fn nothing_is_left_after_a_drop() {
    let all = All::start().await;
    let folders = all.folders();
    assert!(processes(&folders[0]) > 3);
    assert!(folders.iter().all(|folder| processes(folder) > 0 && folder.exists()));
    all.0.pause();
    drop(all);
    assert!(folders.iter().all(|folder| processes(folder) == 0 && !folder.exists()), "{folders:?}");
}

#[tokio::test]
async fn nothing_is_left_after_the_test_was_killed() {
    if std::env::var_os(CHILD).is_some() {
        let all = All::start().await;
        // One that cannot hear of anything, too.
        all.1.pause();
        for folder in all.folders() {
            println!("folder {}", folder.display());
        }
        println!("ready");
        return std::future::pending().await;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "leftovers::nothing_is_left_after_the_test_was_killed", "--nocapture"])
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).take_while(|line| line != "ready");
    let folders: Vec<_> = lines.filter_map(|line| Some(PathBuf::from(line.strip_prefix("folder ")?))).collect();
    assert_eq!(folders.len(), 4);
    assert!(folders.iter().all(|folder| processes(folder) > 0 && folder.exists()));
    child.kill().unwrap();
    child.wait().unwrap();
    until("all processes and folders are gone", || folders.iter().all(|folder| processes(folder) == 0 && !folder.exists())).await;
}
