//! Checks come and go while the monitor runs, and all goes with it.

use std::time::Duration;

use deployment_checks::monitor::{Monitored, State};
use deployment_core::{ErrorKind, health, health::HealthReport, testkit::sample};
use futures::StreamExt;
use tokio::time::{sleep, timeout};

use super::probe::{Does, Probe, builder, drain, monitor, seconds};

#[tokio::test(start_paused = true)]
async fn a_check_that_is_added_looks_within_one_interval() {
    let (monitor, first, second) = (monitor(), Probe::new([Does::Pass]), Probe::new([Does::Pass]));
    monitor.add(Monitored::new("first", first.check())).unwrap();
    seconds(1_000).await;
    monitor.add(Monitored::new("second", second.check())).unwrap();
    seconds(33).await;
    assert!(!second.asked().is_empty());
    assert_eq!(monitor.snapshot().count(State::Up), 2);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_is_removed_looks_no_more_and_its_name_is_free() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Pass]));
    monitor.add(Monitored::new("probe", probe.check())).unwrap();
    seconds(100).await;
    assert_eq!(monitor.remove("probe").unwrap().state, State::Up);
    let looks = probe.asked().len();
    seconds(100).await;
    assert_eq!((probe.asked().len(), monitor.snapshot().checks.len()), (looks, 0));
    assert_eq!(monitor.remove("probe").unwrap_err().kind(), ErrorKind::NotFound);
    monitor.add(Monitored::new("probe", probe.check())).unwrap();
    assert_eq!(monitor.state("probe").unwrap().state, State::Unknown, "it begins anew");
    seconds(100).await;
    assert!(probe.asked().len() > looks);
}

#[tokio::test(start_paused = true)]
async fn removing_ends_the_look_under_way_and_its_place_is_free() {
    let (monitor, hung, fine) = (builder().concurrency(1).start().unwrap(), Probe::new([Does::Hang]), Probe::new([Does::Pass]));
    monitor.add(Monitored::new("hung", hung.check())).unwrap();
    while hung.inside() == 0 {
        sleep(Duration::from_millis(100)).await;
    }
    monitor.remove("hung").unwrap();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(hung.inside(), 0, "long before its timeout");
    // The same name again: what the first one found must not count for the second.
    monitor.add(Monitored::new("hung", fine.check())).unwrap();
    seconds(40).await;
    assert_eq!((hung.inside(), fine.asked().is_empty()), (0, false));
    let state = monitor.state("hung").unwrap();
    assert_eq!((state.state, state.looks), (State::Up, fine.asked().len() as u64));
}

#[tokio::test(start_paused = true)]
async fn a_name_is_monitored_once() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Pass]));
    monitor.add(Monitored::new("probe", probe.check())).unwrap();
    let error = monitor.add(Monitored::new("probe", probe.check())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    seconds(300).await;
    assert!(probe.asked().len() <= 10, "only one looks");
}

#[tokio::test(start_paused = true)]
async fn dropping_it_ends_looks_and_feeds() {
    let (monitor, hung, fine) = (monitor(), Probe::new([Does::Hang]), Probe::new([Does::Pass]));
    let (mut changes, mut results) = (monitor.changes(), monitor.results());
    for number in 0..100 {
        monitor.add(Monitored::new(format!("hung {number}"), hung.check())).unwrap();
        monitor.add(Monitored::new(format!("fine {number}"), fine.check())).unwrap();
    }
    seconds(100).await;
    assert!(hung.inside() > 0);
    drop(monitor);
    seconds(1).await;
    assert_eq!(hung.inside(), 0);
    let looks = fine.asked().len();
    seconds(100).await;
    assert_eq!(fine.asked().len(), looks);
    // What was told before is still there, and then they end.
    assert_eq!(drain(&mut changes).len(), 200);
    let minute = Duration::from_secs(60);
    assert!(timeout(minute, changes.next()).await.unwrap().is_none());
    while timeout(minute, results.next()).await.unwrap().is_some() {}
}

#[tokio::test(start_paused = true)]
async fn a_check_is_told_what_it_is_asked_about_and_the_time() {
    let monitor = builder().context(sample::health(sample::NOON)).start().unwrap();
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    let check = health::from_fn("context", move |context| {
        let sent = send.send(context);
        async move { sent.map(|()| HealthReport::healthy("told")).map_err(|error| deployment_core::Error::invalid("test", error)) }
    });
    let mut other = sample::health(sample::NOON).subject;
    other.target = deployment_core::TargetName::new("frontend").unwrap();
    monitor.add(Monitored::new("context", check).about(other)).unwrap();
    let (first, second) = (receive.recv().await.unwrap(), receive.recv().await.unwrap());
    assert_eq!((first.deployment.service.as_str(), first.subject.target.as_str()), ("shop", "frontend"));
    assert!((27..=33).contains(&second.deployment.now.since(first.deployment.now).as_secs()));
}
