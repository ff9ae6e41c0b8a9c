//! The demo service: what is deployed on the stage.
//!
//! It answers `/` with its version after a few milliseconds, `/health` and `/health/ready` with its state, and can be told to be bad in the ways
//! that releases are bad. It picks its own port and tells its supervisor by one line on standard output. It ends on SIGTERM,
//! and when its standard input ends, which also happens when its supervisor is killed: it cannot be left behind.

mod behaviour;
mod server;

pub use behaviour::{BadBehaviour, Behaviour};
pub(crate) use server::Ready;
pub use server::{DemoOptions, run};
