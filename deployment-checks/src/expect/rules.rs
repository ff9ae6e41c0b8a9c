//! All that is expected of an answer.

use std::{fmt, time::Duration};

use deployment_core::{Error, Result};
use http::HeaderName;

use super::{Answer, JsonRule, Statuses, TextRule, check_pointer, quote::Quoter};

/// What an answer must be like. Without more, any status from 200 to 299 will do.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    status: Statuses,
    headers: Vec<(HeaderName, TextRule)>,
    json: Vec<(String, JsonRule)>,
    body: Vec<TextRule>,
    latency: Option<Duration>,
}

/// The part of an answer that an expectation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// The status code.
    Status,
    /// A header.
    Header,
    /// The body.
    Body,
    /// The time it took.
    Latency,
}

/// An expectation that an answer does not meet: `Display` is a sentence with what was seen and what must be.
///
/// It quotes at most 80 characters of a value; see [`Expect::unmet_hiding`] for secrets that a server might send back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The part of the answer that it is about.
    pub aspect: Aspect,
    message: String,
}

impl Expect {
    /// Any status from 200 to 299.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The status must be one of these: 200 to 299, unless told otherwise.
    #[must_use]
    pub fn status(mut self, statuses: Statuses) -> Self {
        self.status = statuses;
        self
    }

    /// One value of this header must be so; every call adds a rule.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if `name` cannot be a header's.
    pub fn header(mut self, name: &str, rule: TextRule) -> Result<Self> {
        let name = name.parse().map_err(|_| {
            Error::invalid("header", format!("{name:?} is not a header's name; use letters, digits and -, for instance content-type"))
        })?;
        self.headers.push((name, rule));
        Ok(self)
    }

    /// The value at this JSON pointer (RFC 6901; empty: the whole body) must be so; every call adds a rule.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if `pointer` is none.
    pub fn json(mut self, pointer: &str, rule: JsonRule) -> Result<Self> {
        check_pointer(pointer)?;
        self.json.push((pointer.to_owned(), rule));
        Ok(self)
    }

    /// The body as text must be so; every call adds a rule. An empty body counts as missing.
    #[must_use]
    pub fn body(mut self, rule: TextRule) -> Self {
        self.body.push(rule);
        self
    }

    /// It may take this long: no limit of its own, unless told otherwise.
    #[must_use]
    pub fn within(mut self, latency: Duration) -> Self {
        self.latency = Some(latency);
        self
    }

    /// Whether an answer may have this status.
    #[cfg(feature = "http")]
    pub(crate) fn allows(&self, status: u16) -> bool {
        self.status.contains(status)
    }

    /// What the answer does not meet; empty if all is as expected.
    #[must_use]
    pub fn unmet(&self, answer: &Answer<'_>) -> Vec<Unmet> {
        self.unmet_hiding(answer, &str::to_owned)
    }

    /// As [`unmet`](Expect::unmet), for whoever knows secrets that a server might send back: `hide` takes them out of each value before it
    /// is cut and quoted.
    #[must_use]
    pub fn unmet_hiding(&self, answer: &Answer<'_>, hide: &dyn Fn(&str) -> String) -> Vec<Unmet> {
        let quoter = Quoter(hide);
        let mut unmet = Vec::new();
        let mut add = |aspect, message| unmet.push(Unmet { aspect, message });
        if !self.status.contains(answer.status) {
            add(Aspect::Status, format!("status is {}, it must be {}", answer.status, self.status));
        }
        for (name, rule) in &self.headers {
            if let Some(why) = rule.unmet(answer.header_values(name.as_str()), quoter) {
                add(Aspect::Header, format!("header {name} {why}"));
            }
        }
        for message in self.json_unmet(answer, quoter) {
            add(Aspect::Body, message);
        }
        for rule in &self.body {
            let text = Some(answer.text()).filter(|text| !text.is_empty());
            if let Some(why) = rule.unmet(text, quoter) {
                add(Aspect::Body, format!("the body {why}"));
            }
        }
        if let Some(limit) = self.latency.filter(|limit| answer.latency > *limit) {
            let message = format!("it took {} ms, it may take {} ms", answer.latency.as_millis(), limit.as_millis());
            add(Aspect::Latency, message);
        }
        unmet
    }

    fn json_unmet(&self, answer: &Answer<'_>, quoter: Quoter<'_>) -> Vec<String> {
        if self.json.is_empty() {
            return Vec::new();
        }
        let document = match answer.json() {
            Ok(document) => document,
            Err(why) => return vec![format!("{why}, it begins {}", quoter.text(&answer.text()))],
        };
        let each = self.json.iter();
        each.filter_map(|(pointer, rule)| rule.unmet(document.pointer(pointer), quoter).map(|why| format!("{} {why}", named(pointer))))
            .collect()
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// All that is expected, in words.
impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        for (name, rule) in &self.headers {
            write!(f, ", header {name} must {}", rule.demand())?;
        }
        for (pointer, rule) in &self.json {
            write!(f, ", {} must {}", named(pointer), rule.demand())?;
        }
        for rule in &self.body {
            write!(f, ", the body must {}", rule.demand())?;
        }
        match self.latency {
            Some(limit) => write!(f, ", within {} ms", limit.as_millis()),
            None => Ok(()),
        }
    }
}

/// The place that a pointer means, in words.
fn named(pointer: &str) -> &str {
    if pointer.is_empty() { "the document" } else { pointer }
}
