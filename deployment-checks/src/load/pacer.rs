//! Wakes the sender when a request is due.

use std::{
    pin::pin,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
};

use deployment_core::{Error, ErrorKind, Result};
use futures::future::select;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// A thread that waits beside the runtime's timer, which counts whole milliseconds and may be two late; the operating system's is off by
/// some 0.1 ms. The thread ends when this is dropped.
///
/// The moment itself is told by Tokio's clock alone: in paused time, where the thread knows nothing, the timer comes first.
#[derive(Debug)]
pub(super) struct Pacer {
    asked: Sender<Instant>,
    woken: Arc<Notify>,
}

impl Pacer {
    pub(super) fn start() -> Result<Self> {
        let (asked, moments) = mpsc::channel();
        let woken = Arc::new(Notify::new());
        let waker = Arc::clone(&woken);
        let thread = thread::Builder::new().name("load-pacer".into()).spawn(move || wake(&moments, &waker));
        let refused =
            |error| Error::new(ErrorKind::RateLimited, "load test", "this machine has no thread for it: do less at once").because(error);
        thread.map_err(refused)?;
        Ok(Self { asked, woken })
    }

    /// Waits until `moment`, never less.
    pub(super) async fn until(&self, moment: Instant) {
        if Instant::now() >= moment {
            return;
        }
        // Without the thread there is still the timer.
        let _ = self.asked.send(moment);
        let mut timer = pin!(sleep_until(moment));
        // A wake-up may be meant for an earlier moment.
        while Instant::now() < moment {
            select(timer.as_mut(), pin!(self.woken.notified())).await;
        }
    }
}

/// Wakes at the latest moment that was asked for, until nobody can ask any more.
fn wake(asked: &Receiver<Instant>, woken: &Notify) {
    let mut next = asked.recv().ok();
    while let Some(moment) = next {
        next = match asked.recv_timeout(moment.saturating_duration_since(Instant::now())) {
            Ok(later) => Some(later),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                woken.notify_one();
                asked.recv().ok()
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn it_wakes_without_the_timer_and_never_early() {
        let pacer = Pacer::start().unwrap();
        for micros in [0, 100, 900, 2_300] {
            let moment = Instant::now() + Duration::from_micros(micros);
            pacer.asked.send(moment).unwrap();
            pacer.woken.notified().await;
            assert!(Instant::now() >= moment);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn in_paused_time_it_goes_by_that() {
        let pacer = Pacer::start().unwrap();
        let begin = Instant::now();
        for hour in 1..100 {
            let moment = begin + Duration::from_secs(hour * 3_600);
            pacer.until(moment).await;
            assert_eq!(Instant::now(), moment);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wake_up_that_was_meant_for_an_earlier_moment_is_not_taken() {
        let pacer = Pacer::start().unwrap();
        let moment = Instant::now() + Duration::from_secs(1);
        pacer.woken.notify_one();
        pacer.until(moment).await;
        assert_eq!(Instant::now(), moment);
    }

    #[tokio::test]
    async fn its_thread_ends_with_it() {
        let pacer = Pacer::start().unwrap();
        pacer.asked.send(Instant::now() + Duration::from_secs(3_600)).unwrap();
        let thread = Arc::downgrade(&pacer.woken);
        drop(pacer);
        while thread.upgrade().is_some() {
            tokio::task::yield_now().await;
        }
    }
}
