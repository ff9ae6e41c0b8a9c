//! Trying again: the one layer that does so for the journal.

use std::time::Duration;

use deployment_core::{Error, ErrorKind, Result, Status};
use tokio::time::{Instant, sleep};

/// The longest pause before the second try; it doubles with each.
const FIRST: Duration = Duration::from_millis(25);
/// The longest pause of all.
const LONGEST: Duration = Duration::from_secs(2);

/// For how long a call is tried again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience(pub(super) Duration);

impl Patience {
    /// Tries until it succeeds, fails for good, or patience ends; `read` says what an answer means. A change must be one that can be sent
    /// twice. If one try may have had its effect, so may the whole.
    pub(super) async fn keep<A, E, T, F>(self, mut attempt: impl FnMut() -> F, read: impl Fn(Result<A, E>) -> Result<T>) -> Result<T>
    where
        F: Future<Output = Result<A, E>>,
    {
        let until = Instant::now() + self.0;
        let (mut longest, mut in_doubt) = (FIRST, false);
        loop {
            let error = match read(attempt().await) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            in_doubt |= error.status() == Status::InDoubt;
            // Full jitter, so that many who were refused together do not come back together.
            let pause = longest.mul_f64(fastrand::f64());
            if !helps(&error) || Instant::now() + pause >= until {
                return Err(if in_doubt { error.in_doubt() } else { error });
            }
            sleep(pause).await;
            longest = (longest * 2).min(LONGEST);
        }
    }
}

fn helps(error: &Error) -> bool {
    let on_the_way = error.kind().is_access() || error.kind() == ErrorKind::Conflict;
    on_the_way && error.status() != Status::Permanent
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience(Duration::from_secs(30));

    fn unreachable() -> Error {
        Error::new(ErrorKind::Unreachable, "append", "no")
    }

    /// Tries with these errors, the last one again and again; what came of it, and how many tries there were.
    async fn tried(errors: &[fn() -> Error]) -> (Error, usize) {
        let mut tries = 0;
        let attempt = || {
            tries += 1;
            std::future::ready(Err::<(), Error>(errors[(tries - 1).min(errors.len() - 1)]()))
        };
        let failed = PATIENCE.keep(attempt, |answer| answer).await.unwrap_err();
        (failed, tries)
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_within_its_time() {
        let began = Instant::now();
        let (failed, tries) = tried(&[unreachable]).await;
        assert!(began.elapsed() <= PATIENCE.0, "{:?}", began.elapsed());
        assert!(tries > 15, "{tries} tries");
        assert_eq!(failed.status(), Status::Temporary);
    }

    #[tokio::test(start_paused = true)]
    async fn one_try_in_doubt_leaves_the_whole_in_doubt() {
        let (failed, _) = tried(&[|| unreachable().in_doubt(), unreachable]).await;
        assert_eq!(failed.status(), Status::InDoubt);
    }

    #[tokio::test(start_paused = true)]
    async fn what_trying_again_does_not_help_is_said_at_once() {
        let denied = || Error::new(ErrorKind::Unauthorized, "append", "denied").with_status(Status::Permanent);
        let wrong = || Error::new(ErrorKind::InvalidInput, "append", "wrong");
        assert_eq!(tried(&[denied]).await.1, 1);
        assert_eq!(tried(&[wrong]).await.1, 1);
    }
}
