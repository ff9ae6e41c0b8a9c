//! When a failed call is tried again.

use std::time::Duration;

use crate::id::Token;

/// The first wait.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait.
const CAP: Duration = Duration::from_secs(30);

/// How long to wait after the `attempt`-th failure (from 1): doubling from half a second to 30 s, of which a part between a half and the
/// whole is taken, by the effect's token, so that many deployments do not come back in step. The same input gives the same wait: a replay
/// decides as the run did.
pub(super) fn backoff(token: &Token, attempt: u32) -> Duration {
    let whole = FIRST.saturating_mul(1u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX)).min(CAP);
    let spread = crc32c::crc32c_append(attempt, token.as_str().as_bytes()) % 1_000;
    whole.mul_f64(0.5 + f64::from(spread) / 2_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_never_exceed_it() {
        let token = Token::made("d/s");
        for attempt in 1..100 {
            let wait = backoff(&token, attempt);
            assert!(wait >= FIRST / 2 && wait <= CAP, "attempt {attempt}: {wait:?}");
        }
        assert!(backoff(&token, 20) >= CAP / 2);
    }
}
