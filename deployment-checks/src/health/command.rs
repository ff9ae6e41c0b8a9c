//! What a program says.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
    program::{Program, ProgramEnd},
};

use super::{
    findings::{Findings, Look, Trouble, look},
    timeout::check_timeout,
};
use crate::{
    expect::quote,
    secret::{Hidden, Secret},
};

/// What an exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Verdict(HealthStatus),
    CouldNotLook,
}

/// Runs a program and takes its exit code for the verdict, and the last line of its standard output for the evidence.
///
/// # Contract
/// - No shell: arguments are passed as they are. The environment is empty but for what is given; standard input is empty.
/// - **Healthy:** exit code 0. **Unhealthy:** any other, a signal, or no end within the timeout; then the program is killed with all that
///   it started. [`exit`](CommandCheckBuilder::exit) and [`nagios`](CommandCheckBuilder::nagios) say otherwise.
/// - **Could not look** (`Err`): it cannot be started, or its code was said to mean so.
/// - The first 16 KiB of each output are kept. Secrets given to it are taken out of the evidence, which is one line of at most 80
///   characters, from standard error if standard output has none.
///
/// ```
/// use deployment_checks::health::CommandCheck;
/// use deployment_core::health::HealthCheck;
///
/// let check = CommandCheck::builder("/usr/lib/nagios/plugins/check_load", ["-w", "5", "-c", "10"]).nagios().build()?;
/// assert_eq!(check.describe(), "command /usr/lib/nagios/plugins/check_load");
/// assert!(CommandCheck::builder("", [""; 0]).build().is_err());
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug)]
pub struct CommandCheck {
    program: Program,
    timeout: Duration,
    meanings: BTreeMap<i32, Meaning>,
    hidden: Hidden,
}

/// Puts a [`CommandCheck`] together.
#[derive(Debug)]
#[must_use]
pub struct CommandCheckBuilder {
    check: CommandCheck,
    fault: Option<Error>,
}

impl CommandCheck {
    /// Runs the program at `path` with these arguments. They are seen by everybody on the machine: give secrets as
    /// [`secret`](CommandCheckBuilder::secret).
    pub fn builder<A: Into<String>>(path: impl Into<String>, arguments: impl IntoIterator<Item = A>) -> CommandCheckBuilder {
        let program = Program::new(path, arguments).clean_environment();
        let meanings = BTreeMap::from([(0, Meaning::Verdict(HealthStatus::Healthy))]);
        let check = Self { program, timeout: Duration::from_secs(10), meanings, hidden: Hidden::default() };
        CommandCheckBuilder { check, fault: None }
    }

    async fn look(&self, findings: &mut Findings) -> Look<()> {
        // The program's own limit is the shorter one: it is what kills.
        let (status, stdout, stderr) = match self.program.clone().timeout(self.timeout).run().await.map_err(Trouble::Blind)? {
            ProgramEnd::Exited { status, stdout, stderr } => (status, stdout, stderr),
            ProgramEnd::Overdue => {
                return Err(Trouble::down(format!("no end within {} s; it was killed", self.timeout.as_secs_f64())));
            }
        };
        let said = last_line(&stdout).or_else(|| last_line(&stderr)).map(|line| quote(&self.hidden.hide(line)));
        let said = format!("{status}: {}", said.unwrap_or_else(|| "it said nothing".into()));
        match status.code().and_then(|code| self.meanings.get(&code)) {
            Some(Meaning::CouldNotLook) => {
                Err(Trouble::Blind(Error::new(ErrorKind::Failed, "run command", said).with("program", self.program.path())))
            }
            Some(Meaning::Verdict(status)) => {
                findings.add(*status, said);
                Ok(())
            }
            None => Err(Trouble::Down(said)),
        }
    }
}

impl CommandCheckBuilder {
    /// Sets a variable of its environment.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a variable of its environment to a secret, which the evidence never shows.
    pub fn secret(mut self, name: &str, value: Secret) -> Self {
        self.check.hidden.add(value.expose());
        self.set(name, value.expose());
        self
    }

    /// Gives it a variable of this process's environment, such as `PATH`, as it is now; nothing if it is not set.
    pub fn inherit(mut self, name: &str) -> Self {
        if let Some(value) = std::env::var_os(name) {
            self.check.program = self.check.program.variable(name, value);
        }
        self
    }

    /// What an exit code means. Default: 0 is healthy, everything else unhealthy.
    pub fn exit(mut self, code: u8, status: HealthStatus) -> Self {
        self.check.meanings.insert(i32::from(code), Meaning::Verdict(status));
        self
    }

    /// The exit codes of monitoring plugins: 0 healthy, 1 degraded, 2 unhealthy, 3 could not look.
    pub fn nagios(mut self) -> Self {
        self.check.meanings.insert(3, Meaning::CouldNotLook);
        self.exit(0, HealthStatus::Healthy).exit(1, HealthStatus::Degraded).exit(2, HealthStatus::Unhealthy)
    }

    /// The time for one run. Default: 10 s; at most an hour.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.check.timeout = timeout;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If the path is empty, a variable's name or value cannot be one, or the timeout is out of its bounds.
    pub fn build(self) -> Result<CommandCheck> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.check.program.path().is_empty() {
            return Err(Error::invalid("program", "is empty; give the program's full path"));
        }
        check_timeout(self.check.timeout)?;
        Ok(self.check)
    }

    fn set(&mut self, name: &str, value: &str) {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let message = format!("{name:?} cannot be set; a name has no =, and neither name nor value a zero byte");
            self.fault.get_or_insert(Error::invalid("variable", message));
            return;
        }
        self.check.program = self.check.program.clone().variable(name, value);
    }
}

fn last_line(output: &str) -> Option<&str> {
    output.lines().rev().map(str::trim).find(|line| !line.is_empty())
}

#[async_trait]
impl HealthCheck for CommandCheck {
    fn describe(&self) -> String {
        format!("command {}", self.program.path())
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        let limit = self.timeout + Duration::from_secs(5);
        look(limit, async |_, findings| self.look(findings).await).await
    }
}
