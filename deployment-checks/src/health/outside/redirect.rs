//! From http to https.

use std::time::Duration;

use async_trait::async_trait;
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};

use crate::{
    expect::quote,
    health::findings::look,
    http::{HttpClient, HttpRequest, HttpResponse},
    secret::SafeUrl,
};

/// That a plain request is sent on to https.
#[derive(Debug)]
pub(super) struct Redirect {
    pub(super) url: SafeUrl,
    pub(super) client: HttpClient,
    pub(super) timeout: Duration,
}

impl Redirect {
    /// Where it leads, or why that will not do.
    fn judge(&self, response: &HttpResponse) -> std::result::Result<String, String> {
        let status = response.status().as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Err(format!("plain http is answered with {status}, it must redirect to https"));
        }
        let location = response.header("location").ok_or("the redirect has no location")?;
        let to = self.url.join(location).map_err(|error| format!("the redirect's location {} is refused: {error}", quote(location)))?;
        if !to.is_https() {
            return Err(format!("the redirect leads to {to}, it must lead to https"));
        }
        if bare(&to.host()) != bare(&self.url.host()) {
            return Err(format!("the redirect leads to another host, {}", quote(&to.host())));
        }
        Ok(format!("{status} to {to}"))
    }
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[async_trait]
impl HealthCheck for Redirect {
    fn describe(&self) -> String {
        format!("redirect of {}", self.url)
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        look(self.timeout, async |_, findings| {
            match self.judge(&self.client.send(&HttpRequest::get(self.url.clone())).await?) {
                Ok(seen) => findings.add(HealthStatus::Healthy, seen),
                Err(why) => findings.add(HealthStatus::Unhealthy, why),
            }
            Ok(())
        })
        .await
    }
}
