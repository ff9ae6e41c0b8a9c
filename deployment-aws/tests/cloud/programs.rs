//! Where the test cloud's Python is.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

/// What the test cloud runs on; see `setup.py`.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    pub(crate) python: PathBuf,
}

impl Programs {
    /// It, set up by the first caller in this `target` folder.
    pub(crate) fn get() -> &'static Self {
        static PROGRAMS: OnceLock<Programs> = OnceLock::new();
        PROGRAMS.get_or_init(|| set_up(&folder(), &[]).unwrap_or_else(|sentence| panic!("{sentence}")))
    }

    /// What it needs in its environment.
    pub(crate) fn environment(&self) -> BTreeMap<&'static str, String> {
        [("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("PYTHONDONTWRITEBYTECODE", "1")].map(|(name, value)| (name, value.to_owned())).into()
    }
}

/// Under `target`: the programs, and the folders of running servers. All crates of the workspace share it.
pub(crate) fn folder() -> PathBuf {
    // Cargo names it to tests and benches, not to examples.
    Path::new(option_env!("CARGO_TARGET_TMPDIR").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tmp"))).join("cloud")
}

/// A script: the supervisor is that of the real servers of `deployment-checks`.
pub(crate) fn script(name: &str) -> PathBuf {
    let folder = if name == "supervise.py" { "deployment-checks/tests/servers" } else { "deployment-aws/tests/cloud" };
    // From a neighbouring crate too.
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join(name)
}

/// Runs `setup.py` for a folder, with these variables in its environment.
pub(crate) fn set_up(folder: &Path, variables: &[(&str, &str)]) -> Result<Programs, String> {
    let mut command = Command::new("python3");
    made(command.arg(script("setup.py")).arg(folder).envs(variables.iter().copied()))
}

/// The same for other programs of Python: those of a requirements file.
pub(crate) fn set_up_with(folder: &Path, requirements: &Path) -> Result<Programs, String> {
    made(Command::new("python3").arg(script("setup.py")).arg(folder).arg(requirements))
}

fn made(command: &mut Command) -> Result<Programs, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => "`python3` is not on the PATH: install Python 3.10 or later with venv and pip (Debian: python3-venv); the \
                                cloud that the tests talk to is made with it"
            .to_owned(),
        _ => format!("`python3` cannot be run: {error}"),
    })?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(Programs { python: PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()) })
}
