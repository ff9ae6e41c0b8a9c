//! When checks look.

use std::time::Duration;

use deployment_checks::monitor::Monitored;
use deployment_core::Percent;
use tokio::time::Instant;

use super::probe::{Does, Probe, monitor, seconds};

/// How many looks of a thousand checks fall into each second of the first two minutes.
async fn crowd(jitter: Percent) -> Vec<usize> {
    let (monitor, probe, begin) = (monitor(), Probe::new([Does::Pass]), Instant::now());
    for number in 0..1_000 {
        monitor.add(Monitored::new(format!("check {number}"), probe.check()).jitter(jitter)).unwrap();
    }
    seconds(120).await;
    let mut counts = vec![0; 121];
    for asked in probe.asked() {
        counts[(asked - begin).as_secs() as usize] += 1;
    }
    counts.truncate(120);
    counts
}

#[tokio::test(start_paused = true)]
async fn looks_are_spread_evenly_from_the_start() {
    let counts = crowd(Percent::ZERO).await;
    // 1000 in 30 s are 33 a second.
    assert!(counts.iter().all(|count| (30..=37).contains(count)), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn jitter_keeps_looks_spread() {
    let counts = crowd(Percent::new(10.0).unwrap()).await;
    // The first seconds fill up while the first looks are late. Chance moves the rest: 33 with a deviation of 5.
    assert!(counts.iter().skip(4).all(|count| (4..=66).contains(count)), "{counts:?}");
    let total: usize = counts.iter().sum();
    assert!((3_850..=4_000).contains(&total), "{total}");
}

#[tokio::test(start_paused = true)]
async fn every_look_keeps_to_its_turn_however_long_it_takes_and_never_drifts() {
    let (monitor, probe) = (monitor(), Probe::new([Does::Slow(Duration::from_secs(4))]));
    monitor.add(Monitored::new("probe", probe.check())).unwrap();
    seconds(30 * 101).await;
    let asked = probe.asked();
    assert!((100..=102).contains(&asked.len()), "{}", asked.len());
    for pair in asked.windows(2) {
        let gap = (pair[1] - pair[0]).as_secs_f64();
        assert!((26.9..=33.1).contains(&gap), "{gap}");
    }
    for (turn, at) in asked.iter().enumerate() {
        let off = (*at - asked[0]).as_secs_f64() - 30.0 * turn as f64;
        assert!(off.abs() <= 3.1, "look {turn} is {off} s off");
    }
    let gaps: std::collections::BTreeSet<_> = asked.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    assert!(gaps.len() > 50, "jitter varies: {gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn each_check_has_its_own_interval() {
    let monitor = monitor();
    let (often, seldom) = (Probe::new([Does::Pass]), Probe::new([Does::Pass]));
    let every = |probe: &Probe, name, seconds| {
        Monitored::new(name, probe.check()).every(Duration::from_secs(seconds)).timeout(Duration::from_secs(1)).jitter(Percent::ZERO)
    };
    monitor.add(every(&often, "often", 10)).unwrap();
    monitor.add(every(&seldom, "seldom", 100)).unwrap();
    seconds(1_000).await;
    assert_eq!((often.asked().len(), seldom.asked().len()), (100, 10));
}

#[tokio::test(start_paused = true)]
async fn two_monitors_that_start_together_do_not_look_together() {
    let probe = Probe::new([Does::Pass]);
    let monitors: Vec<_> = (0..200).map(|_| monitor()).collect();
    for monitor in &monitors {
        monitor.add(Monitored::new("probe", probe.check()).jitter(Percent::ZERO)).unwrap();
    }
    seconds(30).await;
    let first = probe.asked().into_iter().min().unwrap();
    let quarter = |number| probe.asked().iter().filter(|at| ((**at - first).as_secs_f64() / 7.5) as usize == number).count();
    // 200 in four quarters: 50 each, by chance with a deviation of 6.
    assert!((0..4).all(|number| (15..=95).contains(&quarter(number))), "{:?}", [quarter(0), quarter(1), quarter(2), quarter(3)]);
}
