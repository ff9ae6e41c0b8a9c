//! A Redis server.

use super::{
    certificates::{Certificate, Files},
    process::{Folder, Process, free_port},
    programs::Programs,
};

#[derive(Debug, Clone, Default)]
pub(crate) struct RedisOptions {
    pub(crate) password: Option<&'static str>,
    /// With one, it speaks TLS only.
    pub(crate) certificate: Option<Certificate>,
    /// Further settings of `redis.conf`, for example `maxclients`.
    pub(crate) settings: Vec<(&'static str, String)>,
}

/// A running server, or one that was told to stop. It keeps nothing on disk.
#[derive(Debug)]
pub(crate) struct Redis {
    pub(crate) process: Process,
    port: u16,
    options: RedisOptions,
    files: Option<Files>,
}

impl Redis {
    pub(crate) async fn start(options: RedisOptions) -> Self {
        let folder = Folder::new("redis");
        let port = free_port();
        let files = options.certificate.as_ref().map(|certificate| certificate.write(&folder));
        let mut settings = vec![("bind", "127.0.0.1".to_owned()), ("dir", folder.file("")), ("save", String::new())];
        if let Some(files) = &files {
            settings.extend([("port", "0".to_owned()), ("tls-port", port.to_string()), ("tls-auth-clients", "no".to_owned())]);
            settings.extend([("tls-cert-file", files.certificate.clone()), ("tls-key-file", files.key.clone())]);
            settings.extend([("tls-ca-cert-file", files.authority.clone()), ("tls-replication", "yes".to_owned())]);
        } else {
            settings.push(("port", port.to_string()));
        }
        if let Some(password) = options.password {
            settings.extend([("requirepass", password.to_owned()), ("masterauth", password.to_owned())]);
        }
        settings.extend(options.settings.clone());
        let mut command = vec![Programs::get().redis.join("redis-server").to_string_lossy().into_owned()];
        command.extend(settings.into_iter().flat_map(|(name, value)| [format!("--{name}"), value]));
        let server = Self { process: Process::new(folder, &command, None), port, options, files };
        server.restart().await;
        server
    }

    /// Starts a replica of this server, with the same options.
    pub(crate) async fn replica(&self) -> Self {
        let mut options = self.options.clone();
        options.settings.push(("replicaof", format!("127.0.0.1 {}", self.port)));
        Self::start(options).await
    }

    pub(crate) fn host(&self) -> &'static str {
        "127.0.0.1"
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn password(&self) -> Option<&'static str> {
        self.options.password
    }

    /// Where it is and who may come in, as one line.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.files.is_some() { "rediss" } else { "redis" };
        let password = self.options.password.map(|password| format!(":{password}@")).unwrap_or_default();
        format!("{scheme}://{password}127.0.0.1:{}/", self.port)
    }

    /// The answer to a command, as `redis-cli` prints it, or what is wrong.
    pub(crate) fn command(&self, words: &[&str]) -> Result<String, String> {
        let programs = Programs::get();
        // A paused server would keep it waiting.
        let mut command = programs.command("timeout");
        command.arg("5").arg(programs.redis.join("redis-cli")).args(["-e", "-h", self.host(), "-p", &self.port.to_string()]);
        if let Some(files) = &self.files {
            command.args(["--tls", "--cacert", &files.authority]);
        }
        if let Some(password) = self.options.password {
            command.env("REDISCLI_AUTH", password);
        }
        let output = command.args(words).output().expect("redis-cli can be run");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(format!("{} {}", text(&output.stdout), text(&output.stderr))) }
    }

    /// Its memory is used up from now on, and nothing is evicted: it refuses to write.
    pub(crate) fn fill(&self) {
        self.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1"]).expect("it runs");
    }

    /// It has all the memory there is.
    pub(crate) fn empty(&self) {
        self.command(&["CONFIG", "SET", "maxmemory", "0"]).expect("it runs");
    }

    /// Nobody listens from now on.
    pub(crate) fn stop(&self) {
        self.process.stop();
    }

    /// Starts it again on the same port, empty.
    pub(crate) async fn restart(&self) {
        let probe = || async { self.command(&["PING"]).is_ok_and(|answer| answer == "PONG") };
        self.process.start(probe).await.unwrap_or_else(|why| panic!("Redis: {why}"));
    }

    /// Accepts connections, answers nothing.
    pub(crate) fn pause(&self) {
        self.process.pause();
    }

    pub(crate) fn resume(&self) {
        self.process.resume();
    }
}
