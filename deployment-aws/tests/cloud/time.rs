//! Calls in real time from users in virtual time.

use std::sync::LazyLock;

use tokio::{runtime::Runtime, task::spawn_blocking};

/// Where what talks to the cloud runs.
pub(crate) static REAL_TIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// Runs in real time. The caller's own time stands still meanwhile, also after the caller has given it up.
pub(crate) async fn in_real_time<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    spawn_blocking(move || REAL_TIME.block_on(work)).await.unwrap()
}

/// Runs in virtual time, which goes on only where nothing is under way in real time.
pub(crate) fn virtually<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(work)
}
