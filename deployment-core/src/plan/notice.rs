//! Who is told what.

use serde::{Deserialize, Serialize};

use crate::{id::PluginName, notify::Severity};

/// Which events a notifier gets. A plan without any tells every notifier everything; a plan with some tells only those that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The notifier's name in the registry.
    pub notifier: PluginName,
    /// It gets events of this severity and above.
    pub from: Severity,
}
