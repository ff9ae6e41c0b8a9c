//! One connection, for one look.

use deployment_core::{Error, ErrorKind};
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, RedisError, aio::MultiplexedConnection, cmd};
use tokio::{
    task::JoinHandle,
    time::{Duration, Instant},
};

use super::builder::Settings;
use crate::{
    expect::quote,
    health::{
        dial::connect,
        findings::{Look, Trouble},
    },
    net::Tls,
    secret::{Hidden, Secret},
};

/// A connection that has said who it is; it ends when it is dropped.
pub(super) struct Session<'a> {
    settings: &'a Settings,
    connection: MultiplexedConnection,
    driver: JoinHandle<()>,
}

impl<'a> Session<'a> {
    pub(super) async fn open(settings: &'a Settings, tls: Option<&Tls>, deadline: Instant) -> Look<Self> {
        let link = connect(&settings.access, tls, &settings.host, settings.port, deadline).await?;
        // The driver says nothing on its own: it would take "too many clients" for a wrong password.
        let silent = RedisConnectionInfo::default().set_skip_set_lib_name();
        let patient = AsyncConnectionConfig::new().set_response_timeout(None);
        let opened = MultiplexedConnection::new_with_config(&silent, link, patient).await;
        let (connection, driver) = opened.map_err(|error| explain(&error, settings))?;
        let mut session = Self { settings, connection, driver: tokio::spawn(driver) };
        if let Some(password) = &settings.password {
            let mut auth = cmd("AUTH");
            if let Some(user) = &settings.user {
                auth.arg(user);
            }
            session.ask::<()>(auth.arg(password.expose())).await?;
        }
        Ok(session)
    }

    /// How long the answer to a `PING` takes.
    pub(super) async fn ping(&mut self) -> Look<Duration> {
        let began = Instant::now();
        let answer: String = self.ask(&cmd("PING")).await?;
        if answer == "PONG" { Ok(began.elapsed()) } else { Err(Trouble::down("the answer to PING is not PONG")) }
    }

    pub(super) async fn info(&mut self) -> Look<String> {
        self.ask(&cmd("INFO")).await
    }

    async fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Look<T> {
        command.query_async(&mut self.connection).await.map_err(|error| explain(&error, self.settings))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// What an error means for the server's health.
fn explain(error: &RedisError, settings: &Settings) -> Trouble {
    let hidden: Hidden = settings.password.iter().map(Secret::expose).collect();
    let Some(code) = error.code() else {
        let words = match error.is_io_error() {
            true => "the connection broke, or more than 1 MiB came (is the server full, does it speak TLS?)",
            false => "the answer is not that of a Redis server",
        };
        return Trouble::down(words);
    };
    let detail = error.detail().unwrap_or_default();
    let said = format!("the server says {}", quote(&hidden.hide(&format!("{code} {detail}"))));
    let blind = |fix| Trouble::Blind(Error::new(ErrorKind::Unauthorized, "look", format!("{said}; {fix}")));
    match code {
        "NOAUTH" => blind("give a password"),
        "WRONGPASS" => blind("check user and password"),
        "NOPERM" => blind("let the user do +ping +info"),
        "ERR" if detail.contains("AUTH") || detail.contains("invalid password") => blind("check user and password"),
        _ => Trouble::Down(said),
    }
}
