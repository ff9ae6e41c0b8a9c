//! What is expected of HTTP answers: what meets it, what does not, and in which words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bad;
mod rules;

use std::time::Duration;

use deployment_checks::expect::{Answer, Expect};
use http::{HeaderMap, HeaderValue};

/// What this answer does not meet, as sentences.
fn unmet(expect: &Expect, status: u16, headers: &[(&'static str, &[u8])], body: &[u8], millis: u64) -> Vec<String> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value).unwrap());
    }
    let answer = Answer { status, headers: &map, body, latency: Duration::from_millis(millis) };
    expect.unmet(&answer).iter().map(ToString::to_string).collect()
}
