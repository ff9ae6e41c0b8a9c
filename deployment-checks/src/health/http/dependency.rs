//! What a service says of what it needs.

use deployment_core::health::HealthStatus;
use serde_json::{Map, Value};

use super::word;

/// Fields that have several dependencies each, by name or as a list.
const GROUPS: [&str; 5] = ["dependencies", "databases", "checks", "components", "services"];

/// Fields that are one dependency each.
const SINGLE: [&str; 4] = ["database", "db", "cache", "migrations"];

/// How deep groups within groups are followed.
const DEEPEST: usize = 4;

/// Something that a service needs, as the service says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Its name, with the group's before it: `cache`, `databases.main`.
    pub name: String,
    /// How it is; `None` if the service says so in a word that nobody knows.
    pub status: Option<HealthStatus>,
}

/// All that `body` speaks of, in its order.
pub(super) fn all(body: &Map<String, Value>) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (field, value) in body {
        let name = field.as_str();
        if name == "migrations" {
            found.extend(migrations(value).map(|status| Dependency { name: name.into(), status }));
        } else if GROUPS.contains(&name) {
            group(if name == "databases" { "databases" } else { "" }, value, DEEPEST, &mut found);
        } else if SINGLE.contains(&name) {
            one(name, value, DEEPEST, &mut found);
        }
    }
    found
}

/// A group: a thing of its own if it says how it is, else whatever is in it.
fn group(name: &str, value: &Value, depth: usize, found: &mut Vec<Dependency>) {
    match value {
        Value::Object(fields) => match word::of_object(fields).filter(|_| !name.is_empty()) {
            Some(status) => found.push(Dependency { name: name.into(), status }),
            None => fields.iter().for_each(|(key, value)| one(&within(name, key), value, depth, found)),
        },
        Value::Array(values) => {
            for (i, value) in values.iter().enumerate() {
                let own = value.get("name").and_then(Value::as_str).map_or_else(|| i.to_string(), str::to_owned);
                one(&within(name, &own), value, depth, found);
            }
        }
        _ if name.is_empty() => {}
        value => one(name, value, depth, found),
    }
}

fn one(name: &str, value: &Value, depth: usize, found: &mut Vec<Dependency>) {
    let status = match value {
        Value::String(text) => word::status(text),
        Value::Bool(up) => Some(word::flag(*up)),
        Value::Object(fields) => match word::of_object(fields) {
            Some(status) => status,
            None if depth > 0 && fields.values().any(|value| value.is_object() || value.is_boolean()) => {
                return group(name, value, depth - 1, found);
            }
            None => None,
        },
        Value::Array(_) if depth > 0 => return group(name, value, depth - 1, found),
        _ => None,
    };
    found.push(Dependency { name: name.into(), status });
}

/// Pending migrations decide, then the status. An object that speaks of neither says nothing.
fn migrations(value: &Value) -> Option<Option<HealthStatus>> {
    let Value::Object(fields) = value else {
        let mut found = Vec::new();
        one("migrations", value, 0, &mut found);
        return found.pop().map(|dependency| dependency.status);
    };
    let pending = fields.get("pending").and_then(|pending| match pending {
        Value::Bool(pending) => Some(*pending),
        Value::Number(count) => Some(count.as_f64() != Some(0.0)),
        Value::Array(names) => Some(!names.is_empty()),
        _ => None,
    });
    match (pending, word::of_object(fields)) {
        (Some(true), _) => Some(Some(HealthStatus::Unhealthy)),
        (_, Some(status)) => Some(status),
        (Some(false), None) => Some(Some(HealthStatus::Healthy)),
        (None, None) => {
            let done = ["up_to_date", "current", "complete", "applied"].iter().find_map(|flag| fields.get(*flag)?.as_bool());
            done.map(|done| Some(word::flag(done)))
        }
    }
}

fn within(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{group}.{name}") }
}
