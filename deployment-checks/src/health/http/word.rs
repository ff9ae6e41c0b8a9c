//! The words in which services say how they are.

use deployment_core::health::HealthStatus;
use serde_json::{Map, Value};

const GOOD: &str = " healthy ok okay up pass passed passing ready alive live available connected online operational running serving success green \
                    true up_to_date uptodate current complete completed applied none ";
const FAIR: &str = " degraded warn warning partial partially_available slow yellow ";
const BAD: &str = " unhealthy not_ready notready down fail failed failing failure error critical unavailable disconnected offline dead \
                   out_of_service stopped not_serving timeout red false pending in_progress behind outdated starting ";

/// The fields of an object that say how it is, the most telling first.
const FIELDS: [&str; 3] = ["status", "state", "health"];
const FLAGS: [&str; 7] = ["available", "healthy", "connected", "ready", "up", "ok", "alive"];

/// What a word says; `None` if nobody knows it.
pub(super) fn status(word: &str) -> Option<HealthStatus> {
    let word = word.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    let within = |list: &str| !word.is_empty() && list.split_whitespace().any(|known| known == word);
    [(GOOD, HealthStatus::Healthy), (FAIR, HealthStatus::Degraded), (BAD, HealthStatus::Unhealthy)]
        .into_iter()
        .find_map(|(list, status)| within(list).then_some(status))
}

pub(super) fn flag(up: bool) -> HealthStatus {
    if up { HealthStatus::Healthy } else { HealthStatus::Unhealthy }
}

/// What an object says of itself: by a word, a flag, or how many of how many are available. `None` if it says nothing; a word that nobody
/// knows is `Some(None)`.
pub(super) fn of_object(object: &Map<String, Value>) -> Option<Option<HealthStatus>> {
    for field in FIELDS {
        match object.get(field) {
            Some(Value::String(word)) => return Some(status(word)),
            Some(Value::Bool(up)) => return Some(Some(flag(*up))),
            _ => {}
        }
    }
    for field in FLAGS {
        match object.get(field) {
            Some(Value::Bool(up)) => return Some(Some(flag(*up))),
            Some(Value::Number(count)) => return Some(counted(count.as_u64()?, object.get("total").and_then(Value::as_u64))),
            Some(Value::String(word)) => return Some(status(word)),
            _ => {}
        }
    }
    object.get("error").filter(|error| !error.is_null()).map(|_| Some(HealthStatus::Unhealthy))
}

fn counted(available: u64, total: Option<u64>) -> Option<HealthStatus> {
    Some(match total {
        _ if available == 0 => HealthStatus::Unhealthy,
        Some(total) if available < total => HealthStatus::Degraded,
        _ => HealthStatus::Healthy,
    })
}
