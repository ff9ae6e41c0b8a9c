//! One connection, for one look.

use tokio::{
    task::JoinHandle,
    time::{Duration, Instant},
};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage, SimpleQueryRow};

use super::{dsn::Dsn, tls::Connector, trouble::explain};
use crate::{
    health::{
        Access,
        findings::{Look, Trouble},
        link::Link,
    },
    net::Tls,
};

/// A read-only transaction on a connection of its own; the connection ends when it is dropped.
pub(super) struct Session<'a> {
    dsn: &'a Dsn,
    client: Client,
    driver: JoinHandle<()>,
}

impl<'a> Session<'a> {
    pub(super) async fn open(dsn: &'a Dsn, access: &Access, tls: Option<&Tls>, deadline: Instant) -> Look<Self> {
        let stream = Link::new(access.network.connect(&dsn.host, dsn.port, deadline).await?);
        let fault = |error| explain(&error, "while connecting", dsn);
        let (client, driver) = if let Some(tls) = tls {
            let connector = Connector { tls: tls.clone(), host: dsn.host.clone() };
            let (client, connection) = dsn.config.connect_raw(stream, connector).await.map_err(fault)?;
            // Whoever waits for an answer is told the error as well.
            (client, tokio::spawn(async move { drop(connection.await) }))
        } else {
            let (client, connection) = dsn.config.connect_raw(stream, NoTls).await.map_err(fault)?;
            (client, tokio::spawn(async move { drop(connection.await) }))
        };
        let session = Self { dsn, client, driver };
        let left = deadline.saturating_duration_since(Instant::now()).as_millis().max(1);
        // Local to the transaction, so that a pooler in between hands nothing on to others.
        let begin = format!("BEGIN READ ONLY; SET LOCAL statement_timeout = {left}; SET LOCAL lock_timeout = {left}");
        session.client.batch_execute(&begin).await.map_err(|error| explain(&error, "while a transaction was begun", dsn))?;
        Ok(session)
    }

    /// How long a query takes. The extended protocol takes one statement: none can end the transaction for another after it.
    pub(super) async fn probe(&self, query: &str) -> Look<Duration> {
        let began = Instant::now();
        self.client.query_typed(query, &[]).await.map_err(|error| explain(&error, "at the query", self.dsn))?;
        Ok(began.elapsed())
    }

    /// The one row that a query gives.
    pub(super) async fn row(&self, query: &str) -> Look<SimpleQueryRow> {
        let messages = self.client.simple_query(query).await;
        let messages = messages.map_err(|error| explain(&error, "while the server's state was read", self.dsn))?;
        let row = messages.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        row.ok_or_else(|| Trouble::down("the server gives no row where PostgreSQL gives one"))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
