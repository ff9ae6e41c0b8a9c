//! What a row of looks means.

use deployment_checks::{
    look::Finding,
    monitor::{Change, Monitored, State, WhenOverdue},
};
use deployment_core::health::HealthStatus;

use super::probe::{Does, Probe, drain, monitor, seconds};

/// The changes of a check that does these, one look after the other.
async fn changes(does: impl IntoIterator<Item = Does>, how: impl FnOnce(Monitored) -> Monitored) -> Vec<Change> {
    let does: Vec<_> = does.into_iter().collect();
    let (monitor, looks) = (monitor(), does.len() as u64);
    let mut feed = monitor.changes();
    monitor.add(how(Monitored::new("probe", Probe::new(does).check()))).unwrap();
    let mut changes = Vec::new();
    while monitor.state("probe").unwrap().looks < looks {
        seconds(1).await;
        changes.extend(drain(&mut feed));
    }
    changes
}

async fn states(does: impl IntoIterator<Item = Does>) -> Vec<State> {
    changes(does, |monitored| monitored).await.into_iter().map(|change| change.to).collect()
}

#[tokio::test(start_paused = true)]
async fn two_failures_are_down_and_two_passes_are_up() {
    use Does::{Fail, Pass};
    assert_eq!(states([Pass, Fail, Pass]).await, [State::Up]);
    assert_eq!(states([Pass, Fail, Fail, Pass, Pass]).await, [State::Up, State::Down, State::Up]);
    assert_eq!(states([Fail, Fail]).await, [State::Down]);
}

#[tokio::test(start_paused = true)]
async fn flapping_is_not_told() {
    let flaps = (0..40).map(|look| if look % 2 == 0 { Does::Pass } else { Does::Fail });
    assert_eq!(states(flaps).await, [State::Up]);
}

#[tokio::test(start_paused = true)]
async fn the_numbers_of_looks_can_be_changed() {
    use Does::{Fail, Pass};
    let quick = changes([Pass, Fail, Pass], |monitored| monitored.down_after(1).up_after(1)).await;
    assert_eq!(quick.iter().map(|change| change.to).collect::<Vec<_>>(), [State::Up, State::Down, State::Up]);
    let slow = changes([Pass, Fail, Fail, Fail, Fail, Pass, Pass, Pass], |monitored| monitored.down_after(4).up_after(3)).await;
    assert_eq!(slow.len(), 3, "{slow:?}");
}

#[tokio::test(start_paused = true)]
async fn degraded_is_a_state_of_its_own() {
    use Does::{Degraded, Fail, Pass};
    assert_eq!(states([Pass, Degraded, Degraded, Fail, Fail]).await, [State::Up, State::Degraded, State::Down]);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_cannot_look_is_unknown_and_never_down() {
    use Does::{Error, Fail, Panic, Pass};
    assert_eq!(states([Pass, Error, Error, Error, Error, Pass]).await, [State::Up, State::Unknown, State::Up]);
    assert_eq!(states([Pass, Fail, Error, Fail]).await, [State::Up, State::Down], "a lost look breaks no row");
    let panicked = changes([Pass, Panic, Panic], |monitored| monitored).await;
    assert_eq!((panicked[1].to, panicked[1].reason.as_str()), (State::Unknown, "the check panicked"));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_is_a_failure_or_unknown_as_told() {
    use Does::{Hang, Pass};
    let down = changes([Pass, Hang, Hang], |monitored| monitored).await;
    assert_eq!((down[1].to, down[1].reason.as_str()), (State::Down, "no answer within 5 s"));
    let unknown = changes([Pass, Hang, Hang], |monitored| monitored.when_overdue(WhenOverdue::Unknown)).await;
    assert_eq!(unknown[1].to, State::Unknown);
}

#[tokio::test(start_paused = true)]
async fn a_change_and_the_state_say_when_and_why() {
    let monitor = monitor();
    let mut feed = monitor.changes();
    monitor.add(Monitored::new("probe", Probe::new([Does::Fail]).check())).unwrap();
    assert_eq!(monitor.state("probe").unwrap().looked, None);
    seconds(70).await;
    let told = drain(&mut feed);
    let state = monitor.state("probe").unwrap();
    let [change] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((change.check.as_str(), change.from, change.to), ("probe", State::Unknown, State::Down));
    assert_eq!((change.reason.as_str(), change.merged, change.at), ("503", 0, state.since));
    let Some(Finding::Seen(report)) = &state.last else { panic!("{state:?}") };
    assert_eq!((report.status, state.state), (HealthStatus::Unhealthy, State::Down));
    assert!(change.to_string().starts_with("probe: unknown → down at "), "{change}");
}
