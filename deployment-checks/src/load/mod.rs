//! What a given rate of requests does: an open-model load test.
//!
//! Requests arrive by a timetable, whether or not earlier ones have been answered, as users do. Each is timed from the moment at which it was
//! *due*, so that a server that stalls is charged for everybody who had to wait, also for those that could not be sent (no
//! "coordinated omission": Gil Tene, *How NOT to Measure Latency*). For a fixed number of users, see
//! [`Repeated`](crate::suite::Repeated).
//!
//! | question | decision |
//! |---|---|
//! | What is sent? | any [`HealthCheck`](deployment_core::health::HealthCheck): unhealthy and errors count as failed |
//! | When? | evenly, or as a Poisson process with a seed ([`Arrivals`]) |
//! | How exact? | requests are due on whole milliseconds, and a thread of its own wakes the sender; [`LoadReport::lag`] says how late they were sent |
//! | Too many open? | a request waits for a place, and its time runs; without one by the end it has failed |
//! | Latency of what? | of every request that was due, also of those that failed, were cut off, or found no place |
//! | How stored? | HDR histogram, 3 significant digits, up to an hour |

mod arrivals;
mod check;
mod limits;
mod micros;
mod pacer;
mod report;
mod run;
mod tally;
mod test;

pub use arrivals::Arrivals;
pub use limits::LoadLimits;
pub use report::{LoadReport, Quantiles, Second};
pub use test::LoadTest;
