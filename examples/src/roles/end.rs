//! When a process of ours has to end.

use std::{future::pending, io, thread};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
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
pub(crate) async fn asked_by_signal() {
    match Asked::listen() {
        Ok(mut asked) => asked.next().await,
        // Without handlers both signals end the process by themselves.
        Err(_) => pending().await,
    }
}

/// Listens for SIGTERM and SIGINT.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Asked {
    terminate: Signal,
    interrupt: Signal,
}

#[cfg(unix)]
impl Asked {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Completes at the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Listens for Ctrl-C.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Asked;

#[cfg(not(unix))]
impl Asked {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// Completes at the next one.
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending().await
        }
    }
}
