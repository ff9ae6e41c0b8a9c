//! Alarms: [`Alarms`].

mod check;
mod fetch;
mod gate;
mod precondition;
mod set;
mod state;

pub use set::{Alarms, Firing, Insufficient};
