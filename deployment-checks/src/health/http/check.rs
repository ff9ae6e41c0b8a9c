//! The check.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};

use super::{HealthBodyRules, HttpCheckBuilder};
use crate::{
    expect::{Answer, Expect},
    health::{
        Limits,
        findings::{Findings, Look, Trouble, look},
        place::candidate,
    },
    http::{HttpClient, HttpRequest, HttpResponse},
    secret::{Hidden, SafeUrl},
};

/// Asks over HTTP and looks at the answer.
///
/// # Contract
/// - **Healthy:** everything expected is so. **Degraded:** the latency's first limit; what [`HealthBodyRules`] call degraded.
///   **Unhealthy:** any expectation unmet (every status but 200 to 299, unless told otherwise), the latency's second limit, no name, no
///   connection, no whole answer in time, a certificate that does not verify, an answer that is not HTTP or breaks the client's limits.
/// - **Could not look** (`Err`): the address, also that of a redirect, is denied; the candidate has no preview endpoint; the status is 401 or
///   403 and not expected.
/// - It asks once. The endpoint's test rule is followed: its header is sent, its port is used.
/// - The evidence quotes at most 80 characters of a value. Credentials, the URL's query values, and the path of
///   a URL that is a secret are taken out of what the server sends back.
///
/// ```
/// use std::time::Duration;
/// use deployment_checks::{
///     expect::{Expect, JsonRule},
///     health::{HealthBodyRules, HttpCheck, Limits},
///     secret::{SafeUrl, Secret},
/// };
/// use deployment_core::health::HealthCheck;
///
/// // The candidate's own endpoint; the body must name the new version.
/// let ready = HttpCheck::candidate("/health/ready")
///     .standard(HealthBodyRules::new().critical(["databases"]).release_version())
///     .latency(Limits::new(Duration::from_millis(500), Duration::from_secs(2)))
///     .build()?;
/// assert_eq!(ready.describe(), "HTTP GET /health/ready of the candidate");
///
/// // Any other.
/// let quota = HttpCheck::builder(SafeUrl::parse("https://api.example.com/v1/quota")?)
///     .bearer(Secret::new("token"))
///     .expect(Expect::new().json("/left", JsonRule::AtLeast(1.0))?)
///     .build()?;
/// assert_eq!(quota.describe(), "HTTP GET https://api.example.com/v1/quota");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct HttpCheck {
    pub(super) place: Place,
    pub(super) request: HttpRequest,
    pub(super) client: HttpClient,
    pub(super) expect: Expect,
    pub(super) standard: Option<HealthBodyRules>,
    pub(super) latency: Option<Limits<Duration>>,
    pub(super) timeout: Duration,
    pub(super) hidden: Hidden,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Candidate(String),
    Url(SafeUrl),
}

impl HttpCheck {
    /// Asks the candidate's preview endpoint for `path`, such as `/health/ready`.
    pub fn candidate(path: impl Into<String>) -> HttpCheckBuilder {
        HttpCheckBuilder::at(Place::Candidate(path.into()))
    }

    /// Asks this URL.
    pub fn builder(url: SafeUrl) -> HttpCheckBuilder {
        HttpCheckBuilder::at(Place::Url(url))
    }

    async fn look(&self, context: &HealthContext, findings: &mut Findings) -> Look<()> {
        let request = self.request.clone().deadline(self.timeout);
        let request = match &self.place {
            Place::Url(url) => request.to(url.clone()),
            Place::Candidate(path) => match candidate(context, path)? {
                (url, None) => request.to(url),
                (url, Some((name, value))) => request.to(url).header(&name, &value)?,
            },
        };
        let response = self.client.send(&request).await?;
        self.judge(&response, context, findings)
    }

    fn judge(&self, response: &HttpResponse, context: &HealthContext, findings: &mut Findings) -> Look<()> {
        let latency = response.timing().total;
        let answer = Answer { status: response.status().as_u16(), headers: response.headers(), body: response.body(), latency };
        if matches!(answer.status, 401 | 403) && !self.expect.allows(answer.status) {
            let words = format!("the answer is HTTP {}; check the credentials, or expect this status", answer.status);
            return Err(Trouble::Blind(Error::new(ErrorKind::Unauthorized, "look", words)));
        }
        for unmet in self.expect.unmet_hiding(&answer, &|text| self.hidden.hide(text)) {
            findings.add(HealthStatus::Unhealthy, unmet.to_string());
        }
        let words = format!("{} in {} ms", answer.status, latency.as_millis());
        match &self.latency {
            Some(limits) => findings.measure(latency, limits, words),
            None => findings.add(HealthStatus::Healthy, words),
        }
        match &self.standard {
            Some(rules) => rules.judge(answer.body, &context.deployment, &self.hidden, findings),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl HealthCheck for HttpCheck {
    fn describe(&self) -> String {
        match &self.place {
            // A query may hold a credential.
            Place::Candidate(path) => {
                format!("HTTP {} {} of the candidate", self.request.method(), path.split('?').next().unwrap_or_default())
            }
            Place::Url(url) => format!("HTTP {} {url}", self.request.method()),
        }
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        look(self.timeout, async |_, findings| self.look(context, findings).await).await
    }
}
