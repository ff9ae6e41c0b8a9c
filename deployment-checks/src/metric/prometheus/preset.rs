//! What common exporters call their counters.

use deployment_core::{Error, Result};

use super::Queries;
use crate::metric::Unit;

/// An exporter whose counters are known. Names and labels are those of its documentation, for HTTP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// `OpenTelemetry`'s semantic conventions for HTTP servers (stable since 1.23), as its collector exports them.
    OpenTelemetry,
    /// Micrometer (Spring Boot 3) with `percentiles-histogram` on.
    Micrometer,
    /// Istio's standard metrics, as the destination's proxy reports them.
    Istio,
    /// The NGINX ingress controller for Kubernetes.
    NginxIngress,
    /// Traefik 2 and 3, per service.
    Traefik,
    /// The names of Prometheus's own instrumentation guide: `http_requests_total`, `http_request_duration_seconds`, label `code`.
    Convention,
}

struct Names {
    requests: &'static str,
    filter: &'static str,
    errors: &'static str,
    buckets: &'static str,
    unit: Unit,
}

impl Preset {
    /// The queries, with the revision in label `revision_label`.
    ///
    /// ```
    /// use deployment_checks::metric::prometheus::Preset;
    ///
    /// let queries = Preset::Istio.queries("destination_version")?;
    /// assert!(Preset::Istio.queries("destination version").is_err());
    /// # let _ = queries;
    /// # Ok::<(), deployment_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `revision_label` is no label's name.
    pub fn queries(self, revision_label: &str) -> Result<Queries> {
        let first = revision_label.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !first || !revision_label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(Error::invalid("revision_label", format!("{revision_label:?} is no label; use letters, digits and underscores")));
        }
        let Names { requests, filter, errors, buckets, unit } = self.names();
        let braces = format!("{{{filter}{revision_label}=\"$revision\"}}");
        Queries::new(&format!("{requests}{braces}"))?.errors_where(errors)?.latency(&format!("{buckets}{braces}"), unit)
    }

    fn names(self) -> Names {
        let (requests, filter, errors, buckets, unit) = match self {
            Self::OpenTelemetry => (
                "http_server_request_duration_seconds_count",
                "",
                "http_response_status_code=~\"5..\"",
                "http_server_request_duration_seconds_bucket",
                Unit::Seconds,
            ),
            Self::Micrometer => {
                ("http_server_requests_seconds_count", "", "status=~\"5..\"", "http_server_requests_seconds_bucket", Unit::Seconds)
            }
            Self::Istio => (
                "istio_requests_total",
                "reporter=\"destination\",",
                "response_code=~\"5..|0\"",
                "istio_request_duration_milliseconds_bucket",
                Unit::Milliseconds,
            ),
            Self::NginxIngress => (
                "nginx_ingress_controller_requests",
                "",
                "status=~\"5..\"",
                "nginx_ingress_controller_request_duration_seconds_bucket",
                Unit::Seconds,
            ),
            Self::Traefik => {
                ("traefik_service_requests_total", "", "code=~\"5..\"", "traefik_service_request_duration_seconds_bucket", Unit::Seconds)
            }
            Self::Convention => ("http_requests_total", "", "code=~\"5..\"", "http_request_duration_seconds_bucket", Unit::Seconds),
        };
        Names { requests, filter, errors, buckets, unit }
    }
}
