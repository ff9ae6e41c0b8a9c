//! Values of a document, by JSON pointers.

use deployment_core::{Result, Timestamp};
use serde_json::Value;

use crate::metric::stop::Stop;

pub(super) fn wrong(pointer: &str, wanted: &str) -> Stop {
    Stop::fail(format!("the value at {pointer} is not {wanted}"))
}

/// The value, which must be there.
pub(super) fn at<'a>(document: &'a Value, pointer: &str) -> Result<&'a Value, Stop> {
    match document.pointer(pointer) {
        None => Err(Stop::NoData(format!("{pointer} is missing"))),
        Some(Value::Null) => Err(Stop::NoData(format!("{pointer} is null"))),
        Some(value) => Ok(value),
    }
}

pub(super) fn number(document: &Value, pointer: &str) -> Result<f64, Stop> {
    at(document, pointer)?.as_f64().ok_or_else(|| wrong(pointer, "a number"))
}

/// A whole number that is not negative; `3.0` is one.
pub(super) fn count(pointer: &str, value: &Value) -> Result<u64, Stop> {
    let float = || value.as_f64().filter(|value| value.fract() == 0.0 && (0.0..9e15).contains(value)).map(|value| value as u64);
    value.as_u64().or_else(float).ok_or_else(|| wrong(pointer, "a whole number of at least 0"))
}

/// All of them, added up.
pub(super) fn sum(document: &Value, pointers: &[String]) -> Result<u64, Stop> {
    pointers.iter().try_fold(0, |sum: u64, pointer| Ok(sum.saturating_add(count(pointer, at(document, pointer)?)?)))
}

/// RFC 3339, or a number: from 100 000 000 000 on milliseconds since the epoch (that is 1973), below it seconds (until the year 5138).
pub(super) fn time(document: &Value, pointer: &str) -> Result<Timestamp, Stop> {
    let value = at(document, pointer)?;
    let time = match value {
        Value::String(_) => serde_json::from_value(value.clone()).ok(),
        other => other
            .as_f64()
            .filter(|number| (0.0..1e15).contains(number))
            .map(|number| Timestamp::from_millis(if number >= 1e11 { number as u64 } else { (number * 1_000.0).round() as u64 })),
    };
    time.ok_or_else(|| wrong(pointer, "a time (RFC 3339, or seconds or milliseconds since the epoch)"))
}
