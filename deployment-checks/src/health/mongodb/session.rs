//! The driver, for one look.

use deployment_core::{Error, ErrorKind};
use mongodb::{
    Client, Database,
    bson::{Document, doc},
    error::ErrorKind as Fault,
    options::{ClientOptions, Credential, ServerAddress},
};
use tokio::time::{Duration, Instant};

use super::{builder::Settings, tunnel::Tunnel};
use crate::{
    expect::quote,
    health::findings::{Look, Trouble},
    net::Tls,
    secret::Hidden,
};

/// Sections of `serverStatus` that are long and not looked at.
const LEFT_OUT: [&str; 6] = ["metrics", "wiredTiger", "tcmalloc", "locks", "opLatencies", "transactions"];

pub(super) struct Session<'a> {
    settings: &'a Settings,
    database: Database,
    deadline: Instant,
    _tunnel: Tunnel,
}

impl<'a> Session<'a> {
    pub(super) async fn open(settings: &'a Settings, tls: Option<&Tls>, deadline: Instant) -> Look<Self> {
        let tunnel = Tunnel::open(settings, tls, deadline).await?;
        let left = deadline.saturating_duration_since(Instant::now());
        let credential = settings.login.as_ref().map(|(user, password)| {
            let password = password.expose().to_owned();
            Credential::builder().username(user.clone()).password(password).source(settings.login_database.clone()).build()
        });
        let mut options = ClientOptions::builder()
            .hosts(vec![ServerAddress::Unix { path: tunnel.socket() }])
            .app_name("deployment-checks".to_owned())
            .direct_connection(true)
            .max_pool_size(1)
            .connect_timeout(left)
            .server_selection_timeout(left)
            .retry_reads(false)
            .build();
        options.credential = credential;
        let client = Client::with_options(options).map_err(|error| explain(&error, settings))?;
        Ok(Self { settings, database: client.database("admin"), deadline, _tunnel: tunnel })
    }

    /// How long the answer to a `ping` takes.
    pub(super) async fn ping(&self) -> Look<Duration> {
        let began = Instant::now();
        self.ask("ping").await?;
        Ok(began.elapsed())
    }

    pub(super) async fn ask(&self, command: &'static str) -> Look<Document> {
        let mut message = doc! { command: 1 };
        if command == "serverStatus" {
            message.extend(LEFT_OUT.iter().map(|section| ((*section).to_owned(), 0.into())));
        }
        if command != "hello" {
            let left = self.deadline.saturating_duration_since(Instant::now()).as_millis().max(1);
            message.insert("maxTimeMS", i64::try_from(left).unwrap_or(i64::MAX));
        }
        self.database.run_command(message).await.map_err(|error| explain(&error, self.settings))
    }
}

impl Drop for Session<'_> {
    /// Ends the driver's own tasks as well, which is not done by dropping it alone.
    fn drop(&mut self) {
        let client = self.database.client().clone();
        tokio::spawn(async move { client.shutdown().immediate(true).await });
    }
}

/// What an error means for the server's health.
fn explain(error: &mongodb::error::Error, settings: &Settings) -> Trouble {
    let hidden: Hidden = settings.login.iter().map(|(_, password)| password.expose()).collect();
    let hide = |text: &str| quote(&hidden.hide(text));
    let blind = |words: String| Trouble::Blind(Error::new(ErrorKind::Unauthorized, "look", words));
    match error.kind.as_ref() {
        Fault::Authentication { message, .. } => {
            blind(format!("the login fails: {}; check user, password and login_database", hide(message)))
        }
        // Unauthorized, AuthenticationFailed
        Fault::Command(said) if matches!(said.code, 13 | 18) => {
            blind(format!("the server says {}; give a login with the role clusterMonitor, or say without_status", hide(&said.message)))
        }
        Fault::Command(said) => Trouble::Down(format!("the server says {} (code {})", hide(&said.message), said.code)),
        Fault::ServerSelection { .. } => Trouble::down("no server answers as MongoDB does"),
        Fault::Io(error) => Trouble::Down(format!("the connection broke: {}", error.kind())),
        Fault::InvalidArgument { message, .. } => Trouble::Blind(Error::invalid("login", hide(message))),
        _ => Trouble::down("the answer is none of a MongoDB server, or the connection broke"),
    }
}
