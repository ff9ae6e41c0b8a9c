//! AWS plugins for [`deployment_core`]: ECS targets, load balancer routing, backups, metrics and a shared journal.
//!
//! The crate is reserved: its plugins arrive with the next release, and it builds no SDK until then.
