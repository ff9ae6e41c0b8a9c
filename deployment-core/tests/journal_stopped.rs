//! Golden journals of deployments that were stopped in the middle, by every format: this version takes them to their proper end.
//!
//! What is below `journal_golden/stopped` was written by the release that brought the format, and is never written again. For a new format,
//! `GOLDEN_OUT=DIRECTORY cargo test -p deployment-core --test journal_stopped --all-features` writes a new set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod stopped;

use std::{fs, path::Path};

use deployment_core::{Ended, engine::Outcome, journal::FileJournal};
use stopped::{STOPS, Stop, format_0, id, resume};

fn golden(format: u32, stop: &Stop) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/journal_golden/stopped/{format}/{}", stop.name))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, copied) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &copied);
        } else {
            fs::copy(source, copied).unwrap();
        }
    }
}

/// Goes on with a copy of a journal, and checks the end.
async fn ends_properly(from: &Path, stop: &Stop) {
    for open_calls in [stopped::Open::Happened, stopped::Open::DidNot] {
        let root = tempfile::tempdir().unwrap();
        copy(from, root.path());
        let journal = FileJournal::open(root.path()).unwrap();
        let before = fs::read(journal.path_of(&id())).unwrap();
        let (ended, serves, flag) = resume(&journal, stop, open_calls).await;
        let expected = if stop.goes_back { "1" } else { stop.version };
        assert_eq!((serves.as_str(), flag), (expected, !stop.goes_back), "{from:?}: {ended:?}");
        match ended {
            Ended::Outcome(Outcome::Succeeded) => assert!(!stop.goes_back, "{from:?}"),
            Ended::Outcome(Outcome::RolledBack { cause, .. }) => assert!(stop.goes_back && cause.contains("errors"), "{from:?}: {cause}"),
            other => panic!("{from:?}: {other:?}"),
        }
        assert!(fs::read(journal.path_of(&id())).unwrap().starts_with(&before), "what was there has changed");
        FileJournal::open(root.path()).unwrap().verify(&id()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn golden_deployments_are_taken_to_their_end() {
    for format in [0, 1] {
        for stop in &STOPS {
            ends_properly(&golden(format, stop), stop).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn so_are_those_that_this_version_leaves() {
    for stop in &STOPS {
        let root = tempfile::tempdir().unwrap();
        let (new, old) = (root.path().join("1").join(stop.name), root.path().join("0").join(stop.name));
        stop.make(&new).await;
        copy(&new, &old);
        format_0(&old);
        ends_properly(&new, stop).await;
        ends_properly(&old, stop).await;
        if let Some(out) = std::env::var_os("GOLDEN_OUT") {
            copy(root.path(), Path::new(&out));
        }
    }
}
