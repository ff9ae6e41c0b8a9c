//! Where the servers' programs are.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde::Deserialize;

/// Folders with programs; see `setup.py`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Programs {
    pub(crate) postgres: PathBuf,
    pub(crate) redis: PathBuf,
    pub(crate) prometheus: PathBuf,
    /// For Python's path; empty if it is installed.
    pub(crate) smtp: PathBuf,
    /// For the loader's path.
    pub(crate) libraries: Vec<PathBuf>,
}

impl Programs {
    /// The programs, set up by the first caller in this `target` folder.
    pub(crate) fn get() -> &'static Self {
        static PROGRAMS: OnceLock<Programs> = OnceLock::new();
        PROGRAMS.get_or_init(|| set_up(&folder(), &[]).unwrap_or_else(|sentence| panic!("{sentence}")))
    }

    /// What the programs need in their environment.
    pub(crate) fn environment(&self) -> BTreeMap<&'static str, String> {
        let joined = |paths: &[PathBuf]| std::env::join_paths(paths).expect("no colon in the path of the target folder");
        let mut environment = BTreeMap::from([("LC_ALL", "C".to_owned()), ("TZ", "UTC".to_owned())]);
        if !self.libraries.is_empty() {
            environment.insert("LD_LIBRARY_PATH", joined(&self.libraries).to_string_lossy().into_owned());
        }
        if self.smtp != Path::new("") {
            environment.insert("PYTHONPATH", self.smtp.to_string_lossy().into_owned());
        }
        environment
    }

    /// A command with that environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.envs(self.environment()).stdin(Stdio::null());
        command
    }
}

/// Under `target`: the programs, and the folders of running servers.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers")
}

/// This folder's scripts.
pub(super) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deployment-checks/tests/servers").join(name)
}

/// Runs `setup.py` for a folder, with these variables in its environment.
pub(crate) fn set_up(folder: &Path, variables: &[(&str, &Path)]) -> Result<Programs, String> {
    let mut command = Command::new("python3");
    command.arg(script("setup.py")).arg(folder).envs(variables.iter().copied()).stdin(Stdio::null());
    let output = command.output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => "`python3` is not on the PATH: install Python 3.9 or later (Debian: python3); it sets up the servers that \
                                the tests talk to"
            .to_owned(),
        _ => format!("`python3` cannot be run: {error}"),
    })?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(said);
    }
    // Which servers were taken, if not the pinned ones, is seen with the test's output.
    eprint!("{said}");
    serde_json::from_slice(&output.stdout).map_err(|error| format!("setup.py said what cannot be read: {error}"))
}
