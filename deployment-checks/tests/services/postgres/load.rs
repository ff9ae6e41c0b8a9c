//! A server that is well, and one with too much to do.

use std::time::Duration;

use deployment_checks::health::{Limits, Role};
use deployment_core::{ErrorKind, Percent, health::HealthStatus};
use tokio_postgres::{Client, NoTls};

use super::{check, small};
use crate::{
    help::{blind, degraded, healthy, plain, trusting, unhealthy, until},
    servers::{Authority, Postgres, PostgresOptions},
};

const LONG: Duration = Duration::from_secs(3_000);

async fn client(server: &Postgres) -> Client {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn over_verified_tls_a_server_that_does_its_work_is_healthy() {
    let certificate = Authority::new().issue(&["localhost", "127.0.0.1"]);
    let authority = certificate.authority.clone();
    let server = Postgres::start(PostgresOptions { certificate: Some(certificate), ..PostgresOptions::default() }).await;
    let seen = healthy(&check(&server).access(trusting(&authority)).role(Role::Primary).build().unwrap()).await;
    for words in ["the query took", "of 20 connections are in use", "0 wait for a lock", "the oldest transaction", "primary"] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    let stranger = check(&server).access(trusting(&Authority::new().issue(&["localhost"]).authority)).build().unwrap();
    unhealthy(&stranger, "TLS").await;
    let public = check(&server).access(plain().tls(deployment_checks::net::Tls::public().unwrap())).build().unwrap();
    unhealthy(&public, "TLS").await;
}

#[tokio::test]
async fn a_server_without_tls_is_unhealthy_unless_plaintext_was_asked_for() {
    let server = small(10).await;
    let authority = Authority::new().issue(&["localhost"]).authority;
    unhealthy(&check(&server).access(trusting(&authority)).build().unwrap(), "TLS").await;
    healthy(&check(&server).build().unwrap()).await;
    crate::help::keeps_its_contract(&check(&server).build().unwrap()).await;
}

#[tokio::test]
async fn a_slow_query_is_degraded_then_unhealthy_and_the_server_gives_it_up() {
    let server = small(10).await;
    let slow = |limits, seconds: &str| check(&server).query(format!("SELECT pg_sleep({seconds})")).query_time(limits);
    let limits = Limits::new(Duration::from_millis(200), LONG);
    degraded(&slow(limits, "0.3").build().unwrap(), "the query took").await;
    unhealthy(&slow(Limits::new(Duration::from_millis(1), Duration::from_millis(200)), "0.3").build().unwrap(), "the query took").await;
    let endless = slow(limits, "3000").access(plain().timeout(Duration::from_secs(1))).build().unwrap();
    let report = crate::help::ask(&endless).await.unwrap();
    assert_eq!(report.status, HealthStatus::Unhealthy, "{report:?}");
    let left =
        || server.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3000)%' AND pid <> pg_backend_pid()").unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while left() != "0" {
        assert!(tokio::time::Instant::now() < deadline, "the query is still running");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn connections_are_degraded_from_80_percent_and_unhealthy_when_none_is_free() {
    let server = small(10).await;
    let check = check(&server).build().unwrap();
    let mut held = server.fill().await;
    unhealthy(&check, "no connection is free").await;
    held.truncate(held.len() - 2);
    // One of the two is the check's own: nine of ten.
    let seen = until(&check, HealthStatus::Degraded).await;
    assert!(seen.starts_with("9 of 10 connections are in use"), "{seen}");
    drop(held);
    until(&check, HealthStatus::Healthy).await;
    let strict = super::check(&server).connections(Limits::new(Percent::new(5.0).unwrap(), Percent::new(10.0).unwrap()));
    unhealthy(&strict.build().unwrap(), "of 10 connections are in use").await;
}

#[tokio::test]
async fn waits_for_locks_and_old_transactions_are_seen() {
    let server = small(10).await;
    server.sql("CREATE TABLE locked (n int)").unwrap();
    let millisecond = Duration::from_millis(1);
    let locks = check(&server).lock_wait(Limits::degraded_from(millisecond)).build().unwrap();
    let failing = check(&server).lock_wait(Limits::new(millisecond, millisecond)).build().unwrap();
    let open = check(&server).transactions(Limits::degraded_from(millisecond)).build().unwrap();
    healthy(&locks).await;
    healthy(&open).await;
    let holder = client(&server).await;
    holder.batch_execute("BEGIN; LOCK TABLE locked").await.unwrap();
    degraded(&open, "the oldest transaction is open").await;
    healthy(&locks).await;
    let waiter = client(&server).await;
    let waits = tokio::spawn(async move { waiter.batch_execute("SELECT * FROM locked").await });
    until(&locks, HealthStatus::Degraded).await;
    unhealthy(&failing, "1 wait for a lock").await;
    holder.batch_execute("COMMIT").await.unwrap();
    waits.await.unwrap().unwrap();
    until(&open, HealthStatus::Healthy).await;
    healthy(&locks).await;
}

#[tokio::test]
async fn a_user_without_rights_is_told_which_are_missing_and_can_look_at_the_rest() {
    let server = small(10).await;
    server.sql("CREATE ROLE plain LOGIN PASSWORD 'plain-password'").unwrap();
    let url = server.url().replace(server.user(), "plain").replace(server.password(), "plain-password");
    let check = || deployment_checks::health::PostgresCheck::builder(deployment_checks::secret::Secret::new(url.clone())).access(plain());
    blind(&check().build().unwrap(), ErrorKind::Unauthorized, "pg_monitor").await;
    let seen = healthy(&check().without_transactions().build().unwrap()).await;
    assert!(seen.contains("of 10 connections are in use"), "{seen}");
    server.sql("GRANT pg_monitor TO plain").unwrap();
    healthy(&check().build().unwrap()).await;
}
