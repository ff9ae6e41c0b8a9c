//! When a process of ours has to end.

use std::{io, thread};

use tokio::sync::oneshot;

/// Completes when standard input ends (the parent closed it, or is gone however it went) or SIGTERM or SIGINT comes.
pub(crate) async fn end_of_parent_or_sigterm() {
    tokio::select! {
        () = end_of_stdin() => {}
        () = asked_by_signal() => {}
    }
}

/// Completes when standard input ends.
///
/// A thread of its own reads it: tokio's standard input would hold up the runtime's own end.
pub(crate) async fn end_of_stdin() {
    let (ended, end) = oneshot::channel::<()>();
    thread::spawn(move || {
        // What is read does not matter, and an input that cannot be read has ended too.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(ended);
    });
    let _ = end.await;
}

/// Completes on SIGTERM or SIGINT.
#[cfg(unix)]
pub(crate) async fn asked_by_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        // Without handlers both signals end the process by themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Completes on Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn asked_by_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
