//! Running a [`Program`]: no shell, a time limit for it and all that it started, and output that is kept up to a limit.

use std::{ffi::OsString, fmt, process::ExitStatus, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    time::timeout,
};

use crate::error::{Error, ErrorKind, Result};

/// The most of each of a program's outputs that is kept, in bytes.
const OUTPUT_CAP: u64 = 16 * 1024;

/// A program with its arguments and environment; run again and again.
///
/// # Contract
/// - No shell is involved: arguments are passed as they are, and standard input is empty.
/// - The first 16 KiB of each output are kept; the rest is read and thrown away, so that the program does not block.
/// - When its time is over, or the future is dropped, the program is killed, on Unix with all that it started (its process group).
/// - `Debug` shows no argument and no value of a variable.
///
/// ```
/// use std::time::Duration;
/// use deployment_core::program::{Program, ProgramEnd};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let program = Program::new("/bin/sh", ["-c", "echo $WHO"]).clean_environment().variable("WHO", "ada").timeout(Duration::from_secs(20));
/// let ProgramEnd::Exited { status, stdout, .. } = program.run().await? else { panic!("it took too long") };
/// assert!(status.success());
/// assert_eq!(stdout, "ada\n");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Program {
    path: String,
    arguments: Vec<String>,
    variables: Vec<(String, OsString)>,
    environment: Environment,
    timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Environment {
    Inherited,
    Clean,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramEnd {
    /// By itself, or by somebody else's signal.
    Exited {
        /// Its exit code or the signal.
        status: ExitStatus,
        /// The first 16 KiB of its standard output; bytes that are not UTF-8 are replaced.
        stdout: String,
        /// The first 16 KiB of its standard error; bytes that are not UTF-8 are replaced.
        stderr: String,
    },
    /// It took too long and was killed.
    Overdue,
}

impl Program {
    /// The program at `path` (or of that name on the `PATH`) with these arguments. It gets this process's environment and 300 s, unless
    /// told otherwise.
    #[must_use]
    pub fn new<A: Into<String>>(path: impl Into<String>, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        let timeout = Duration::from_secs(300);
        Self { path: path.into(), arguments, variables: Vec::new(), environment: Environment::Inherited, timeout }
    }

    /// With nothing in its environment but its [`variable`](Self::variable)s. Without a variable `PATH`, give the program's full path.
    #[must_use]
    pub fn clean_environment(mut self) -> Self {
        self.environment = Environment::Clean;
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// How long it may take: 300 s, unless told otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Its path, as given.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// If it could not be started ([`ErrorKind::Failed`]), or its end was not seen (the same, in doubt).
    pub async fn run(&self) -> Result<ProgramEnd> {
        let failed = |message| Error::new(ErrorKind::Failed, "run command", message).with("program", &self.path);
        let spawned = self.command().spawn();
        let mut child = spawned.map_err(|error| failed("the program could not be started").because(error))?;
        let mut group = Group::of(&child);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let finished = timeout(self.timeout, async { futures::join!(capped(stdout), capped(stderr), child.wait()) });
        let Ok((stdout, stderr, status)) = finished.await else { return Ok(ProgramEnd::Overdue) };
        group.forget();
        let status = status.map_err(|error| failed("its end was not seen").because(error).in_doubt())?;
        Ok(ProgramEnd::Exited { status, stdout, stderr })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        if self.environment == Environment::Clean {
            command.env_clear();
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// The program and its arguments, as one would type them.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.variables.iter().map(|(name, _)| name).collect();
        f.debug_struct("Program")
            .field("path", &self.path)
            .field("arguments", &self.arguments.len())
            .field("variables", &names)
            .field("environment", &self.environment)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// The processes that a program has started, itself included: killed when dropped, unless forgotten.
struct Group(Option<u32>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id())
    }

    fn forget(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw) {
            // Gone already is fine.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

/// What a pipe gives, the first part of it.
async fn capped(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut pipe) = pipe else { return String::new() };
    let mut kept = Vec::new();
    // A pipe that breaks ends the output; the exit status tells how the program fared.
    let _ = (&mut pipe).take(OUTPUT_CAP).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}
