//! The bodies of health endpoints.

use deployment_core::{Error, ErrorKind, Result, Timestamp, health::HealthStatus};
use serde_json::Value;

use super::{Dependency, dependency, word};

/// What the body of a health endpoint says. One parser for the shapes of `/health`, `/healthz`, `/health/ready`, `/health/readiness`,
/// `/health/db` and `/health/dependencies`.
///
/// | field | understood as |
/// |---|---|
/// | `status`, `state`, `health` | a word (`healthy`, `ok`, `ready`, `degraded`, `not_ready`, `down` …, in any case), or a flag |
/// | `available`, `connected`, `ready`, `healthy` … | the same if there is no `status`; a number is how many, of `total` |
/// | `service`, `version`, `timestamp` | texts; the timestamp is RFC 3339 |
/// | `dependencies`, `databases`, `checks`, `components`, `services` | dependencies by name, or a list of objects with a `name` |
/// | `database`, `db`, `cache` | one dependency each: a word, a flag or an object |
/// | `migrations` | a dependency that is down while `pending` is more than 0, not empty or `true`, or by its `status` |
///
/// What it does not speak of is `None` or missing: nothing is guessed.
///
/// ```
/// use deployment_checks::health::HealthBody;
/// use deployment_core::health::HealthStatus;
///
/// let body = HealthBody::parse(br#"{"status":"ready","version":"1.4.2","databases":{"available":true},"migrations":{"pending":2},"cache":"slow"}"#)?;
/// assert_eq!((body.status, body.version.as_deref()), (Some(HealthStatus::Healthy), Some("1.4.2")));
/// let seen: Vec<_> = body.dependencies.iter().map(|it| (it.name.as_str(), it.status)).collect();
/// assert!(seen.contains(&("databases", Some(HealthStatus::Healthy))));
/// assert!(seen.contains(&("migrations", Some(HealthStatus::Unhealthy))));
/// assert!(seen.contains(&("cache", Some(HealthStatus::Degraded))));
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HealthBody {
    /// How the service says it is; `None` if it does not, or in a word that nobody knows.
    pub status: Option<HealthStatus>,
    /// Its status as written, known or not.
    pub word: Option<String>,
    /// What it says it is.
    pub service: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// When it says it looked.
    pub timestamp: Option<Timestamp>,
    /// What it says of what it needs.
    pub dependencies: Vec<Dependency>,
}

impl HealthBody {
    /// Reads a body. A body that is one word (`OK`) is understood as well.
    ///
    /// # Errors
    /// If it is neither a JSON object nor a word that is known. The message repeats nothing of it.
    pub fn parse(body: &[u8]) -> Result<Self> {
        if let Some((word, status)) = std::str::from_utf8(body).ok().and_then(|text| Some((text.trim(), word::status(text)?))) {
            return Ok(Self { status: Some(status), word: Some(word.to_owned()), ..Self::default() });
        }
        let fault = |why: String| Error::new(ErrorKind::Failed, "read health body", why);
        let value: Value = serde_json::from_slice(body).map_err(|error| fault(format!("the body is not JSON: {error}")))?;
        let Value::Object(fields) = value else { return Err(fault("the body is JSON, but not an object".into())) };
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            status: word::of_object(&fields).flatten(),
            word: text("status").or_else(|| text("state")).or_else(|| text("health")),
            service: text("service"),
            version: text("version"),
            timestamp: fields.get("timestamp").and_then(|value| serde_json::from_value(value.clone()).ok()),
            dependencies: dependency::all(&fields),
        })
    }
}
