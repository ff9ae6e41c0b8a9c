//! A call whose templates are read, and what can be wrong with one.

use std::{collections::BTreeSet, time::Duration};

use deployment_core::{Error, Result};

use super::{Call, Capture, Template, body::Body, template::is_name};
use crate::{
    expect::{Expect, check_pointer},
    http::{Method, header::HeaderName},
    secret::SafeUrl,
};

#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) label: String,
    pub(super) method: Method,
    pub(super) url: Target,
    pub(super) headers: Vec<(String, Template)>,
    pub(super) body: Body,
    pub(super) expect: Expect,
    pub(super) same: Vec<(String, String)>,
    pub(super) captures: Vec<(String, Capture)>,
    pub(super) timeout: Option<Duration>,
}

/// Where a call goes.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// A path on the base address.
    Path(Template),
    /// An absolute URL whose host is written out.
    Absolute(Template),
    /// A URL that was captured; it must lead to the base address.
    Variable(String),
}

impl Compiled {
    /// Reads the call, and adds the names that it captures to `known`. Every fault is a sentence.
    pub(super) fn new(call: &Call, known: &mut BTreeSet<String>) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let url = kept(Target::parse(&call.url), "url", &mut faults);
        let headers = headers(call, &mut faults);
        let body = kept(Body::parse(&call.body), "body", &mut faults);
        for (pointer, _) in &call.same {
            kept(check_pointer(pointer), "same", &mut faults);
        }
        let used = url.iter().flat_map(Target::variables).map(str::to_owned);
        let used = used.chain(headers.iter().flat_map(|(_, value)| value.variables()).map(str::to_owned));
        let used = used.chain(body.iter().flat_map(Body::templates).flat_map(Template::variables).map(str::to_owned));
        for name in used.chain(call.same.iter().map(|(_, name)| name.clone())) {
            if !known.contains(&name) {
                let list = known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                faults.push(format!("${{{name}}} is not known here; known are {list}"));
            }
        }
        for (name, _) in &call.captures {
            if !is_name(name) {
                faults.push(format!("capture: {name:?} cannot be a variable; use small letters, digits and _"));
            }
            known.insert(name.clone());
        }
        match (url, body) {
            (Some(url), Some(body)) if faults.is_empty() => Ok(Self {
                label: call.label(),
                method: call.method.clone(),
                url,
                headers,
                body,
                expect: call.expect.clone(),
                same: call.same.clone(),
                captures: call.captures.clone(),
                timeout: call.timeout,
            }),
            _ => Err(faults),
        }
    }

    /// The files whose secrets it needs.
    pub(super) fn files(&self) -> BTreeSet<String> {
        let url = match &self.url {
            Target::Path(template) | Target::Absolute(template) => Some(template),
            Target::Variable(_) => None,
        };
        let templates = url.into_iter().chain(self.headers.iter().map(|(_, value)| value)).chain(self.body.templates());
        templates.flat_map(Template::files).map(str::to_owned).collect()
    }
}

fn headers(call: &Call, faults: &mut Vec<String>) -> Vec<(String, Template)> {
    let mut headers = Vec::new();
    for (name, value) in &call.headers {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            faults.push(format!("header: {name:?} is not a header's name; use letters, digits and -"));
        }
        if let Some(value) = kept(Template::parse(value), name, faults) {
            headers.push((name.clone(), value));
        }
    }
    headers
}

/// The value, or a fault that begins with `what`.
fn kept<T>(result: Result<T>, what: &str, faults: &mut Vec<String>) -> Option<T> {
    result.map_err(|error| faults.push(format!("{what}: {}", error.to_string().trim_start_matches("validate: ")))).ok()
}

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self> {
        let template = Template::parse(url)?;
        if let Some(name) = template.sole_variable() {
            return Ok(Self::Variable(name.to_owned()));
        }
        let start = template.start().to_owned();
        if start.starts_with('/') && !start.starts_with("//") {
            return Ok(Self::Path(template));
        }
        let host = start.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        let whole = start == url && url.contains("://");
        if host.is_none() && !whole {
            return Err(Error::invalid(
                "url",
                "begin it with / for a path on the base address, or write the host out, as https://host/path",
            ));
        }
        SafeUrl::parse(&start)?;
        Ok(Self::Absolute(template))
    }

    fn variables(&self) -> Vec<&str> {
        match self {
            Self::Path(template) | Self::Absolute(template) => template.variables().collect(),
            Self::Variable(name) => vec![name],
        }
    }
}
