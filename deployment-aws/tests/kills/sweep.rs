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
    engine::Outcome,
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
/// Besides the first record of every kind, the sample has one of so many.
const ONE_OF: usize = 100;
/// A lease lives for 30 seconds, and a call that a dead process may have left under way for as long.
const TAKE_OVER: Duration = Duration::from_secs(60);
const AT_ONCE: usize = 2;

/// Where a process is killed, and what the record is.
struct Kill {
    case: Case,
    death: Death,
    kind: String,
}

/// The name of a record's kind.
fn kind(entry: &Entry) -> String {
    match serde_json::to_value(&entry.record).unwrap() {
        Value::Object(fields) => fields.keys().next().unwrap().clone(),
        other => other.as_str().unwrap().to_owned(),
    }
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
    virtually(right(&place, &what)).iter().map(kind).collect()
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

/// The first record of every kind, before and after in turn, and some of the others of every deployment.
fn some(all: Vec<Kill>) -> Vec<Kill> {
    let (mut kinds, mut some) = (Vec::new(), Vec::new());
    for (number, kill) in all.into_iter().enumerate() {
        let is_new = !kinds.contains(&kill.kind) && kill.death.after == (kinds.len() % 2 == 1);
        if is_new {
            kinds.push(kill.kind.clone());
        }
        if is_new || number % ONE_OF == ONE_OF / 2 {
            some.push(kill);
        }
    }
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
    println!("killed {killed} processes; {} deployments ended otherwise", wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(killed * 20 > kills.len() * 19, "{killed} of {} were killed", kills.len());
    for (case, points) in points {
        let count = |wanted: Ran| done.iter().filter(|(of, ran)| *of == case && *ran == Ok(wanted)).count();
        let (killed, taken_over) = (count(Ran::Killed) + count(Ran::TakenOver), count(Ran::TakenOver));
        println!("{case:?}: {} records, processes killed at {killed} of {points} points, {taken_over} leases waited out", points / 2);
        assert!(taken_over > killed / 2, "{case:?}: {taken_over} of {killed} were taken over");
    }
}
