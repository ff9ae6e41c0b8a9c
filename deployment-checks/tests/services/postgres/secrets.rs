//! The password is shown nowhere.

use deployment_checks::{health::PostgresCheck, secret::Secret};
use deployment_core::health::HealthCheck;

use super::small;
use crate::{
    help::{ask, hostile, nowhere, plain},
    support::{Peer, SHORT},
};

#[tokio::test]
async fn not_in_debug_reports_errors_or_logs() {
    crate::support::Logs::collected();
    let server = small(10).await;
    let secret = "hunter2-of-postgres";
    server.sql(&format!("CREATE ROLE watcher LOGIN PASSWORD '{secret}' IN ROLE pg_monitor")).unwrap();
    let check = |port: u16, password: &str| {
        let dsn = Secret::new(format!("postgres://watcher:{password}@127.0.0.1:{port}/postgres"));
        let builder = PostgresCheck::builder(dsn).access(plain().timeout(10 * SHORT));
        (format!("{builder:?}"), builder.build().unwrap())
    };
    let mut texts = Vec::new();
    let wrong = format!("{secret}-wrong");
    for password in [secret, &wrong] {
        let (debug, check) = check(server.port(), password);
        texts.extend([debug, format!("{check:?} {}", check.describe()), format!("{:?}", ask(&check).await)]);
    }
    assert!(texts.iter().any(|text| text.contains("Healthy")), "{texts:?}");
    // It asks for the password in clear, and sends it back in an error.
    let echo = Peer::new(|mut stream| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer).await;
        let _ = stream.write_all(b"R\0\0\0\x08\0\0\0\x03").await;
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        let said = String::from_utf8_lossy(&buffer[5.min(read)..read.saturating_sub(1)]).into_owned();
        let fields = format!("SFATAL\0C{said}\0M{said} {said}\0\0");
        let mut answer = vec![b'E'];
        answer.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
        answer.extend(fields.as_bytes());
        let _ = stream.write_all(&answer).await;
        let _ = stream.read(&mut buffer).await;
    })
    .await;
    let (_, echoed) = check(echo.port(), secret);
    let report = format!("{:?}", ask(&echoed).await);
    assert!(report.contains("[secret]"), "{report}");
    texts.push(report);
    for (_, peer) in hostile(b"").await {
        texts.push(format!("{:?}", ask(&check(peer.port(), secret).1).await));
    }
    nowhere(&[secret], &texts);
}
