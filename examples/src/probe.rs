//! One request to one revision.

use std::time::Duration;

use deployment_core::{Endpoint, TestRule};
use http_body_util::Full;
use hyper::{Request, StatusCode, body::Bytes};
use tokio::time::timeout;

use crate::{http, setup::Problem};

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the revision behind `endpoint` for `path`.
pub(crate) async fn get(endpoint: &Endpoint, path: &str) -> Result<StatusCode, Problem> {
    let mut request = Request::get(format!("{}{path}", endpoint.url));
    if let Some(TestRule::Header { name, value }) = &endpoint.rule {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::new()))?;
    Ok(timeout(PATIENCE, http::pool().request(request)).await??.status())
}
