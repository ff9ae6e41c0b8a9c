//! What the HTTP API says.

use std::collections::BTreeMap;

use deployment_core::{Error, ErrorKind, Result, Status, Timestamp};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::series::{Answer, Series};
use crate::http::{HttpResponse, StatusCode};

#[derive(Deserialize)]
struct Envelope<'a> {
    status: &'a str,
    #[serde(borrow)]
    data: Option<Data<'a>>,
    #[serde(rename = "errorType")]
    error_type: Option<&'a str>,
    error: Option<String>,
    #[serde(default)]
    warnings: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "resultType")]
    kind: &'a str,
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct Entry {
    metric: BTreeMap<String, String>,
    value: Option<Sample>,
    values: Option<Vec<Sample>>,
    histogram: Option<IgnoredAny>,
    histograms: Option<IgnoredAny>,
}

/// Seconds, and the value as a text.
type Sample = (f64, String);

/// Reads an answer. `query` is ours and may be shown; nothing of what the server sent is.
pub(super) fn read(query: &str, response: &HttpResponse) -> Result<Answer> {
    let error = |error: Error| error.with("query", query).with("url", origin(response));
    let envelope = serde_json::from_slice::<Envelope<'_>>(response.body()).ok();
    match envelope {
        Some(Envelope { status: "success", data: Some(data), warnings, .. }) if response.status().is_success() => {
            Ok(Answer { series: series(&data).map_err(error)?, partial: !warnings.is_empty() })
        }
        Some(Envelope { status: "error", error_type: Some(kind), error: text, .. }) => {
            Err(error(refused(kind, text.as_deref().unwrap_or_default())))
        }
        _ => Err(error(unreadable(response.status()))),
    }
}

fn origin(response: &HttpResponse) -> String {
    response.url().to_string().split('?').next().unwrap_or_default().to_owned()
}

fn fail(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, "prometheus", message)
}

/// Prometheus's own errors, by its API's `errorType`.
fn refused(kind: &str, text: &str) -> Error {
    match kind {
        "bad_data" => fail(ErrorKind::InvalidInput, "the query is refused as bad data: it is no PromQL, or asks for too much"),
        "execution" if text.contains("too many samples") => fail(
            ErrorKind::Failed,
            "the query reads more samples than the server allows (query.max-samples); narrow it, or ask for less time",
        ),
        "execution" => fail(ErrorKind::Failed, "the query is understood and cannot be computed"),
        "timeout" | "canceled" => fail(ErrorKind::Unreachable, "the query took longer than the server allows"),
        "too_many_requests" => fail(ErrorKind::RateLimited, "the server asks for fewer queries"),
        "unauthorized" | "forbidden" => fail(ErrorKind::Unauthorized, "the server does not let us ask; check the credentials"),
        "unavailable" | "internal" => fail(ErrorKind::Unreachable, "the server is not able to answer now"),
        _ => fail(ErrorKind::Failed, "the server refuses the query for a reason that is not known here"),
    }
}

/// Whoever answers is no Prometheus, or something before it answers in its place.
fn unreadable(status: StatusCode) -> Error {
    let code = status.as_u16();
    match code {
        401 | 403 => fail(ErrorKind::Unauthorized, format!("status {code}; check the credentials and the tenant")),
        429 => fail(ErrorKind::RateLimited, "status 429: fewer queries are asked for"),
        408 | 500..=599 => fail(ErrorKind::Unreachable, format!("status {code}")),
        200..=299 => fail(ErrorKind::Failed, "the answer is not what Prometheus's API sends; is the URL right?"),
        300..=399 => fail(ErrorKind::Failed, format!("status {code}: a redirect, which is not followed; give the URL that it leads to")),
        _ => fail(ErrorKind::Failed, format!("status {code}; is the URL right?")).with_status(Status::Permanent),
    }
}

fn series(data: &Data<'_>) -> Result<Vec<Series>> {
    let odd = || fail(ErrorKind::Failed, "the result is not what Prometheus's API sends");
    match data.kind {
        "vector" | "matrix" => {
            let entries: Vec<Entry> = serde_json::from_str(data.result.get()).map_err(|_| odd())?;
            entries.into_iter().map(|entry| entry_series(entry).and_then(|series| series.ok_or_else(odd))).collect()
        }
        "scalar" => {
            let (at, value): Sample = serde_json::from_str(data.result.get()).map_err(|_| odd())?;
            Ok(vec![Series { labels: BTreeMap::new(), samples: vec![sample(at, &value).ok_or_else(odd)?] }])
        }
        _ => Err(fail(ErrorKind::InvalidInput, "the query gives a text; give one that gives numbers")),
    }
}

fn entry_series(entry: Entry) -> Result<Option<Series>> {
    if entry.histogram.is_some() || entry.histograms.is_some() {
        let message = "native histograms are not read; let the server keep the classic buckets too (always_scrape_classic_histograms)";
        return Err(fail(ErrorKind::Unsupported, message));
    }
    let samples = entry.values.unwrap_or_default().into_iter().chain(entry.value);
    let samples: Option<Vec<_>> = samples.map(|(at, value)| sample(at, &value)).collect();
    let rising = |samples: &Vec<(Timestamp, f64)>| samples.is_sorted_by(|(one, _), (next, _)| one < next);
    Ok(samples.filter(rising).map(|samples| Series { labels: entry.metric, samples }))
}

fn sample(at: f64, value: &str) -> Option<(Timestamp, f64)> {
    let millis = (at * 1_000.0).round();
    (0.0..1e15).contains(&millis).then_some(())?;
    Some((Timestamp::from_millis(millis as u64), value.parse().ok()?))
}
