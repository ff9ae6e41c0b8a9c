//! Credentials and headers of a source's requests.

use deployment_core::Result;

use crate::{
    http::HttpRequest,
    secret::{SafeUrl, Secret},
};

/// What every request of a source carries.
#[derive(Default)]
pub(super) struct Access {
    credentials: Option<Credentials>,
    headers: Vec<(String, Secret)>,
}

enum Credentials {
    Bearer(Secret),
    Basic(String, Secret),
}

impl Access {
    pub(super) fn bearer(&mut self, token: Secret) {
        self.credentials = Some(Credentials::Bearer(token));
    }

    pub(super) fn basic(&mut self, user: String, password: Secret) {
        self.credentials = Some(Credentials::Basic(user, password));
    }

    pub(super) fn header(&mut self, name: String, value: Secret) {
        self.headers.push((name, value));
    }

    /// A `GET` of a JSON document.
    ///
    /// # Errors
    /// If a credential or header cannot be sent.
    pub(super) fn request(&self, url: SafeUrl) -> Result<HttpRequest> {
        let request = HttpRequest::get(url).header("accept", "application/json")?;
        let request = match &self.credentials {
            None => request,
            Some(Credentials::Bearer(token)) => request.bearer(token)?,
            Some(Credentials::Basic(user, password)) => request.basic(user, password)?,
        };
        self.headers.iter().try_fold(request, |request, (name, value)| request.secret_header(name, value))
    }
}
