//! What goes over the control endpoint, as JSON.

mod event;
mod observation;
mod refusal;
mod request;
mod routes;
mod stats;
mod window;

pub use event::{Event, Happening};
pub use observation::{Observation, Preview, RevisionView, RolloutState, RolloutView, ServiceView};
pub use refusal::{Refusal, RefusalKind};
pub use request::{BEHAVIOUR, Done, Effect, Launch, Launched, Release, Replace, Retire, Route, Scale, Stop};
pub use routes::{Routes, TestRule, WHOLE};
pub use stats::{LaunchRecord, ServiceStats, Stats, VersionStats};
pub use window::{MetricsQuery, MetricsWindow, TimeRange, WindowData};
