//! What a consumer is told, fast or slow.

use std::time::Duration;

use deployment_checks::{
    look::Finding,
    monitor::{Monitored, State},
};
use futures::StreamExt;
use tokio::time::timeout;

use super::probe::{Does, Probe, drain, monitor, seconds};

#[tokio::test(start_paused = true)]
async fn results_are_every_look() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Pass, Does::Fail, Does::Error]));
    let mut results = monitor.results();
    monitor.add(Monitored::new("probe", probe.check())).unwrap();
    let mut looks = Vec::new();
    while looks.len() < 4 {
        looks.push(results.next().await.unwrap());
    }
    assert!(looks.iter().all(|look| look.merged == 0 && look.check == "probe"));
    let states: Vec<_> = looks.iter().map(|look| look.state).collect();
    assert_eq!(states, [State::Up, State::Up, State::Up, State::Unknown]);
    assert!(matches!(looks[1].finding, Finding::Seen(_)) && matches!(looks[2].finding, Finding::Unknown { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_holds_up_nothing_and_learns_where_it_stands_and_what_it_missed() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Pass]));
    let pair = |from, to| [from, from, to, to];
    let flaps: Vec<_> = (0..20).flat_map(|_| pair(Does::Pass, Does::Fail)).collect();
    let flapping = Probe::new(flaps);
    let (mut changes, mut results) = (monitor.changes(), monitor.results());
    monitor.add(Monitored::new("flapping", flapping.check())).unwrap();
    monitor.add(Monitored::new("steady", probe.check())).unwrap();
    seconds(30 * 90).await;
    assert!(probe.asked().len() >= 89 && flapping.asked().len() >= 89, "nothing waits for a consumer");
    let told = drain(&mut changes);
    assert_eq!(told.len(), 2, "one per check: {told:?}");
    let change = told.iter().find(|change| change.check == "flapping").unwrap();
    assert_eq!((change.from, change.to, change.merged), (State::Unknown, State::Down, 39));
    let looks = drain(&mut results);
    assert_eq!(looks.len(), 2);
    for look in looks {
        assert_eq!(look.merged + 1, monitor.state(&look.check).unwrap().looks);
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_there_and_back_is_still_told() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Pass, Does::Fail, Does::Fail, Does::Pass]));
    let mut changes = monitor.changes();
    monitor.add(Monitored::new("probe", probe.check())).unwrap();
    seconds(40).await;
    assert_eq!(drain(&mut changes).len(), 1);
    seconds(300).await;
    let told = drain(&mut changes);
    assert_eq!((told.len(), told[0].from, told[0].to, told[0].merged), (1, State::Up, State::Up, 1));
}

#[tokio::test(start_paused = true)]
async fn every_feed_is_told_and_one_that_is_dropped_is_forgotten() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Pass]));
    let (mut one, mut two, dropped) = (monitor.changes(), monitor.changes(), monitor.changes());
    monitor.add(Monitored::new("probe", probe.check())).unwrap();
    drop(dropped);
    seconds(60).await;
    assert_eq!(drain(&mut one), drain(&mut two));
    let mut late = monitor.changes();
    seconds(60).await;
    assert!(drain(&mut late).is_empty(), "a feed tells what comes after it was asked for");
}

#[tokio::test(start_paused = true)]
async fn a_feed_wakes_who_waits() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Pass]));
    let mut changes = monitor.changes();
    let waiting = tokio::spawn(async move { changes.next().await });
    seconds(100).await;
    monitor.add(Monitored::new("probe", probe.check())).unwrap();
    let told = timeout(Duration::from_secs(60), waiting).await.unwrap().unwrap();
    assert_eq!(told.unwrap().to, State::Up);
}

#[tokio::test(start_paused = true)]
async fn what_a_removed_check_had_to_tell_is_forgotten() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Pass]));
    let mut changes = monitor.changes();
    for number in 0..100 {
        let name = format!("check {number}");
        monitor.add(Monitored::new(&name, probe.check())).unwrap();
        seconds(40).await;
        monitor.remove(&name).unwrap();
    }
    assert!(drain(&mut changes).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_can_be_stored() {
    let monitor = monitor();
    monitor.add(Monitored::new("b", Probe::new([Does::Error]).check())).unwrap();
    monitor.add(Monitored::new("a", Probe::new([Does::Fail]).check())).unwrap();
    seconds(100).await;
    let snapshot = monitor.snapshot();
    assert_eq!(snapshot.checks.iter().map(|check| check.check.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let text = serde_json::to_string(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<deployment_checks::monitor::Snapshot>(&text).unwrap(), snapshot);
    assert!(text.contains(r#""state":"down""#) && text.contains(r#""unknown":{"reason""#), "{text}");
}
