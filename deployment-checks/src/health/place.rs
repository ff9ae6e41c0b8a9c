//! Where a check looks.

use deployment_core::{Error, Result, TestRule, health::HealthContext};
use url::Url;

use crate::secret::SafeUrl;

/// A fixed place, or the candidate's preview endpoint.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// The preview endpoint of the target under examination.
    Candidate,
    /// Always the same host (a name or an address) and port.
    Fixed {
        /// A name or an address.
        host: String,
        /// Its port.
        port: u16,
    },
}

impl Place {
    /// The host and port in words.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Candidate => "the candidate".into(),
            Self::Fixed { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Self::Fixed { host, port } => format!("{host}:{port}"),
        }
    }

    /// That there is something to connect to.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Fixed { host, port } => server(host, *port),
            Self::Candidate => Ok(()),
        }
    }

    /// The host and port now.
    pub(super) fn find(&self, context: &HealthContext) -> Result<(String, u16)> {
        match self {
            Self::Fixed { host, port } => Ok((host.clone(), *port)),
            Self::Candidate => {
                let (url, rule) = candidate(context, "/")?;
                match rule {
                    Some((name, _)) => Err(Error::invalid(
                        "endpoint",
                        format!("the candidate is selected by the header {name}, which only HTTP has; give the check a host and a port"),
                    )),
                    None => Ok((url.host(), url.port())),
                }
            }
        }
    }
}

/// That there is a server to connect to. A host that is none is not repeated: it may be a URL with a password in it.
pub(super) fn server(host: &str, port: u16) -> Result<()> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '@' | '[' | ']' | '?' | '#');
    if host.is_empty() || host.len() > 253 || host.contains(odd) {
        let fix = "must be a name or an address, without scheme, user and port, for instance db.internal or fd00::7";
        return Err(Error::invalid("host", fix));
    }
    if port == 0 { Err(Error::invalid("port", "0 cannot be connected to; give a port from 1 to 65535")) } else { Ok(()) }
}

/// The URL of `path` on the candidate, and the header that selects it, if one does.
pub(super) fn candidate(context: &HealthContext, path: &str) -> Result<(SafeUrl, Option<(String, String)>)> {
    let target = &context.subject.target;
    let missing = || Error::invalid("endpoint", format!("target {target} has no preview endpoint; give the check a fixed address"));
    let endpoint = context.subject.endpoint.as_ref().ok_or_else(missing)?;
    let bad = |_| Error::invalid("endpoint", format!("the preview endpoint of target {target} is no URL; write it as http://host:port"));
    let mut url = Url::parse(&endpoint.url).map_err(bad)?;
    url.set_query(None);
    url.set_fragment(None);
    let rule = match &endpoint.rule {
        Some(TestRule::Listener { port }) => {
            url.set_port(Some(*port)).map_err(|()| bad(url::ParseError::InvalidPort))?;
            None
        }
        Some(TestRule::Header { name, value }) => Some((name.clone(), value.clone())),
        None => None,
    };
    Ok((SafeUrl::parse(&format!("{}{path}", url.as_str().trim_end_matches('/')))?, rule))
}
