//! The orchestrator is killed at every record of the journal; what another process makes of the deployment is what it would have been.

use std::{
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use deployment_core::{
    engine::{Outcome, Record},
    journal::{Entry, Journal as _},
    testkit::faults::Faults,
};
use serde_json::Value;

use crate::{
    cloud::virtually,
    process::{Death, ended, killed},
    scene::{Case, Place},
};

/// `all` kills at every record; without it, a sample.
const EXTENT: &str = "DEPLOYMENT_KILLS";
/// A lease lives for 30 seconds, and a call that a dead process may have left under way for as long.
const TAKE_OVER: Duration = Duration::from_secs(60);
const AT_ONCE: usize = 2;

/// Where a process is killed, and what the record is.
struct Kill {
    case: Case,
    death: Death,
    kind: String,
}

/// The name of the only field.
fn name(value: &Value) -> String {
    value.as_object().map_or_else(|| value.as_str().unwrap().to_owned(), |fields| fields.keys().next().unwrap().clone())
}

/// The names of the records' kinds; what returns is of the kind of what was asked for.
fn kinds(entries: &[Entry]) -> Vec<String> {
    let mut asked = String::new();
    let kind = |entry: &Entry| {
        if let Record::Intent { call, .. } = &entry.record {
            asked = name(&serde_json::to_value(call).unwrap());
        }
        match &entry.record {
            Record::Returned { .. } => format!("returned {asked}"),
            other => name(&serde_json::to_value(other).unwrap()),
        }
    };
    entries.iter().map(kind).collect()
}

/// It has ended as it should, and all is as it should be: the journal.
async fn right(place: &Place, what: &str) -> Vec<Entry> {
    let scene = place.scene().await;
    let (orchestrator, _) = scene.orchestrator(&Faults::new());
    let state = orchestrator.state(&place.deployment).await.unwrap();
    let as_it_should = match state.outcome() {
        Some(Outcome::Succeeded) => place.case.is_good(),
        Some(Outcome::RolledBack { .. }) => !place.case.is_good(),
        _ => false,
    };
    assert!(as_it_should, "{what}: {:?}", state.outcome());
    scene.assert_right(what).await;
    place.journal(&place.world().await).read(&place.deployment, 0).await.unwrap()
}

/// Every record of a deployment that nobody disturbs, by its kind.
fn undisturbed(case: Case) -> Vec<String> {
    let what = format!("{case:?}, undisturbed");
    let place = virtually(Place::open(case));
    ended(&place, &what);
    kinds(&virtually(right(&place, &what)))
}

fn all() -> Vec<Kill> {
    let mut all = Vec::new();
    for case in Case::ALL {
        for (record, kind) in (0..).zip(undisturbed(case)) {
            for after in [false, true] {
                all.push(Kill { case, death: Death { record, after }, kind: kind.clone() });
            }
        }
    }
    all
}

/// The first record of every kind in rolling deployments and in canaries, before and after in turn, and the middle of a deployment of which
/// nothing was taken yet.
fn some(all: Vec<Kill>) -> Vec<Kill> {
    let middles = Case::ALL.map(|case| all.iter().filter(|kill| kill.case == case).map(|kill| kill.death.record).max().unwrap() / 2);
    let (mut kinds, mut some) = (Vec::new(), Vec::new());
    for kill in all {
        // An effect is known to have happened only after what returns: before is the worse.
        let after = kinds.len() % 2 == 1 && !kill.kind.starts_with("returned");
        let kind = (kill.case.is_canary(), kill.kind.clone());
        let is_new = !kinds.contains(&kind) && kill.death.after == after;
        if is_new {
            kinds.push(kind);
        }
        let is_middle = !kill.death.after && kill.death.record == middles[kill.case as usize];
        let is_first = !some.iter().any(|other: &Kill| other.case == kill.case);
        if is_new || (is_middle && is_first) {
            some.push(kill);
        }
    }
    println!("{} kinds of records", kinds.len());
    some
}

/// What became of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ran {
    /// The process ended before that record.
    Undisturbed,
    Killed,
    /// And the next process had to wait for its lease.
    TakenOver,
}

fn ran(kill: &Kill) -> Ran {
    let what = format!("{:?}, killed {}, {}", kill.case, kill.death, kill.kind);
    let place = virtually(Place::open(kill.case));
    let killed = killed(&place, kill.death);
    ended(&place, &what);
    let entries = virtually(right(&place, &what));
    let there = u64::try_from(entries.len()).unwrap();
    assert!(killed || there <= kill.death.record, "{what}: not killed, though there are {there} records");
    let Some(next) = entries.iter().position(|entry| entry.epoch == 2) else {
        return if killed { Ran::Killed } else { Ran::Undisturbed };
    };
    let waited = entries[next].at.since(entries[next - 1].at);
    assert!(waited >= TAKE_OVER, "{what}: taken over after {waited:?}");
    Ran::TakenOver
}

/// All of them, so many at once; where one went wrong, its name.
fn swept(kills: &[Kill]) -> Vec<(Case, Result<Ran, String>)> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(kill) = kills.get(next.fetch_add(1, Ordering::SeqCst)) {
            let ran = catch_unwind(AssertUnwindSafe(|| ran(kill))).map_err(|_| format!("{:?}, killed {}", kill.case, kill.death));
            done.lock().unwrap().push((kill.case, ran));
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    done.into_inner().unwrap()
}

#[test]
fn killed_at_any_record_another_process_ends_it_as_it_would_have_ended() {
    let all = all();
    let points = Case::ALL.map(|case| (case, all.iter().filter(|kill| kill.case == case).count()));
    let kills = match env::var(EXTENT).as_deref() {
        Ok("all") => all,
        Err(_) => some(all),
        Ok(other) => panic!("{EXTENT} is {other:?}: set it to `all`, or not at all"),
    };
    let done = swept(&kills);
    let wrong: Vec<_> = done.iter().filter_map(|(_, ran)| ran.as_ref().err()).collect();
    let killed = done.iter().filter(|(_, ran)| matches!(ran, Ok(Ran::Killed | Ran::TakenOver))).count();
    let missed = done.iter().filter(|(_, ran)| *ran == Ok(Ran::Undisturbed)).count();
    println!("killed {killed} processes, {missed} had ended before; {} deployments ended otherwise", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Of two looks at one moment the first may make the second needless: then the last record of the longer chain is not reached.
    assert!(missed <= Case::ALL.len(), "{missed} of {} were not killed", kills.len());
    for (case, points) in points {
        let count = |wanted: Ran| done.iter().filter(|(of, ran)| *of == case && *ran == Ok(wanted)).count();
        let (killed, taken_over) = (count(Ran::Killed) + count(Ran::TakenOver), count(Ran::TakenOver));
        println!("{case:?}: {} records, processes killed at {killed} of {points} points, {taken_over} leases waited out", points / 2);
        assert!(taken_over > killed / 2, "{case:?}: {taken_over} of {killed} were taken over");
    }
}

/// What the sweep is worth: a process that died before it had on record what it had started.
#[test]
fn a_target_that_forgets_what_it_has_started_is_caught() {
    let case = Case::ForgetfulRolling;
    let kinds = undisturbed(case);
    let returned = kinds.iter().position(|kind| kind == "returned replace").unwrap();
    let death = Death { record: u64::try_from(returned).unwrap(), after: false };
    let done = swept(&[Kill { case, death, kind: kinds[returned].clone() }]);
    assert!(matches!(done.as_slice(), [(_, Err(_))]), "{done:?}");
}
