//! Whether there is room for what a deployment starts, over the wire.

mod addresses;
mod demand;
mod fargate;
mod instances;
mod support;
mod together;
mod unlooked;
