//! What is missing is named, and what is set up is set up once.

use std::process::Command;

use crate::servers::{Programs, set_up};

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
    let only_python = tempfile::tempdir().unwrap();
    let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
    let python = String::from_utf8(output.stdout).unwrap();
    std::os::unix::fs::symlink(python.trim(), only_python.path().join("python3")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let sentence = set_up(folder.path(), Some(only_python.path().as_os_str())).unwrap_err();
    assert!(sentence.contains("cannot be set up"), "{sentence}");
    for package in ["Redis 7 (Debian: redis-server)", "Prometheus 2.42 or later (Debian: prometheus)"] {
        assert!(sentence.contains(package), "{sentence}");
    }
}

#[test]
fn callers_that_come_together_get_the_same_programs() {
    let folder = Programs::get().redis.clone();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..4).map(|_| scope.spawn(|| set_up(&crate::servers::folder(), None).unwrap().redis)).collect();
        assert!(callers.into_iter().all(|caller| caller.join().unwrap() == folder));
    });
}
