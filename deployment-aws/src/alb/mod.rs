//! Traffic between target groups: the weighted rules of an application load balancer.
//!
//! [`AlbRouter`] sets and reads back the weights of one rule, sends test requests by a header or a listener of their own, and says how the
//! targets are. [`EcsBlueGreen`](crate::ecs::EcsBlueGreen) deploys with it; by itself it serves targets of your own.
//!
//! | what | how |
//! |---|---|
//! | shares | [`Weights`]: exact for every multiple of 0.1 %, refused if they would be read back as something else |
//! | one change of the split | one `ModifyRule`, or `ModifyListener` where the rule is a listener's default action |
//! | what somebody else has changed | shows in [`routes`](AlbRouter::routes), and is not overwritten by [`set`](AlbRouter::set) |
//! | actions before the forward, which authenticate | stay as they are |
//!
//! **What a role needs**: `elasticloadbalancing:DescribeRules`, `DescribeTargetHealth` and `ModifyRule` (or `ModifyListener`); for header rules
//! `CreateRule` and `DeleteRule`; for listeners for tests `ModifyListener`; for [`check`](AlbRouter::check) also `DescribeListeners`,
//! `DescribeLoadBalancers`, `DescribeTargetGroups` and `DescribeTargetGroupAttributes`.
//!
//! Tested over the wire against an emulator; never yet run against AWS.

mod action;
mod arn;
mod calls;
mod check;
mod health;
mod router;
mod routes;
mod seen;
mod weights;

pub use arn::TargetGroup;
pub use health::GroupHealth;
pub use router::AlbRouter;
pub use routes::GroupRoutes;
pub use weights::Weights;
