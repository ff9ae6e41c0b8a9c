//! Names by a resolver.

use deployment_checks::health::{DnsCheck, Limits, Record};
use deployment_core::{Error, ErrorKind, Result, health::HealthStatus::*};
use std::{net::IpAddr, time::Duration};

use super::{keeps_its_contract, report, says};
use crate::support::{Names, SHORT};

fn check(answers: &[&[&str]]) -> deployment_checks::health::DnsCheckBuilder {
    DnsCheck::builder("backend.internal").resolver(Names::changing(answers))
}

#[derive(Debug)]
struct Nobody(Duration);

#[async_trait::async_trait]
impl deployment_checks::net::Resolve for Nobody {
    async fn resolve(&self, _name: &str) -> Result<Vec<IpAddr>> {
        tokio::time::sleep(self.0).await;
        Err(Error::new(ErrorKind::Unreachable, "resolve", "the name has no address"))
    }
}

#[tokio::test]
async fn an_answer_as_expected_is_healthy_and_another_is_not() {
    let answers: &[&[&str]] = &[&["10.0.0.2", "10.0.0.1", "fd00::1"]];
    keeps_its_contract(&check(answers).build().unwrap()).await;
    says(&report(&check(answers).build().unwrap()).await, Healthy, &["A is \"10.0.0.1\", \"10.0.0.2\""]);
    says(&report(&check(answers).exactly(["10.0.0.1", "10.0.0.2"]).build().unwrap()).await, Healthy, &[]);
    says(&report(&check(answers).record(Record::Aaaa).exactly(["FD00:0::1"]).build().unwrap()).await, Healthy, &["fd00::1"]);
    says(&report(&check(answers).exactly(["10.0.0.1"]).build().unwrap()).await, Unhealthy, &["must be exactly \"10.0.0.1\""]);
    says(&report(&check(answers).includes(["10.0.0.9"]).build().unwrap()).await, Unhealthy, &["must have \"10.0.0.9\""]);
    says(&report(&check(answers).at_least(3).build().unwrap()).await, Unhealthy, &["has 2 values, it must have at least 3"]);
    says(&report(&check(answers).at_most(1).build().unwrap()).await, Unhealthy, &["it may have 1"]);
    says(&report(&check(&[&["fd00::1"]]).build().unwrap()).await, Unhealthy, &["no A record"]);
}

#[tokio::test]
async fn an_answer_that_changes_is_degraded_once_if_it_should_not() {
    let changing = check(&[&["10.0.0.1"], &["10.0.0.2"], &["10.0.0.2"]]).unchanging().build().unwrap();
    says(&report(&changing).await, Healthy, &["10.0.0.1"]);
    says(&report(&changing).await, Degraded, &["changed from \"10.0.0.1\" to \"10.0.0.2\""]);
    says(&report(&changing).await, Healthy, &["10.0.0.2"]);
    let free = check(&[&["10.0.0.1"], &["10.0.0.2"]]).build().unwrap();
    says(&report(&free).await, Healthy, &[]);
    says(&report(&free).await, Healthy, &[]);
}

#[tokio::test(start_paused = true)]
async fn no_name_and_no_answer_are_unhealthy_and_slow_is_degraded() {
    let asking = |resolver| DnsCheck::builder("nowhere.internal").resolver(resolver).timeout(SHORT);
    says(&report(&asking(Nobody(Duration::ZERO)).build().unwrap()).await, Unhealthy, &["no address"]);
    says(&report(&asking(Nobody(SHORT * 10)).build().unwrap()).await, Unhealthy, &["no answer"]);
    let instant = Limits::degraded_from(Duration::from_nanos(1));
    let slow = DnsCheck::builder("x.internal").resolver(Slow).latency(instant).build().unwrap();
    says(&report(&slow).await, Degraded, &["answered in 100 ms"]);
}

#[derive(Debug)]
struct Slow;

#[async_trait::async_trait]
impl deployment_checks::net::Resolve for Slow {
    async fn resolve(&self, _name: &str) -> Result<Vec<IpAddr>> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Ok(vec![IpAddr::from([10, 0, 0, 1])])
    }
}

#[tokio::test]
async fn a_crowd_of_addresses_is_told_in_a_few_words() {
    let many: Vec<String> = (0..200).map(|i| format!("10.1.0.{i}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let report = report(&check(&[&many]).build().unwrap()).await;
    says(&report, Healthy, &["and 190 more"]);
}

#[test]
fn bad_options_are_refused_by_name() {
    let name = |name: &str| DnsCheck::builder(name);
    for (builder, field) in [
        (name(""), "name"),
        (name("a..b"), "name"),
        (name("a b"), "name"),
        (name("10.0.0.1"), "name"),
        (name("münchen.example"), "name"),
        (name(&"a".repeat(64)), "name"),
        (name("a.b").record(Record::Mx), "record"),
        (name("a.b").exactly(["fd00::1"]), "value"),
        (name("a.b").exactly([""; 0]), "exactly"),
        (name("a.b").at_least(3).at_most(2), "at_most"),
        (name("a.b").timeout(Duration::ZERO), "timeout"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(field), "{field}: {error}");
    }
}
