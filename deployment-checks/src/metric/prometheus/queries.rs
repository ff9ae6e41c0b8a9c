//! Which counters say what a revision did.

use std::collections::BTreeMap;

use deployment_core::{Error, Result};

use super::selector::{Selector, labels};
use crate::metric::Unit;

/// The counters to read: requests, and if wanted errors, latencies and whether scrapes worked.
///
/// Each is a *selector* with variables, no expression: its raw samples are read, and what grew between them is counted
/// ([why](super#counting)). `$revision`, `$target`, `$service` and `$environment` stand in strings and cannot leave them, nor match
/// more than themselves in a regular expression. `$$` is a dollar sign.
///
/// ```
/// use deployment_checks::metric::{Unit, prometheus::Queries};
///
/// let queries = Queries::new(r#"http_requests_total{service="$service",version="$revision"}"#)?
///     .errors_where(r#"code=~"5..""#)?
///     .latency(r#"http_request_duration_seconds_bucket{service="$service",version="$revision"}"#, Unit::Seconds)?
///     .up(r#"up{job="$service"}"#)?;
/// assert!(Queries::new(r#"rate(http_requests_total{version="$revision"}[5m])"#).is_err(), "a counter, not an expression");
/// assert!(Queries::new(r#"http_requests_total{version="$version"}"#).unwrap_err().to_string().contains("$revision"));
/// # let _ = queries;
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Queries {
    pub(super) requests: Selector,
    pub(super) errors: Errors,
    pub(super) latency: Option<(Selector, Unit)>,
    pub(super) up: Option<Selector>,
    scope: Scope,
}

#[derive(Debug, Clone)]
pub(super) enum Errors {
    /// Nobody counts them: a measurement has none. For sources that are asked for rates only.
    Uncounted,
    /// Some of the requests: the selector, and the labels that tell them apart.
    Among(Selector, Vec<String>),
    /// A counter of its own.
    Counter(Selector),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Revision,
    Service,
}

impl Queries {
    /// `requests`: the counter of requests of one revision.
    ///
    /// # Errors
    /// If it is no selector, or says nothing of `$revision`.
    pub fn new(requests: &str) -> Result<Self> {
        Self::of(requests, Scope::Revision)
    }

    /// The same for a whole service, whatever revision is asked for: for comparing before and after, not for judging a candidate.
    ///
    /// # Errors
    /// If it is no selector.
    pub fn of_service(requests: &str) -> Result<Self> {
        Self::of(requests, Scope::Service)
    }

    fn of(requests: &str, scope: Scope) -> Result<Self> {
        let requests = selector("requests", requests, scope)?;
        Ok(Self { requests, errors: Errors::Uncounted, latency: None, up: None, scope })
    }

    /// Errors are those requests that also match these, such as `code=~"5.."`. If requests carry the label and none matches, there
    /// were none; if none carries it, that is an error.
    ///
    /// # Errors
    /// If these are no matchers.
    pub fn errors_where(mut self, matchers: &str) -> Result<Self> {
        self.errors = Errors::Among(self.requests.narrowed("errors", matchers)?, labels(matchers));
        Ok(self)
    }

    /// Errors have a counter of their own. It must exist from the start: an instance that has requests and no such counter is *no
    /// data*.
    ///
    /// # Errors
    /// If it is no selector, or says nothing of `$revision`.
    pub fn errors(mut self, selector_: &str) -> Result<Self> {
        self.errors = Errors::Counter(selector("errors", selector_, self.scope)?);
        Ok(self)
    }

    /// Latencies: the buckets (`…_bucket`) of a classic histogram over the same requests.
    ///
    /// # Errors
    /// If it is no selector, or says nothing of `$revision`.
    pub fn latency(mut self, buckets: &str, unit: Unit) -> Result<Self> {
        self.latency = Some((selector("latency", buckets, self.scope)?, unit));
        Ok(self)
    }

    /// `up` of the instances: a scrape that failed in the window makes it *no data*.
    ///
    /// # Errors
    /// If it is no selector.
    pub fn up(mut self, selector_: &str) -> Result<Self> {
        self.up = Some(selector("up", selector_, Scope::Service)?);
        Ok(self)
    }

    /// What is read, by name.
    pub(super) fn selectors(&self) -> BTreeMap<What, &Selector> {
        let errors = match &self.errors {
            Errors::Uncounted => None,
            Errors::Among(selector, _) | Errors::Counter(selector) => Some(selector),
        };
        let latency = self.latency.as_ref().map(|(selector, _)| selector);
        let all = [(What::Requests, Some(&self.requests)), (What::Errors, errors), (What::Latency, latency), (What::Up, self.up.as_ref())];
        all.into_iter().filter_map(|(name, selector)| Some((name, selector?))).collect()
    }
}

/// One of the series that a measurement is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Requests,
    Errors,
    Latency,
    Up,
}

fn selector(field: &'static str, text: &str, scope: Scope) -> Result<Selector> {
    let selector = Selector::parse(field, text)?;
    if scope == Scope::Revision && !selector.has("revision") {
        let fix = "add a matcher such as version=\"$revision\", or begin with Queries::of_service if no revision is meant";
        return Err(Error::invalid(field, format!("$revision is not in it, so that every revision would look the same; {fix}, in {text}")));
    }
    Ok(selector)
}
