//! A `PostgreSQL` server.

use std::process::Command;

use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls, error::SqlState};

use super::{
    certificates::{Certificate, Files},
    process::{Folder, Process, free_port, unprivileged},
    programs::Programs,
};

const USER: &str = "tester";
const PASSWORD: &str = "s3cret-of-postgres";

#[derive(Debug, Clone)]
pub(crate) struct PostgresOptions {
    /// How many may be connected; none is kept for superusers.
    pub(crate) max_connections: u32,
    /// With one, TLS is offered (clients may also come without).
    pub(crate) certificate: Option<Certificate>,
    /// Further settings of `postgresql.conf`.
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { max_connections: 20, certificate: None, settings: Vec::new() }
    }
}

/// A running server, or one that was told to stop. Its only user is a superuser with a password (SCRAM).
#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) process: Process,
    port: u16,
    files: Option<Files>,
    settings: Vec<(&'static str, String)>,
}

impl Postgres {
    /// Starts a server with an empty database `postgres`.
    pub(crate) async fn start(options: PostgresOptions) -> Self {
        let folder = Folder::new("postgres");
        let files = options.certificate.as_ref().map(|certificate| certificate.write(&folder));
        let password = folder.write("password", PASSWORD);
        folder.hand_over();
        let data = folder.file("data");
        let initdb = ["-D", &data, "-U", USER, "--pwfile", &password, "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"];
        finish(as_server("initdb", &initdb));
        let mut settings = vec![("max_connections", options.max_connections.to_string())];
        if let Some(files) = &files {
            settings.push(("ssl", "on".to_owned()));
            settings.push(("ssl_cert_file", files.certificate.clone()));
            settings.push(("ssl_key_file", files.key.clone()));
        }
        settings.extend(options.settings);
        Self::run(folder, files, settings).await
    }

    /// Starts a streaming replica of this server, as it is now.
    pub(crate) async fn replica(&self) -> Self {
        let folder = Folder::new("postgres-replica");
        folder.hand_over();
        let (data, port) = (folder.file("data"), self.port.to_string());
        let copy = ["-D", &data, "-h", self.host(), "-p", &port, "-U", USER, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"];
        let mut copy = as_server("pg_basebackup", &copy);
        copy.env("PGPASSWORD", PASSWORD);
        finish(copy);
        Self::run(folder, self.files.clone(), self.settings.clone()).await
    }

    async fn run(folder: Folder, files: Option<Files>, settings: Vec<(&'static str, String)>) -> Self {
        let port = free_port();
        let mut command = unprivileged();
        command.extend([Programs::get().postgres.join("postgres").to_string_lossy().into_owned(), "-D".to_owned(), folder.file("data")]);
        let own = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", port.to_string()),
            ("unix_socket_directories", String::new()),
            ("superuser_reserved_connections", "0".to_owned()),
            ("fsync", "off".to_owned()),
            ("shared_buffers", "16MB".to_owned()),
        ];
        for (name, value) in own.iter().chain(&settings) {
            command.extend(["-c".to_owned(), format!("{name}={value}")]);
        }
        // Killed at once, it would leave a segment of shared memory.
        let process = Process::new(folder, &command, Some("SIGQUIT"));
        let server = Self { process, port, files, settings };
        server.restart().await;
        server
    }

    pub(crate) fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn user(&self) -> &'static str {
        USER
    }

    pub(crate) fn password(&self) -> &'static str {
        PASSWORD
    }

    pub(crate) fn database(&self) -> &'static str {
        "postgres"
    }

    /// Where it is and who may come in, as one line.
    pub(crate) fn url(&self) -> String {
        format!("postgresql://{USER}:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// A statement's result, or what is wrong, as `psql` says it. Gives up when there is no connection after five seconds.
    pub(crate) fn sql(&self, statement: &str) -> Result<String, String> {
        self.sql_with(&[("PGSSLMODE", "prefer")], statement)
    }

    /// The same with variables for the client, for example `PGSSLMODE`.
    pub(crate) fn sql_with(&self, variables: &[(&str, &str)], statement: &str) -> Result<String, String> {
        let programs = Programs::get();
        let mut command = programs.command(programs.postgres.join("psql"));
        command.args(["-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-c", statement, "-h", self.host(), "-U", USER]);
        command.args(["-p", &self.port.to_string(), "-d", self.database()]);
        command.env("PGPASSWORD", PASSWORD).env("PGCONNECT_TIMEOUT", "5").envs(variables.iter().copied());
        let output = command.output().expect("psql can be run");
        let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// Takes every connection that the server still has, until the result is dropped.
    pub(crate) async fn fill(&self) -> Vec<Held> {
        let mut held = Vec::new();
        loop {
            match tokio_postgres::connect(&self.url(), NoTls).await {
                Ok((client, connection)) => {
                    let driver = tokio::spawn(async move { drop(connection.await) });
                    held.push(Held { client, driver });
                }
                Err(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) => return held,
                Err(error) => panic!("while filling the server: {error:?}"),
            }
        }
    }

    /// A replica goes on receiving, but no longer applies what it receives: its lag grows.
    pub(crate) fn pause_replay(&self) {
        self.sql("SELECT pg_wal_replay_pause()").expect("it is a replica that runs");
    }

    /// A replica catches up.
    pub(crate) fn resume_replay(&self) {
        self.sql("SELECT pg_wal_replay_resume()").expect("it is a replica that runs");
    }

    /// Nobody listens from now on.
    pub(crate) fn stop(&self) {
        self.process.stop();
    }

    /// Starts it again on the same port, with its data.
    pub(crate) async fn restart(&self) {
        let probe = || async { self.sql("SELECT 1").is_ok_and(|answer| answer == "1") };
        self.process.start(probe).await.unwrap_or_else(|why| panic!("PostgreSQL: {why}"));
    }

    /// Accepts connections, answers nothing.
    pub(crate) fn pause(&self) {
        self.process.pause();
    }

    pub(crate) fn resume(&self) {
        self.process.resume();
    }
}

/// A connection that is kept open.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) client: Client,
    driver: JoinHandle<()>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A program of the server's as the server's user.
fn as_server(program: &str, arguments: &[&str]) -> Command {
    let programs = Programs::get();
    let mut line = unprivileged();
    line.push(programs.postgres.join(program).to_string_lossy().into_owned());
    let mut command = programs.command(&line[0]);
    command.args(&line[1..]).args(arguments);
    command
}

fn finish(mut command: Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
