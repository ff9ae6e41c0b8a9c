//! What this process used, as Linux counts it.

use std::time::Duration;

use crate::Failure;

/// `/proc` counts in hundredths of a second on every Linux of today (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// Processor time of this process, all threads, user and system.
pub(crate) fn own() -> Result<Duration, Failure> {
    times(11)
}

/// Processor time of the child processes that have ended and were waited for.
pub(crate) fn children() -> Result<Duration, Failure> {
    times(13)
}

/// The sum of two neighbouring fields of `/proc/self/stat`, counted after the name, which may have spaces in it (see proc(5): 14 to 17).
fn times(field: usize) -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(field).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(TICK * ticks)
}

/// The most resident memory that this process ever had, in MiB.
pub(crate) fn peak_memory() -> Result<f64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse::<f64>()? / 1024.0)
}
