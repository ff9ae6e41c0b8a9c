//! Counting points, and what happens at them.

use std::{
    fmt,
    future::{Future, pending},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::call::Call;
use crate::error::{Error, ErrorKind, Result, Status};

/// Injects faults into what it wraps. Clones are the same.
///
/// After [`revive`](Faults::revive), wrap everything again: what was wrapped for the process that died stays dead, with every task
/// that the process may have left behind.
#[derive(Clone, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    dead: watch::Sender<bool>,
    frozen: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    /// What has been passed, in words.
    points: Vec<String>,
    crash_at: Option<usize>,
    freeze_at: Option<usize>,
    process: u64,
    dead: bool,
    plans: Vec<Plan>,
}

/// A fault that is set.
struct Plan {
    call: Call,
    seen: u64,
    fault: Fault,
}

/// What becomes of a call at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    Free,
    /// Until the thaw.
    Held,
    Never,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Fails(ErrorKind, Status),
    LosesAnswer,
    Hangs,
    HangsAfter,
    Kills,
    KillsAfter,
}

impl Faults {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The process dies when it reaches point number `point`, counted from 0 over all processes. Its calls are never answered again.
    pub fn crash_at(&self, point: usize) {
        self.state().crash_at = Some(point);
    }

    /// Completes when the process is dead: the harness then drops what it was running.
    pub async fn crashed(&self) {
        let mut dead = self.0.dead.subscribe();
        // The sender lives as long as `self`.
        let _ = dead.wait_for(|dead| *dead).await;
    }

    /// The process is frozen when it reaches point number `point`: this call and all that follow are held there until the
    /// [`thaw`](Faults::thaw). Then they go on, a changing call to a target or action even if its caller has given it up meanwhile: it
    /// was on its way.
    pub fn freeze_at(&self, point: usize) {
        self.state().freeze_at = Some(point);
    }

    /// Completes when the process is frozen.
    pub async fn frozen(&self) {
        let mut frozen = self.0.frozen.subscribe();
        let _ = frozen.wait_for(|frozen| *frozen).await;
    }

    /// Lets a frozen process go on.
    pub fn thaw(&self) {
        self.state().freeze_at = None;
        self.0.frozen.send_replace(false);
    }

    /// Whether the process is dead.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// The next process begins. Faults that are set stay set; a crash can be set again.
    pub fn revive(&self) {
        let mut state = self.state();
        state.process += 1;
        state.dead = false;
        state.crash_at = None;
        self.0.dead.send_replace(false);
    }

    /// These calls fail before they have an effect, with an error that says so truthfully.
    pub fn fail(&self, call: impl Into<Call>, kind: ErrorKind, status: Status) {
        self.set(call.into(), Fault::Fails(kind, status));
    }

    /// These calls have their effect, and then an error that says that nobody knows.
    pub fn lose_answer(&self, call: impl Into<Call>) {
        self.set(call.into(), Fault::LosesAnswer);
    }

    /// These calls have no effect and are never answered.
    pub fn hang(&self, call: impl Into<Call>) {
        self.set(call.into(), Fault::Hangs);
    }

    /// These calls have their effect and are never answered.
    pub fn hang_after(&self, call: impl Into<Call>) {
        self.set(call.into(), Fault::HangsAfter);
    }

    /// The process dies before these calls have an effect.
    pub fn crash_before(&self, call: impl Into<Call>) {
        self.set(call.into(), Fault::Kills);
    }

    /// The process dies when these calls have been answered, before it knows.
    pub fn crash_after(&self, call: impl Into<Call>) {
        self.set(call.into(), Fault::KillsAfter);
    }

    fn set(&self, call: Call, fault: Fault) {
        self.state().plans.push(Plan { call, seen: 0, fault });
    }

    /// Takes back every fault, crash and frost that was set and has not come yet.
    pub fn clear(&self) {
        let mut state = self.state();
        state.plans.clear();
        state.crash_at = None;
        state.freeze_at = None;
    }

