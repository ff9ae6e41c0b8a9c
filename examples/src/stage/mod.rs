//! The stage: a real place to deploy to, on one machine.
//!
//! It is a process of its own, so it outlives whoever deploys to it. Per service it runs revisions, each as a number of
//! processes that it probes, restarts and stops, behind a front proxy that splits the traffic between them, sends test requests
//! where they belong, and measures each revision second by second. Orders come as JSON over a loopback endpoint
//! ([`StageClient`]). It keeps nothing on disk, and when it ends, however it ends, its instances end with it.
//!
//! What it promises:
//! - **No request fails because of an order.** An instance leaves the rotation first, finishes what it is answering, and is
//!   stopped then. The proxy keeps no request back and sends none twice, so what a service does badly is seen.
//! - **A repeated order has no second effect**: orders are idempotent under their token, or set something absolutely.
//! - **An overtaken driver is refused**: within a deployment only the highest epoch seen may give orders.
//! - **It says what is so**: counts, routes and metrics are read from what serves, not from what was asked for.

mod client;
mod log;
mod metrics;
mod server;
mod service;
mod target;
mod wire;

pub use client::{ClientError, StageClient};
pub use metrics::StageMetrics;
pub use server::{Addresses, ServiceSpec, StageOptions, StageServer};
pub use service::PREVIEW_HEADER;
pub use target::StageTarget;
pub use wire::{
    BEHAVIOUR, Done, Effect, Event, Happening, Launch, LaunchRecord, Launched, MetricsQuery, MetricsWindow, Observation, Preview, Refusal,
    RefusalKind, Release, Replace, Retire, RevisionView, RolloutState, RolloutView, Route, Routes, Scale, ServiceStats, ServiceView, Stats,
    Stop, TestRule, TimeRange, VersionStats, WHOLE, WindowData,
};
