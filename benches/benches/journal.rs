//! What the file journal costs above the disk: synced appends beside a bare loop of write and `fdatasync`.
//!
//! Both write lines of the same length, to files of the same file system (that of the target directory), in turns. Exits with 1 if the
//! median of the ratios of [`RUNS`] runs is above [`LIMIT`].
//!
//! `cargo bench -p deployment-benches --bench journal`

use std::{
    error::Error,
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use deployment_core::{
    DeploymentId, StepId, Timestamp,
    engine::Record,
    journal::{Durability, FileJournal, Journal as _, Lease},
};

/// How much slower than the bare loop the journal may be.
const LIMIT: f64 = 1.3;
const RUNS: usize = 5;
const SLICES: u64 = 40;
/// Appends in a slice.
const SLICE: u64 = 50;
/// The number of the first append that is measured: all numbers have as many digits.
const FIRST: u64 = 1_000;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<ExitCode> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    // As `#[tokio::main]` makes it.
    let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
    let journal = FileJournal::open(directory.path().join("journal"))?;
    println!("{:>4} {:>10} {:>10} {:>6} {:>7}", "run", "bare/s", "journal/s", "bytes", "ratio");
    let mut ratios = Vec::new();
    for run in 0..=RUNS {
        let (ours, theirs, bytes) = runtime.block_on(both(&journal, &directory.path().join(format!("bare-{run}"))))?;
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        let warm_up = if run == 0 { " (warm-up)" } else { "" };
        println!("{run:>4} {:>10.0} {:>10.0} {bytes:>6} {ratio:>7.3}{warm_up}", per_second(theirs), per_second(ours));
        if run > 0 {
            ratios.push(ratio);
        }
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(RUNS / 2).copied().unwrap_or(f64::INFINITY);
    println!("median ratio {median:.3}, limit {LIMIT}");
    Ok(if median > LIMIT { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// One run of both, a slice of each in turn: a disk that slows down or speeds up meanwhile favours neither. The time of ours, that of the bare
/// loop, and the length of a line.
async fn both(journal: &FileJournal, bare: &Path) -> Outcome<(Duration, Duration, usize)> {
    let (lease, bytes) = prepare(journal).await?;
    let mut file = OpenOptions::new().append(true).create_new(true).open(bare)?;
    file.sync_all()?;
    let line = vec![b'x'; bytes];
    let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
    for slice in 0..SLICES {
        ours += append(journal, &lease, FIRST + slice * SLICE).await?;
        theirs += write_and_sync(&mut file, &line)?;
    }
    Ok((ours, theirs, bytes))
}

fn per_second(time: Duration) -> f64 {
    (SLICES * SLICE) as f64 / time.as_secs_f64()
}

fn record(number: u64) -> Outcome<Record> {
    // Padded, so that every line has the same length.
    Ok(Record::Skipped { step: StepId::new("backend/shift/10")?, reason: format!("nothing is to be done here, {number:020}") })
}

/// A new deployment with entries up to [`FIRST`], and the length of a line.
async fn prepare(journal: &FileJournal) -> Outcome<(Lease, usize)> {
    let deployment = DeploymentId::generate();
    journal.create(&deployment, Timestamp::default(), &record(0)?).await?;
    let lease = journal.acquire(&deployment, None, "bench", Duration::from_secs(3_600)).await?;
    for number in 1..FIRST - 1 {
        journal.append(&lease, number, Timestamp::default(), &record(number)?, Durability::Lazy).await?;
    }
    let before = fs::metadata(journal.path_of(&deployment))?.len();
    journal.append(&lease, FIRST - 1, Timestamp::default(), &record(FIRST - 1)?, Durability::Synced).await?;
    let after = fs::metadata(journal.path_of(&deployment))?.len();
    Ok((lease, usize::try_from(after - before)? + 1))
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
async fn append(journal: &FileJournal, lease: &Lease, from: u64) -> Outcome<Duration> {
    let begin = Instant::now();
    for number in from..from + SLICE {
        journal.append(lease, number, Timestamp::default(), &record(number)?, Durability::Synced).await?;
    }
    Ok(begin.elapsed())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn write_and_sync(file: &mut File, line: &[u8]) -> Outcome<Duration> {
    let begin = Instant::now();
    for _ in 0..SLICE {
        file.write_all(line)?;
        file.sync_data()?;
    }
    Ok(begin.elapsed())
}
