//! The sweep: a deployment is killed before and after every journal append and plugin call, and again while it recovers; or frozen there
//! while another driver takes over, to thaw beside it. It must end as it would have, with everything kept that must hold.

mod defects;
mod people;
mod rig;
mod run;
mod scenario;

pub use defects::Defect;
pub use run::{Landed, Ran, Thaw};
pub use scenario::{Scenario, Situation};
