//! Real servers on loopback, for tests: `PostgreSQL`, Redis, Prometheus, SMTP.
//!
//! ```ignore
//! #[path = "../servers/mod.rs"]
//! mod servers;
//!
//! let database = servers::Postgres::start(PostgresOptions::default()).await;
//! database.stop(); // nobody listens
//! database.restart().await; // on the same port, with its data
//! database.pause(); // accepts connections, answers nothing
//! ```
//!
//! The programs come by `setup.py`, once per `target` folder. Each server has a free port and a folder of its own, which is removed with it.
//! A server ends with everything it has started when it is dropped, and also when the test is killed: `supervise.py` sees its input end.
//! What cannot be set up fails the test and says what to install. Needs tokio's time running (no paused time).

#![allow(dead_code, unused_imports, reason = "each test binary uses the part that it needs")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test's helper that cannot go on fails the test")]

mod certificates;
mod postgres;
mod process;
mod programs;
mod prometheus;
mod redis;
mod smtp;

pub(crate) use certificates::{Authority, Certificate};
pub(crate) use postgres::{Postgres, PostgresOptions};
pub(crate) use process::Process;
pub(crate) use programs::{Programs, folder, set_up};
pub(crate) use prometheus::{Prometheus, PrometheusOptions};
pub(crate) use redis::{Redis, RedisOptions};
pub(crate) use smtp::{Smtp, SmtpOptions, Tls};
