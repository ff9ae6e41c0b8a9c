//! A server that is away, or in someone's hands.

use deployment_checks::{
    health::{Access, PostgresCheck},
    secret::Secret,
};
use deployment_core::ErrorKind;

use super::{check, small};
use crate::help::{ask, blind, healthy, hostile, impatient, unhealthy};

#[tokio::test]
async fn stopped_or_paused_it_is_unhealthy_and_afterwards_well_again() {
    let server = small(10).await;
    let (patient, impatient) = (check(&server).build().unwrap(), check(&server).access(impatient()).build().unwrap());
    healthy(&patient).await;
    server.stop();
    unhealthy(&patient, "connection refused").await;
    server.restart().await;
    server.pause();
    unhealthy(&impatient, "no answer within 0.4 s").await;
    server.resume();
    healthy(&patient).await;
}

#[tokio::test]
async fn hostile_peers_are_unhealthy_in_time_and_within_memory() {
    // That of a server that asks for no password and is ready.
    for greeting in
        [&b""[..], b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", b"D\x7f\xff\xff\xff", b"E\0\0\0\x04", b"R\0\0\0\x0c\0\0\0\x05salt", b"S\0\0\0\x01"]
    {
        for (name, peer) in hostile(greeting).await {
            let dsn = format!("host=127.0.0.1 port={} user=u password=p sslmode=prefer", peer.port());
            let check = PostgresCheck::builder(Secret::new(dsn)).access(impatient()).build().unwrap();
            let report = ask(&check).await.unwrap();
            assert_eq!(report.score, 0, "{name} after {greeting:?}: {report:?}");
        }
    }
}

#[tokio::test]
async fn the_address_policy_holds() {
    let check = PostgresCheck::builder(Secret::new("postgres://u:p@169.254.169.254/db")).access(Access::new()).build().unwrap();
    blind(&check, ErrorKind::InvalidInput, "metadata").await;
    let check = PostgresCheck::builder(Secret::new("postgres://u:p@127.0.0.1/db")).build().unwrap();
    blind(&check, ErrorKind::InvalidInput, "loopback").await;
}

#[tokio::test]
async fn what_is_missing_is_unhealthy_and_what_is_refused_is_an_error() {
    let server = small(10).await;
    let with = |from: &str, to: &str| {
        let url = server.url().replace(from, to);
        PostgresCheck::builder(Secret::new(url)).access(crate::help::plain()).build().unwrap()
    };
    unhealthy(&with("/postgres", "/nowhere"), "SQLSTATE \"3D000\"").await;
    blind(&with(server.password(), "wrong"), ErrorKind::Unauthorized, "password authentication failed").await;
    let query = |sql: &str| check(&server).query(sql).build().unwrap();
    unhealthy(&query("SELECT * FROM nowhere"), "SQLSTATE \"42P01\"").await;
    blind(&query("SELECT FROM WHERE"), ErrorKind::InvalidInput, "one SELECT").await;
    blind(&query("CREATE TABLE made (n int)"), ErrorKind::InvalidInput, "read-only").await;
    unhealthy(&query("SELECT repeat('a', 3000000)"), "1 MiB").await;
    for escape in
        ["COMMIT; CREATE TABLE made (n int)", "SELECT 1; COMMIT; CREATE TABLE made (n int)", "ROLLBACK; CREATE TABLE made (n int); BEGIN"]
    {
        blind(&query(escape), ErrorKind::InvalidInput, "one SELECT").await;
    }
    crate::help::healthy(&query("SELECT 1, now(), ARRAY[1, 2], '{}'::jsonb;")).await;
    assert_eq!(server.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'made'").unwrap(), "0");
}
