//! A stage of one test's own, and `deployctl` beside it.

use std::{
    io::Read,
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::Duration,
};

use deployment_core::{
    Timestamp,
    time::{Clock, SystemClock},
};
use serde_json::Value;
use tempfile::TempDir;

/// What must come comes far sooner; a machine that is slower than this is broken.
const DEADLINE: Duration = Duration::from_secs(120);

/// A stage that ends with the test, also when the test panics.
pub(crate) struct Site {
    pub(crate) data: TempDir,
}

/// What a command ended with, and the last thing that it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) last: Value,
}

impl Site {
    /// No stage yet.
    pub(crate) fn empty() -> Self {
        Self { data: tempfile::tempdir().unwrap() }
    }

    /// A stage with version 1 under some traffic.
    pub(crate) fn up(more: &[&str]) -> Self {
        let site = Self::empty();
        site.ok(&[&["stage", "up", "--load", "50"], more].concat());
        site
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stage-host"));
        command.args(["deployctl", "--json", "--data"]).arg(self.data.path()).args(args).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        said(&self.command(args).output().unwrap())
    }

    /// Runs what must go well.
    pub(crate) fn ok(&self, args: &[&str]) -> Value {
        let said = self.run(args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.last);
        said.last
    }

    /// Runs what must be refused; why it was.
    pub(crate) fn refused(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 2, "{args:?}: {}", said.last);
        said.last["error"].as_str().unwrap_or_else(|| panic!("{args:?} says no error: {}", said.last)).to_owned()
    }

    /// Says something to the latest deployment, as somebody else than its author.
    pub(crate) fn say(&self, word: &str, reason: &str) {
        self.ok(&[word, "--actor", "grace", "--reason", reason]);
    }

    /// A driver in the background.
    pub(crate) fn start(&self, args: &[&str]) -> Driver {
        Driver(self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// The records of the latest deployment.
    pub(crate) fn records(&self) -> Vec<Value> {
        let shown = self.ok(&["history"]);
        shown["entries"].as_array().unwrap().iter().map(|entry| entry["record"].clone()).collect()
    }

    /// Waits until the latest deployment's journal has a record of which this is true; how many there are up to it.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> usize {
        let deadline = Deadline::new();
        loop {
            let records = self.records();
            if let Some(at) = records.iter().position(&holds) {
                return at;
            }
            deadline.check(what);
        }
    }

    /// Waits until a step of the latest deployment has begun.
    pub(crate) fn until_begun(&self, step: &str) -> usize {
        self.until(step, |record| record["step_started"]["step"] == step)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // There may be none.
        let _ = self.command(&["stage", "down"]).output();
    }
}

/// Fails a test that waits for too long.
pub(crate) struct Deadline(Timestamp);

impl Deadline {
    pub(crate) fn new() -> Self {
        Self(SystemClock.now() + DEADLINE)
    }

    /// Lets a little time pass.
    pub(crate) fn check(&self, what: &str) {
        assert!(SystemClock.now() < self.0, "this never came: {what}");
        #[expect(clippy::disallowed_methods, reason = "a test of other processes, which know no other clock")]
        sleep(Duration::from_millis(50));
    }
}

/// A `deployctl` that drives, killed if the test panics.
pub(crate) struct Driver(Child);

impl Driver {
    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Waits until it has ended.
    pub(crate) fn ended(mut self) -> Said {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        self.0.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        self.0.stderr.take().unwrap().read_to_end(&mut stderr).unwrap();
        said(&Output { status: self.0.wait().unwrap(), stdout, stderr })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Every line is a value, or this fails.
fn said(output: &Output) -> Said {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("not JSON: {error}: {line}"));
    let mut lines: Vec<Value> = text.lines().map(parse).collect();
    let last = lines.pop().unwrap_or_else(|| Value::from(errors.into_owned()));
    Said { code: output.status.code().unwrap_or_else(|| panic!("it was killed: {}", output.status)), last }
}
