//! Whether an account has room for the tasks that a deployment starts: [`Capacity`].
//!
//! | what | compared with |
//! |---|---|
//! | addresses of tasks with one of their own | what is free in their subnets |
//! | vCPUs on Fargate, on demand and Spot | the account's quota and what of it is used |
//! | room on instances | what is left on those of the cluster that are `ACTIVE` and connected |

mod addresses;
mod ec2;
mod endpoint;
mod fargate;
mod form;
mod instances;
mod machines;
mod quota;
mod room;
mod supply;

pub use supply::Capacity;
