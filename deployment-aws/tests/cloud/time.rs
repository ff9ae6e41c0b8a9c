//! Calls in real time from users in virtual time.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{runtime::Runtime, task::spawn_blocking};

/// Where what talks to the cloud runs.
pub(crate) static REAL_TIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// Runs in real time. The caller's own time stands still meanwhile, also after the caller has given it up.
pub(crate) async fn in_real_time<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    spawn_blocking(move || REAL_TIME.block_on(work)).await.unwrap()
}

/// Runs in real time. Nothing else is done in the caller's thread meanwhile.
pub(crate) fn in_no_time<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let (tell, told) = std::sync::mpsc::channel();
    REAL_TIME.spawn(async move { tell.send(work.await) });
    told.recv().unwrap()
}

/// Runs in virtual time, which goes on only where nothing is under way in real time.
pub(crate) fn virtually<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(work)
}

/// An account's time since its beginning, in whole milliseconds. It never goes back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn time(&self) -> Duration {
        Duration::from_millis(self.millis())
    }

    pub(crate) fn millis(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn reach(&self, time: Duration) {
        self.0.fetch_max(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }
}
