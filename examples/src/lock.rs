//! Locking without poisoning.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after another holder panicked: every critical section here leaves the data whole at each step, so refusing to
/// serve because one request handler died would only turn one failed request into all of them.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
