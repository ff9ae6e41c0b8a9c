//! What programs say.

use std::{fs, time::Duration};

use deployment_checks::{health::CommandCheck, secret::Secret};
use deployment_core::health::{HealthCheck, HealthStatus::*};

use super::{blind, keeps_its_contract, report, says};
use crate::support::{GENEROUS, SHORT};

fn shell(script: &str) -> deployment_checks::health::CommandCheckBuilder {
    CommandCheck::builder("/bin/sh", ["-c", script]).timeout(GENEROUS)
}

#[tokio::test]
async fn the_exit_code_is_the_verdict_and_the_last_line_the_evidence() {
    says(&report(&shell("echo one; echo two; echo").build().unwrap()).await, Healthy, &["exit status: 0", "\"two\""]);
    says(&report(&shell("echo broken >&2; exit 1").build().unwrap()).await, Unhealthy, &["exit status: 1", "\"broken\""]);
    says(&report(&shell("exit 7").build().unwrap()).await, Unhealthy, &["it said nothing"]);
    keeps_its_contract(&shell("exit 7").build().unwrap()).await;
    says(&report(&shell("kill -9 $$").build().unwrap()).await, Unhealthy, &["signal: 9"]);
    says(&report(&shell("exit 7").exit(7, Degraded).build().unwrap()).await, Degraded, &[]);
}

#[tokio::test]
async fn plugins_of_monitoring_systems_are_understood() {
    for (code, status) in [(0, Healthy), (1, Degraded), (2, Unhealthy), (4, Unhealthy)] {
        let check = shell(&format!("echo 'LOAD {code}'; exit {code}")).nagios().build().unwrap();
        says(&report(&check).await, status, &[&format!("LOAD {code}")]);
    }
    let error = blind(&shell("echo no idea; exit 3").nagios().build().unwrap()).await;
    assert!(error.to_string().contains("no idea"), "{error}");
}

#[tokio::test]
async fn arguments_reach_the_program_as_they_are() {
    let hostile = "$(touch /tmp/never) ; `id` 'x' \"y\" *";
    let check = CommandCheck::builder("/bin/echo", [hostile]).timeout(GENEROUS).build().unwrap();
    says(&report(&check).await, Healthy, &["$(touch /tmp/never) ; `id` 'x'"]);
    assert!(!fs::exists("/tmp/never").unwrap());
}

#[tokio::test]
async fn the_environment_is_empty_but_for_what_is_given() {
    // What a shell sets by itself.
    let own = ["PWD", "OLDPWD", "SHLVL", "_", "PATH", "PS1", "PS2", "PS4", "IFS", "OPTIND", "PPID"];
    let check = CommandCheck::builder("/usr/bin/env", [""; 0]).timeout(GENEROUS).variable("ONLY", "this").build().unwrap();
    says(&report(&check).await, Healthy, &["\"ONLY=this\""]);
    let counted = shell("env | cut -d= -f1 | sort | tr '\\n' ' '").inherit("PATH").variable("ONLY", "this").build().unwrap();
    let evidence = report(&counted).await.evidence;
    let names = evidence.split('"').nth(1).unwrap();
    assert!(names.split_whitespace().all(|name| name == "ONLY" || own.contains(&name)), "{names}");
}

#[tokio::test]
async fn a_secret_given_to_it_is_not_shown() {
    let check = shell("echo \"token $TOKEN failed\"; exit 1").secret("TOKEN", Secret::new("hunter2")).build().unwrap();
    let report = report(&check).await;
    says(&report, Unhealthy, &["token [secret] failed"]);
    assert!(!format!("{report:?} {check:?} {}", check.describe()).contains("hunter2"));
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_killed_with_all_that_it_started() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let script = format!("sleep 3600 & echo $! > {0}; sleep 3600", file.path().display());
    let started = tokio::time::Instant::now();
    let report = report(&shell(&script).timeout(SHORT * 3).build().unwrap()).await;
    says(&report, Unhealthy, &["no end within 1.2 s; it was killed"]);
    assert!(started.elapsed() < GENEROUS);
    let child = fs::read_to_string(file.path()).unwrap();
    gone(child.trim()).await;
}

#[tokio::test]
async fn a_check_that_is_given_up_leaves_nothing_behind() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let check = shell(&format!("sleep 3600 & echo $! > {0}; sleep 3600", file.path().display())).build().unwrap();
    let context = super::context();
    let looking = check.check(&context);
    let written = async {
        while fs::read_to_string(file.path()).unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        _ = looking => panic!("it does not end by itself"),
        () = written => {}
    }
    gone(fs::read_to_string(file.path()).unwrap().trim()).await;
}

/// Waits until the process is no more, or a zombie that nobody waits for.
async fn gone(process: &str) {
    let alive = || {
        let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        status.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['S', 'R', 'D']))
    };
    tokio::time::timeout(GENEROUS, async {
        while alive() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{process} still runs"));
}

#[tokio::test]
async fn endless_output_and_what_is_no_text_do_no_harm() {
    let flood = shell("head -c 20000000 /dev/zero | tr '\\0' 'a'; exit 1").inherit("PATH").build().unwrap();
    let seen = report(&flood).await;
    assert_eq!(seen.status, Unhealthy);
    assert!(seen.evidence.len() < 200, "{}", seen.evidence.len());
    let endless = shell("while :; do echo more; done").timeout(SHORT).build().unwrap();
    says(&report(&endless).await, Unhealthy, &["killed"]);
    let binary = shell("printf '\\377\\376\\033[2J\\n'").build().unwrap();
    let seen = report(&binary).await;
    says(&seen, Healthy, &["\\u{1b}"]);
    assert!(!seen.evidence.contains('\u{1b}'));
}

#[tokio::test]
async fn a_program_that_cannot_be_started_could_not_look() {
    let error = blind(&CommandCheck::builder("/no/such/program", [""; 0]).build().unwrap()).await;
    assert!(error.to_string().contains("could not be started"), "{error}");
}

#[test]
fn bad_options_are_refused_by_name() {
    let ok = || CommandCheck::builder("/bin/true", [""; 0]);
    for (builder, field) in [
        (CommandCheck::builder("", [""; 0]), "program"),
        (ok().variable("A=B", "x"), "variable"),
        (ok().secret("", Secret::new("hunter2")), "variable"),
        (ok().variable("A", "nul\0"), "variable"),
        (ok().timeout(Duration::ZERO), "timeout"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(field) && !error.to_string().contains("hunter2"), "{field}: {error}");
    }
}
