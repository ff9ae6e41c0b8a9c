//! Keeping one instance running until it is dismissed.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout};

use super::{
    super::wire::{Happening, Release},
    instance::{Instance, Phase, Upstream},
    probe,
    process::Process,
    state::Service,
};

/// Waits between restarts: doubling from the first to the last.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LAST_WAIT: Duration = Duration::from_secs(5);
/// A process that ran this long did not crash because of its start: the next wait is the first again.
const STEADY: Duration = Duration::from_secs(10);

/// How a process ended.
enum End {
    /// It was dismissed, and finished what it was answering.
    Dismissed,
    /// It ended by itself.
    Crashed(String),
}

/// Keeps `instance` running, with a new process after each crash, until it is dismissed.
pub(super) async fn keep(service: Arc<Service>, revision: String, release: Release, instance: Arc<Instance>) {
    let mut wait = FIRST_WAIT;
    loop {
        let began = Instant::now();
        match live(&service, &release, &instance).await {
            End::Dismissed => break,
            End::Crashed(reason) => service.crashed(&revision, &instance, reason),
        }
        if began.elapsed() > STEADY {
            wait = FIRST_WAIT;
        }
        tokio::select! {
            () = instance.dismissed() => break,
            () = sleep(wait) => {}
        }
        wait = (wait * 2).min(LAST_WAIT);
        service.restarted(&revision);
    }
    service.left(&revision, &instance);
}

/// One process from its start to its end.
async fn live(service: &Service, release: &Release, instance: &Instance) -> End {
    let mut process = match Process::start(&service.settings.program, release) {
        Ok(process) => process,
        Err(error) => return End::Crashed(format!("it could not be started: {error}")),
    };
    let address = tokio::select! {
        () = instance.dismissed() => {
            process.stop().await;
            return End::Dismissed;
        }
        address = process.address() => address,
    };
    let upstream = match address {
        Ok(address) => Arc::new(Upstream::new(address)),
        Err(error) => return End::Crashed(format!("{}: {error}", process.stop().await)),
    };
    service.happened(Happening::InstanceStarted { instance: instance.name.clone(), process: process.id() });
    service.enter(instance, Phase::Starting);
    tokio::select! {
        end = process.ended() => return End::Crashed(end),
        () = instance.dismissed() => {}
        never = probe::watch(service, instance, &upstream) => match never {},
    }
    tokio::select! {
        // Nothing is in flight to a process that is gone, and it was to end anyway.
        _ = process.ended() => {}
        _ = timeout(service.settings.drain, instance.idle()) => {}
    }
    process.stop().await;
    End::Dismissed
}
