//! Where an answer sends us, if we go.

use bytes::Bytes;
use deployment_core::{Error, ErrorKind, Result};
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{CONTENT_TYPE, LOCATION},
};

use super::{HttpRequest, failure};

/// The request that follows from `status` and `headers`, if it is a redirect of a `GET` or `HEAD`.
///
/// The body is not sent again. Another origin gets none of the caller's headers, and does not get them back later. A step down from https
/// to http is refused.
pub(super) fn next(request: &HttpRequest, status: StatusCode, headers: &HeaderMap) -> Result<Option<HttpRequest>> {
    let redirects = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) && matches!(request.method, Method::GET | Method::HEAD);
    let Some(location) = headers.get(LOCATION).filter(|_| redirects) else { return Ok(None) };
    let fault = |message: &str| failure::at(&request.url, ErrorKind::Failed, message);
    let location = location.to_str().map_err(|_| fault("the redirect's location is not printable ASCII"))?;
    let url = request.url.join(location).map_err(|error| refused(request, &error))?;
    if request.url.is_https() && !url.is_https() {
        return Err(fault("the redirect leads from https to http"));
    }
    let mut following = HttpRequest { url, body: Bytes::new(), ..request.clone() };
    following.headers.remove(CONTENT_TYPE);
    if !following.url.same_origin(&request.url) {
        following.headers = HeaderMap::new();
    }
    Ok(Some(following))
}

fn refused(request: &HttpRequest, error: &Error) -> Error {
    failure::at(&request.url, ErrorKind::Failed, format!("the redirect's location is refused: {error}"))
}
