//! How many looks run at once, and that a hung one holds up nobody.

use std::time::Duration;

use deployment_checks::monitor::{Monitored, State};

use super::probe::{Does, Probe, builder, monitor, seconds};

#[tokio::test(start_paused = true)]
async fn no_more_than_the_bound_look_at_once_and_who_waits_is_counted() {
    let (monitor, probe) = (builder().concurrency(7).start().unwrap(), Probe::new([Does::Hang]));
    for number in 0..100 {
        monitor.add(Monitored::new(format!("check {number}"), probe.check())).unwrap();
    }
    seconds(30).await;
    let snapshot = monitor.snapshot();
    assert_eq!((probe.most(), snapshot.looking), (7, 7));
    // 7 places for 5 s each are 42 looks in 30 s; nearly all of the others are due.
    assert!((45..=65).contains(&snapshot.waiting), "{}", snapshot.waiting);
    seconds(600).await;
    assert_eq!(probe.most(), 7);
    let snapshot = monitor.snapshot();
    assert_eq!(snapshot.count(State::Down), 100, "each gets its turn");
    assert!(snapshot.checks.iter().any(|check| check.skipped > 0), "looks that were left out are counted");
}

#[tokio::test(start_paused = true)]
async fn checks_that_hang_hold_up_no_others() {
    let (monitor, hung, fine) = (monitor(), Probe::new([Does::Hang]), Probe::new([Does::Pass]));
    for number in 0..100 {
        monitor.add(Monitored::new(format!("hung {number}"), hung.check())).unwrap();
        monitor.add(Monitored::new(format!("fine {number}"), fine.check())).unwrap();
    }
    seconds(300).await;
    assert!((990..=1_000).contains(&fine.asked().len()), "{}", fine.asked().len());
    let snapshot = monitor.snapshot();
    assert_eq!((snapshot.count(State::Up), snapshot.count(State::Down), snapshot.waiting), (100, 100, 0));
}

#[tokio::test(start_paused = true)]
async fn a_check_never_looks_twice_at_once() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Hang]));
    let tight = Monitored::new("probe", probe.check()).every(Duration::from_secs(5)).timeout(Duration::from_secs(4));
    monitor.add(tight).unwrap();
    seconds(600).await;
    assert_eq!((probe.most(), monitor.state("probe").unwrap().skipped), (1, 0));
    assert!((119..=121).contains(&probe.asked().len()), "{}", probe.asked().len());
}

#[tokio::test(start_paused = true)]
async fn as_many_checks_as_documented_hang_at_once_and_stay_on_time() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Hang]));
    for number in 0..6_000 {
        monitor.add(Monitored::new(format!("check {number}"), probe.check())).unwrap();
    }
    seconds(120).await;
    let snapshot = monitor.snapshot();
    assert!(snapshot.checks.iter().all(|check| check.skipped == 0));
    assert!(probe.most() <= 1_024, "{}", probe.most());
    assert!(snapshot.looking > 900, "{}", snapshot.looking);
}
