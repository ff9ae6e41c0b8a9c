//! The cloud that tests talk to: an emulator on a port of loopback, and a proxy that makes the way to it bad.
//!
//! ```ignore
//! #[path = "../cloud/mod.rs"]
//! mod cloud;
//!
//! let cloud = cloud::Cloud::get().await; // one for all tests of this binary
//! let config = cloud.config();
//! ```
//!
//! `setup.py` puts what it runs on into `target`, once. It ends with the test's process, however that ends: see the supervisor of the real
//! servers of `deployment-checks`, which this uses.

#![allow(dead_code, unused_imports, reason = "each test binary uses the part that it needs")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test's helper that cannot go on fails the test")]

mod client;
mod dates;
#[path = "../../../deployment-checks/tests/servers/process.rs"]
mod process;
mod programs;
mod protocol;
mod proxy;
mod server;
mod time;
mod world;

pub(crate) use dates::{BEGINNING, HOUR, MINUTE, effect};
pub(crate) use programs::{Programs, folder, set_up, set_up_with};
pub(crate) use proxy::{Fault, Proxy};
pub(crate) use server::{Cloud, config};
pub(crate) use time::{REAL_TIME, in_real_time, virtually};
pub(crate) use world::{DRIVER, World};
