//! A core for each process.

use crate::Failure;

/// This process, and what it starts from now on, runs on the `n`th of the cores that there are for it, if there are as many. Threads that run
/// already stay where they are.
#[cfg(target_os = "linux")]
pub(crate) fn pin(n: usize) -> Result<(), Failure> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    // Who started this process may have taken a core: every one that is allowed is to be had again.
    let mut every = CpuSet::new();
    (0..CpuSet::MAX_CPU).for_each(|core| every.set(core));
    sched_setaffinity(None, &every)?;
    let allowed = sched_getaffinity(None)?;
    let Some(core) = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).nth(n) else { return Ok(()) };
    let mut own = CpuSet::new();
    own.set(core);
    Ok(sched_setaffinity(None, &own)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_: usize) -> Result<(), Failure> {
    Ok(())
}
