//! Two services behind one rule: the one that serves, and the one that gets the next release.

mod builder;
mod callers;
mod check;
mod definition;
mod demand;
mod permissions;
mod side;
mod target;
mod view;

pub use target::EcsBlueGreen;
