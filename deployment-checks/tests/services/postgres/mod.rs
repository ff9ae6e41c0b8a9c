//! `PostgreSQL`.

mod bad;
mod load;
mod outage;
mod replicas;
mod secrets;

use deployment_checks::{
    health::{PostgresCheck, PostgresCheckBuilder},
    secret::Secret,
};

use crate::{
    help::plain,
    servers::{Postgres, PostgresOptions},
};

/// A check of this server, as its superuser.
fn check(server: &Postgres) -> PostgresCheckBuilder {
    let options = if server.url().contains('?') { "" } else { "?sslmode=prefer" };
    PostgresCheck::builder(Secret::new(format!("{}{options}", server.url()))).access(plain())
}

async fn small(max_connections: u32) -> Postgres {
    Postgres::start(PostgresOptions { max_connections, ..PostgresOptions::default() }).await
}
