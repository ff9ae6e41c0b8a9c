//! The same rate by `wrk`, a load generator in C: what the requests cost by themselves.

use std::{io::ErrorKind, process::Command};

use crate::{Failure, usage};

const SECONDS: u32 = 30;
const CONNECTIONS: f64 = 100.0;

/// That `wrk` is there, so that nobody waits for a result that has nothing beside it.
pub(crate) fn can_be_shown() -> Result<(), Failure> {
    match Command::new("wrk").arg("--version").output() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err("wrk is not installed, which shows the floor beside the monitor: install it (on Debian: apt-get install wrk)".into())
        }
        Err(error) => Err(format!("wrk cannot be run: {error}").into()),
    }
}

/// Prints what the same rate of requests costs `wrk`, on kept connections and on a new one for each.
pub(crate) fn print(port: u16, rate: f64) -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let script = directory.path().join("pace.lua");
    // Each connection waits this long between requests, give or take, in milliseconds.
    let most = 2.0 * CONNECTIONS / rate * 1_000.0;
    std::fs::write(&script, format!("function delay() return math.random(0, {most:.0}) end\n"))?;
    for (header, what) in [("Connection: keep-alive", "kept connections"), ("Connection: close", "a new connection for each")] {
        let mut wrk = Command::new("wrk");
        wrk.args(["--threads", "1", "--connections", &format!("{CONNECTIONS}"), "--duration", &format!("{SECONDS}s"), "--header", header]);
        let before = usage::children()?;
        let output = wrk.arg("--script").arg(&script).arg(format!("http://127.0.0.1:{port}/health")).output()?;
        let cpu = (usage::children()? - before).as_secs_f64() / f64::from(SECONDS) * 100.0;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate: f64 = text
            .lines()
            .find_map(|line| line.strip_prefix("Requests/sec:"))
            .ok_or_else(|| format!("wrk says no rate: {text}{}", String::from_utf8_lossy(&output.stderr)))?
            .trim()
            .parse()?;
        println!("  floor by wrk, {what}: {cpu:.1} % of one core at {rate:.0} a second, {:.0} µs each", cpu * 1e4 / rate);
    }
    Ok(())
}