    /// Every point that was reached so far, in order: `before backend.launch`, `after backend.launch`, ….
    #[must_use]
    pub fn points(&self) -> Vec<String> {
        self.state().points.clone()
    }

    pub(super) fn wrap<T: ?Sized>(&self, subject: impl Into<String>, inner: Arc<T>) -> Wrapped<T> {
        Wrapped { faults: self.clone(), process: self.state().process, subject: subject.into(), inner }
    }

    fn reach(&self, process: u64, point: String) -> Passage {
        let mut state = self.state();
        if state.dead || state.process != process {
            return Passage::Never;
        }
        let number = state.points.len();
        state.points.push(point);
        if state.crash_at == Some(number) {
            self.die(&mut state);
            return Passage::Never;
        }
        if state.freeze_at == Some(number) {
            self.0.frozen.send_replace(true);
        }
        if *self.0.frozen.borrow() { Passage::Held } else { Passage::Free }
    }

    fn die(&self, state: &mut State) {
        state.dead = true;
        self.0.dead.send_replace(true);
    }

    fn fault(&self, subject: &str, method: &str) -> Option<Fault> {
        let mut state = self.state();
        let mut found = None;
        for plan in state.plans.iter_mut().filter(|plan| plan.call.is_named(subject, method)) {
            plan.seen += 1;
            if found.is_none() && plan.call.covers(plan.seen) {
                found = Some(plan.fault);
            }
        }
        found
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Faults").field("points", &state.points.len()).field("dead", &state.dead).finish()
    }
}

/// Something wrapped for one process.
#[derive(Debug)]
pub(super) struct Wrapped<T: ?Sized> {
    faults: Faults,
    process: u64,
    subject: String,
    pub(super) inner: Arc<T>,
}

impl<T: ?Sized> Clone for Wrapped<T> {
    fn clone(&self) -> Self {
        Self { faults: self.faults.clone(), process: self.process, subject: self.subject.clone(), inner: Arc::clone(&self.inner) }
    }
}

impl<T: ?Sized + Send + Sync + 'static> Wrapped<T> {
    /// One call that changes something. Once begun it is on its way, as a request on a network is: giving it up does not call it back.
    pub(super) async fn send<R: Send + 'static>(
        &self,
        method: &'static str,
        effect: impl Future<Output = Result<R>> + Send + 'static,
    ) -> Result<R> {
        let wrapped = self.clone();
        let sent = tokio::spawn(async move { wrapped.call(method, effect).await });
        sent.await.map_err(|error| Error::new(ErrorKind::Failed, method, "what is wrapped has panicked").in_doubt().because(error))?
    }

    /// One call of the wrapped thing, with whatever is to happen to it.
    pub(super) async fn call<R: Send>(&self, method: &'static str, effect: impl Future<Output = Result<R>> + Send) -> Result<R> {
        self.point("before", method).await;
        let fault = self.faults.fault(&self.subject, method);
        let answer = match fault {
            Some(Fault::Hangs) => return pending().await,
            Some(Fault::Kills) => return self.die().await,
            Some(Fault::Fails(kind, status)) => Err(Error::new(kind, method, "injected fault").with_status(status)),
            _ => effect.await,
        };
        self.point("after", method).await;
        match fault {
            Some(Fault::HangsAfter) => pending().await,
            Some(Fault::KillsAfter) => self.die().await,
            Some(Fault::LosesAnswer) => Err(Error::new(ErrorKind::Unreachable, method, "injected fault: the answer was lost").in_doubt()),
            _ => answer,
        }
    }

    /// Does not come back. Only a process that passes points can die of it.
    async fn die<R>(&self) -> R {
        self.faults.die(&mut self.faults.state());
        pending().await
    }

    /// Passes a point, or never does.
    async fn point(&self, when: &str, method: &str) {
        match self.faults.reach(self.process, format!("{when} {}.{method}", self.subject)) {
            Passage::Free => {}
            Passage::Held => {
                let mut frozen = self.faults.0.frozen.subscribe();
                let _ = frozen.wait_for(|frozen| !frozen).await;
            }
            Passage::Never => pending().await,
        }
    }
}
