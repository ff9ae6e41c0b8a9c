//! What one revision does right now.

use std::fmt;

use crate::{
    setup::BACKEND,
    stage::{ClientError, MetricsQuery, MetricsWindow, RevisionView, ServiceView, StageClient, TimeRange, WHOLE},
};

/// How much of the past is measured, in milliseconds; the second that is not over yet is measured by nobody.
const PAST: u64 = 3_000;

/// What one revision does right now.
#[derive(Debug)]
pub(super) struct Figures {
    /// The revision's id.
    pub(super) revision: String,
    pub(super) version: String,
    /// Its share of the traffic in basis points.
    pub(super) share: u32,
    healthy: u32,
    desired: u32,
    measured: Option<Measured>,
}

#[derive(Debug)]
struct Measured {
    per_second: u64,
    error_percent: f64,
    p95_ms: f64,
}

impl Figures {
    /// Of every revision, in the order of launch.
    pub(super) async fn of_all(client: &StageClient, now: u64) -> Result<Vec<Self>, ClientError> {
        let view = client.service(BACKEND).await?;
        let mut all = Vec::new();
        for revision in &view.revisions {
            all.push(Self::of(client, &view, revision, now).await?);
        }
        Ok(all)
    }

    async fn of(client: &StageClient, view: &ServiceView, revision: &RevisionView, now: u64) -> Result<Self, ClientError> {
        let range = TimeRange { from: now - PAST, to: now };
        let query = MetricsQuery { service: BACKEND.to_owned(), revision: revision.id.clone(), range };
        let measured = match client.metrics(&query).await? {
            MetricsWindow::Data(data) if data.requests > 0 => Some(Measured {
                per_second: data.requests * 1_000 / (data.covered.to - data.covered.from).max(1),
                error_percent: data.errors as f64 * 100.0 / data.requests as f64,
                p95_ms: data.latency.quantile(0.95).unwrap_or(0) as f64 / 1_000.0,
            }),
            _ => None,
        };
        Ok(Self {
            revision: revision.id.clone(),
            version: revision.release.version.clone(),
            share: view.routes.share(&revision.id),
            healthy: revision.healthy,
            desired: revision.desired,
            measured,
        })
    }
}

/// Share, instances, traffic, errors and latency, in columns.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = f64::from(self.share) * 100.0 / f64::from(WHOLE);
        write!(f, "{percent:>3.0} %  {}/{} up", self.healthy, self.desired)?;
        let Some(Measured { per_second, error_percent, p95_ms }) = &self.measured else { return Ok(()) };
        write!(f, "  {per_second:>4}/s  errors {error_percent:>4.1} %  p95 {p95_ms:>4.0} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, Measured};

    #[test]
    fn figures_stand_in_columns_and_what_was_not_measured_is_left_out() {
        let mut figures = Figures { revision: "r".into(), version: "2".into(), share: 1_000, healthy: 3, desired: 4, measured: None };
        assert_eq!(figures.to_string(), " 10 %  3/4 up");
        figures.measured = Some(Measured { per_second: 20, error_percent: 12.34, p95_ms: 7.6 });
        assert_eq!(figures.to_string(), " 10 %  3/4 up    20/s  errors 12.3 %  p95    8 ms");
    }
}
