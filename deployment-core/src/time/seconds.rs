//! Durations in stored data: seconds as a decimal number, so that a person can read them. For `#[serde(with = "…")]`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes seconds, to the millisecond.
///
/// # Errors
/// The serializer's own.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis % 1_000 == 0 { (millis / 1_000).serialize(serializer) } else { (millis as f64 / 1_000.0).serialize(serializer) }
}

/// Reads seconds, to the millisecond.
///
/// # Errors
/// If it is not a number of seconds.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    // Whole milliseconds: what was written is what is read, to the bit.
    Duration::try_from_secs_f64((seconds * 1_000.0).round() / 1_000.0).map_err(serde::de::Error::custom)
}

pub(crate) mod option {
    //! The same for an optional duration.
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Seconds(#[serde(with = "super")] Duration);

    pub(crate) fn serialize<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration.map(Seconds).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Seconds>::deserialize(deserializer)?.map(|seconds| seconds.0))
    }
}
