//! Making traffic as a process of its own.

use std::{fs, io, path::Path, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::interval;

use super::{Load, LoadOptions, LoadReport};
use crate::roles::{
    end::{asked_by_signal, end_of_stdin},
    ready::announce,
};

/// How often the report is rewritten.
const EVERY: Duration = Duration::from_millis(500);

/// The line by which the process says that it has begun.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) since: u64,
}

/// Makes traffic until the run is over, SIGTERM comes or, if so told, standard input ends. Says on standard output that it has
/// begun; the report goes to the file that the options name, or as the last line to standard output.
///
/// # Errors
/// If the report cannot be written.
pub async fn run(options: LoadOptions) -> io::Result<()> {
    let (path, follow) = (options.report.clone(), options.follow_stdin);
    let load = Load::start(options);
    announce(&Begun { since: load.snapshot().since })?;
    let kept_up_to_date = async {
        let mut ticks = interval(EVERY);
        loop {
            ticks.tick().await;
            if let Some(path) = &path {
                write(path, &load.snapshot())?;
            }
        }
    };
    let ended: io::Result<()> = tokio::select! {
        _ = load.finished() => Ok(()),
        () = asked_by_signal() => Ok(()),
        () = end_of_stdin(), if follow => Ok(()),
        error = kept_up_to_date => error,
    };
    let report = load.stop().await;
    match &path {
        Some(path) => write(path, &report)?,
        None => announce(&report)?,
    }
    ended
}

/// Replaces the file in one step, so that a reader never sees half a report.
fn write(path: &Path, report: &LoadReport) -> io::Result<()> {
    let half = path.with_extension("part");
    fs::write(&half, serde_json::to_vec_pretty(report)?)?;
    fs::rename(half, path)
}
