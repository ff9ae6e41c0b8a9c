//! Options of the check, with their defaults.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use deployment_core::{Error, Result};

use super::{
    DnsCheck, Record,
    check::Change,
    rules::{Rules, Values},
    source::Source,
};
use crate::{
    health::{
        Limits,
        timeout::{TIMEOUT, check_timeout},
    },
    net::{Resolve, SystemResolver},
};

/// Puts a [`DnsCheck`] together. What is wrong with an option is told by [`build`](Self::build).
#[derive(Debug, Clone)]
#[must_use]
pub struct DnsCheckBuilder {
    name: String,
    record: Record,
    source: Source,
    exactly: Option<Vec<String>>,
    includes: Vec<String>,
    at_least: Option<usize>,
    at_most: Option<usize>,
    change: Change,
    latency: Option<Limits<Duration>>,
    timeout: Duration,
}

impl DnsCheckBuilder {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            record: Record::A,
            source: Source::Resolver(Arc::new(SystemResolver)),
            exactly: None,
            includes: Vec::new(),
            at_least: None,
            at_most: None,
            change: Change::Fine,
            latency: None,
            timeout: TIMEOUT,
        }
    }

    /// The type of record. Default: [`Record::A`]. Others than addresses need a server.
    pub fn record(mut self, record: Record) -> Self {
        self.record = record;
        self
    }

    /// Who is asked for addresses. Default: [`SystemResolver`].
    pub fn resolver(mut self, resolver: impl Resolve) -> Self {
        self.source = Source::Resolver(Arc::new(resolver));
        self
    }

    /// Asks this server, under the address policy of `network`, instead of the system's resolver. DNS servers listen at port 53.
    #[cfg(feature = "dns")]
    pub fn server(mut self, address: std::net::SocketAddr, network: crate::net::Network) -> Self {
        self.source = Source::Server(super::wire::Server { address, network });
        self
    }

    /// The answer must have these values and no others, in any order.
    pub fn exactly<V: Into<String>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.exactly = Some(values.into_iter().map(Into::into).collect());
        self
    }

    /// The answer must have these values; others are fine.
    pub fn includes<V: Into<String>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        self.includes.extend(values.into_iter().map(Into::into));
        self
    }

    /// The answer must have as many values. Default: 1.
    pub fn at_least(mut self, count: usize) -> Self {
        self.at_least = Some(count);
        self
    }

    /// The answer may have as many values. Default: any number.
    pub fn at_most(mut self, count: usize) -> Self {
        self.at_most = Some(count);
        self
    }

    /// An answer that is not the one of the look before is degraded. Default: it may change.
    pub fn unchanging(mut self) -> Self {
        self.change = Change::Degrades;
        self
    }

    /// How long the answer may take. Default: no limits but the timeout.
    pub fn latency(mut self, limits: Limits<Duration>) -> Self {
        self.latency = Some(limits);
        self
    }

    /// The time for one look. Default: 5 s; at most an hour.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The check.
    ///
    /// # Errors
    /// If the name or an expected value cannot be one, the numbers contradict each other, nobody could be asked for the type of record, or
    /// timeout or limits are out of their bounds.
    pub fn build(self) -> Result<DnsCheck> {
        check_timeout(self.timeout)?;
        self.latency.map_or(Ok(()), |limits| limits.check("latency", Duration::ZERO))?;
        check_name(&self.name)?;
        if !self.source.knows(self.record) {
            let message = format!("{} records are not the system resolver's business; give a server (feature dns)", self.record);
            return Err(Error::invalid("record", message));
        }
        if self.at_most.is_some_and(|most| most < self.at_least.unwrap_or(1)) {
            return Err(Error::invalid("at_most", "is less than at_least; no answer could be right"));
        }
        let exactly = self.exactly.map(|values| normal(self.record, &values)).transpose()?;
        if exactly.as_ref().is_some_and(Values::is_empty) {
            return Err(Error::invalid("exactly", "is empty; name the values that must be there"));
        }
        let includes = normal(self.record, &self.includes)?;
        let rules = Rules { exactly, includes, at_least: self.at_least, at_most: self.at_most };
        let Self { name, record, source, change, latency, timeout, .. } = self;
        Ok(DnsCheck { name, record, source, rules, change, latency, timeout, before: Mutex::new(None) })
    }
}

fn normal(record: Record, values: &[String]) -> Result<Values> {
    let bad = |value: &String| Error::invalid("value", format!("{value:?} is no {record} value; write for instance {}", record.example()));
    values.iter().map(|value| record.normal(value).ok_or_else(|| bad(value))).collect()
}

/// RFC 1035: labels of 1 to 63 bytes, 253 in all.
fn check_name(name: &str) -> Result<()> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if bare.len() <= 253 && bare.split('.').all(label) && bare.parse::<std::net::IpAddr>().is_err() {
        return Ok(());
    }
    // It is not repeated: it may be a URL with a password in it.
    Err(Error::invalid("name", "is no DNS name; write for instance backend.internal (international names as xn--…)"))
}
