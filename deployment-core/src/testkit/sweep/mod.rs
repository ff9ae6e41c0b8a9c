//! The crash sweep: a deployment is killed before and after every journal append and plugin call, and again while it recovers, and must
//! end as it would have, with everything kept that must hold.

mod defects;
mod run;
mod scenario;

pub use defects::Defect;
pub use run::Ran;
pub use scenario::{Scenario, Situation};
