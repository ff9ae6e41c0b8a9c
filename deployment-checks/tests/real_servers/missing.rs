//! What is missing is named, and what is set up is set up once.

use std::{os::unix::fs::symlink, process::Command};

use tempfile::TempDir;

use crate::servers::{Programs, folder, set_up};

#[test]
fn without_python_a_test_fails_and_says_to_install_it() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "redis::it_answers_a_ping", "--nocapture"])
        .env("PATH", "")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("`python3` is not on the PATH: install Python 3.9 or later (Debian: python3)"), "{said}");
}

#[test]
fn without_packages_or_installed_servers_it_says_what_to_install() {
    let (bare, folder) = (bare_path(), tempfile::tempdir().unwrap());
    let sentence = set_up(folder.path(), &[("PATH", bare.path())]).unwrap_err();
    assert!(sentence.contains("cannot be set up"), "{sentence}");
    for package in ["Redis 7 (Debian: redis-server)", "Prometheus 2.42 or later (Debian: prometheus)"] {
        assert!(sentence.contains(package), "{sentence}");
    }
}

#[test]
fn without_packages_servers_that_are_installed_are_taken() {
    let (bare, folder) = (bare_path(), tempfile::tempdir().unwrap());
    let programs = Programs::get();
    let redis = ["redis-server", "redis-cli"].map(|name| programs.redis.join(name));
    let prometheus = ["prometheus", "promtool"].map(|name| programs.prometheus.join(name));
    let postgres = ["postgres", "initdb", "pg_basebackup", "psql"].map(|name| programs.postgres.join(name));
    for program in redis.iter().chain(&prometheus).chain(&postgres) {
        symlink(program, bare.path().join(program.file_name().unwrap())).unwrap();
    }
    let found = set_up(folder.path(), &[("PATH", bare.path()), ("PYTHONPATH", &programs.smtp)]).unwrap();
    assert_eq!((found.redis.as_path(), found.prometheus.as_path()), (bare.path(), bare.path()));
    assert!(found.libraries.is_empty());
}

/// A folder with Python and nothing else.
fn bare_path() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
    let python = String::from_utf8(output.stdout).unwrap();
    symlink(python.trim(), folder.path().join("python3")).unwrap();
    folder
}

#[test]
fn callers_that_come_together_get_the_same_programs() {
    let programs = Programs::get().redis.clone();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..4).map(|_| scope.spawn(|| set_up(&folder(), &[]).unwrap().redis)).collect();
        assert!(callers.into_iter().all(|caller| caller.join().unwrap() == programs));
    });
}
