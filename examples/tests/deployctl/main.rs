//! `deployctl` on stages of the tests' own: real processes, real requests, and what people do to them from other processes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's helper that cannot go on fails the test")]

mod halted;
mod mistakes;
mod notify;
mod rollback;
mod signals;
mod site;
mod stop;
