//! `PostgreSQL`.

use tokio::net::TcpStream;
use tokio_postgres::NoTls;

use crate::{
    servers::{Authority, Postgres, PostgresOptions},
    until,
};

#[tokio::test]
async fn a_driver_can_ask_it_and_a_wrong_password_is_refused() {
    let server = Postgres::start(PostgresOptions::default()).await;
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    let driver = tokio::spawn(connection);
    let row = client.query_one("SELECT 6 * 7, current_setting('server_version_num')::int", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 42);
    assert!(row.get::<_, i32>(1) >= 150_000);
    drop(client);
    driver.await.unwrap().unwrap();
    let wrong = server.url().replace(server.password(), "wrong");
    let error = tokio_postgres::connect(&wrong, NoTls).await.err().unwrap();
    assert!(format!("{error:?}").contains("password authentication failed"), "{error:?}");
}

#[tokio::test]
async fn stopped_it_refuses_and_started_again_it_has_its_port_and_data() {
    let server = Postgres::start(PostgresOptions::default()).await;
    server.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)").unwrap();
    server.stop();
    let error = server.sql("SELECT 1").unwrap_err();
    assert!(error.contains("Connection refused"), "{error}");
    server.restart().await;
    assert_eq!(server.sql("SELECT n FROM kept").unwrap(), "1");
}

#[tokio::test]
async fn paused_it_takes_connections_and_answers_nothing() {
    let server = Postgres::start(PostgresOptions::default()).await;
    server.pause();
    TcpStream::connect((server.host(), server.port())).await.unwrap();
    let error = server.sql("SELECT 1").unwrap_err();
    assert!(error.contains("timeout expired"), "{error}");
    server.resume();
    assert_eq!(server.sql("SELECT 1").unwrap(), "1");
}

#[tokio::test]
async fn full_it_refuses_until_someone_leaves() {
    let server = Postgres::start(PostgresOptions { max_connections: 5, ..PostgresOptions::default() }).await;
    let held = server.fill().await;
    assert!(!held.is_empty() && held.len() <= 5, "{}", held.len());
    let error = server.sql("SELECT 1").unwrap_err();
    assert!(error.contains("too many clients"), "{error}");
    drop(held);
    until("a connection is free", || server.sql("SELECT 1").is_ok()).await;
}

#[tokio::test]
async fn with_a_certificate_it_proves_who_it_is_to_who_trusts_its_authority() {
    let certificate = Authority::new().issue(&["localhost", "127.0.0.1"]);
    let trusted = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(trusted.path(), &certificate.authority).unwrap();
    let server = Postgres::start(PostgresOptions { certificate: Some(certificate), ..PostgresOptions::default() }).await;
    let verify = |roots: &tempfile::NamedTempFile| {
        let variables = [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", roots.path().to_str().unwrap())];
        server.sql_with(&variables, "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    };
    assert_eq!(verify(&trusted).unwrap(), "TLSv1.3");
    let stranger = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(stranger.path(), Authority::new().issue(&["localhost"]).authority).unwrap();
    let error = verify(&stranger).unwrap_err();
    assert!(error.contains("certificate verify failed"), "{error}");
    assert_eq!(server.sql_with(&[("PGSSLMODE", "disable")], "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").unwrap(), "f");
}

#[tokio::test]
async fn without_a_certificate_a_client_that_demands_tls_is_refused() {
    let server = Postgres::start(PostgresOptions::default()).await;
    let error = server.sql_with(&[("PGSSLMODE", "require")], "SELECT 1").unwrap_err();
    assert!(error.contains("does not support SSL"), "{error}");
}

#[tokio::test]
async fn a_replica_follows_lags_while_its_replay_is_paused_and_catches_up() {
    let server = Postgres::start(PostgresOptions::default()).await;
    server.sql("CREATE TABLE copied (n int)").unwrap();
    let replica = server.replica().await;
    assert_eq!(replica.sql("SELECT pg_is_in_recovery()").unwrap(), "t");
    let count = || replica.sql("SELECT count(*) FROM copied").unwrap();
    server.sql("INSERT INTO copied VALUES (1)").unwrap();
    until("the row is copied", || count() == "1").await;
    replica.pause_replay();
    until("replay is paused", || replica.sql("SELECT pg_get_wal_replay_pause_state()").unwrap() == "paused").await;
    server.sql("INSERT INTO copied VALUES (2)").unwrap();
    let behind = "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) > 0";
    until("it has received more than it applied", || replica.sql(behind).unwrap() == "t").await;
    assert_eq!(count(), "1");
    assert_eq!(server.sql("SELECT state FROM pg_stat_replication").unwrap(), "streaming");
    replica.resume_replay();
    until("it has caught up", || count() == "2").await;
}
