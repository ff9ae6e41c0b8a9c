//! A supervised server process.

use std::{
    collections::{BTreeMap, hash_map::RandomState},
    future::Future,
    hash::{BuildHasher, Hasher},
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::programs::{self, Programs};

/// How long a server may take to answer for the first time. Far more than it needs: machines are busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server, its folder and its supervisor.
#[derive(Debug)]
pub(crate) struct Process {
    supervisor: Child,
    talk: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    folder: Folder,
}

impl Process {
    /// Supervises a command without starting it. `quit`: the signal that ends it, if SIGKILL would leave something behind.
    pub(crate) fn new(folder: Folder, command: &[String], quit: Option<&str>) -> Self {
        let environment: BTreeMap<_, _> = Programs::get().environment();
        let specification = json!({
            "command": command, "environment": environment, "folder": folder.0, "log": folder.file("log"), "quit": quit,
        });
        let mut supervisor = Command::new("python3")
            .arg(programs::script("supervise.py"))
            .arg(specification.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 was there for the set-up");
        let input = supervisor.stdin.take().expect("it is a pipe");
        let output = BufReader::new(supervisor.stdout.take().expect("it is a pipe"));
        Self { supervisor, talk: Mutex::new(Some((input, output))), folder }
    }

    /// Starts it and waits until the probe, asked again and again, has got a right answer.
    pub(crate) async fn start<P, F>(&self, probe: P) -> Result<(), String>
    where
        P: Fn() -> F,
        F: Future<Output = bool>,
    {
        self.order("start");
        let deadline = Instant::now() + PATIENCE;
        while !timeout(Duration::from_secs(5), probe()).await.unwrap_or(false) {
            let state = self.order("reap");
            if state != "running" || Instant::now() > deadline {
                self.order("kill");
                return Err(format!("the server does not answer; it is {state}; its log ends:\n{}", self.log()));
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Ends the server. Its folder stays, to start it again.
    pub(crate) fn stop(&self) {
        self.order("kill");
    }

    /// Stops the server's clock: the kernel still accepts connections, nobody answers.
    pub(crate) fn pause(&self) {
        self.order("pause");
    }

    /// Lets a paused server go on.
    pub(crate) fn resume(&self) {
        self.order("resume");
    }

    /// The end of what the server has written.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read(self.folder.file("log")).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(4_000)..]).into_owned()
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    fn order(&self, order: &str) -> String {
        let mut talk = self.talk.lock().expect("no order panics half way");
        let (input, output) = talk.as_mut().expect("it is there until the drop");
        let mut answer = String::new();
        let told = writeln!(input, "{order}").and_then(|()| output.read_line(&mut answer));
        assert!(matches!(told, Ok(1..)), "the supervisor of {} is gone", self.folder.0.display());
        answer.trim().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its input ends: it ends the server, removes the folder and goes.
        if let Ok(talk) = self.talk.get_mut() {
            talk.take();
        }
        let _ = self.supervisor.wait();
    }
}

/// A new folder for one server.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(server: &str) -> Self {
        // If there are no programs, no folder is left either.
        Programs::get();
        let path = programs::folder().join("run").join(format!("{server}-{:016x}", random()));
        std::fs::create_dir_all(&path).expect("target can be written to");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        std::fs::write(self.0.join(name), content).expect("the folder can be written to");
        self.file(name)
    }

    /// Gives the folder and what is in it to the user that [`unprivileged`] commands run as.
    pub(crate) fn hand_over(&self) {
        if is_root() {
            let entries = std::fs::read_dir(&self.0).expect("it is ours").map(|entry| entry.expect("it is ours").path());
            for path in entries.chain([self.0.clone()]) {
                chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
            }
        }
    }
}

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// What to put before a command that refuses to run as root. It keeps root's right to pass folders: the project may be where only root can go.
pub(crate) fn unprivileged() -> Vec<String> {
    if !is_root() {
        return Vec::new();
    }
    let options = ["--clear-groups", "--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--"];
    let user = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
    ["setpriv".to_owned()].into_iter().chain(user).chain(options.map(str::to_owned)).collect()
}

/// A port of loopback that nobody listens on, outside of the range that the system gives to clients, so that a stopped server gets it again.
pub(crate) fn free_port() -> u16 {
    let candidates = (0..1_000).map(|_| 20_000 + (random() % 12_000) as u16);
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    candidates.into_iter().find(free).expect("one of 12 000 ports is free")
}

/// Where a server on this port is.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Any number.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
