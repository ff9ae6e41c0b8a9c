//! One service on the stage: its revisions, their processes, and who gets which requests.
//!
//! `state` holds what is so, under one lock; `orders` changes it; `keeper` runs one process per instance and reports back;
//! `pick` chooses who answers a request; `rollout` is the stage's own way from one revision to the next.

mod instance;
mod keeper;
mod orders;
mod pick;
mod probe;
mod process;
mod recorder;
mod revision;
mod rollout;
mod series;
mod state;
mod view;
mod wheel;

pub use pick::PREVIEW_HEADER;
pub(crate) use pick::{Pick, Ticket};
pub(crate) use state::{Service, Settings};
