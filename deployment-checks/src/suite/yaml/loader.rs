//! Reading files.

use std::{collections::BTreeMap, fmt, io::Read, path::Path, sync::Arc};

use deployment_core::{Error, ErrorKind, Result, health::HealthCheck};

use super::{fault::Faults, fields::Item, suites, tree};
use crate::{http::HttpClient, suite::Validation};

/// The most bytes that are read of a file.
const LARGEST: u64 = 1024 * 1024 + 1;

/// Reads validations from YAML files. Its HTTP calls are made with one client, and so under one policy.
///
/// - Every fault is told at once, with its line, its field and what to write instead ([`YamlFaults`](super::YamlFaults)).
/// - A field that is not known is a fault.
/// - Secrets are named, never written: `${env:NAME}` or `${file:/path}`. They must be there when the file is read, and are read again at
///   every run; a credential that is written out is a fault. No error repeats a value.
#[derive(Clone)]
pub struct Loader {
    pub(super) client: HttpClient,
    pub(super) checks: BTreeMap<String, Arc<dyn HealthCheck>>,
}

impl Loader {
    /// A loader whose calls are made with `client`.
    #[must_use]
    pub fn new(client: HttpClient) -> Self {
        Self { client, checks: BTreeMap::new() }
    }

    /// A check that tests of files may name: `check: NAME`.
    #[must_use]
    pub fn check(mut self, name: impl Into<String>, check: impl HealthCheck) -> Self {
        self.checks.insert(name.into(), Arc::new(check));
        self
    }

    /// The validation in a file of at most 1 MiB.
    ///
    /// # Errors
    /// If it cannot be read; otherwise as [`parse`](Loader::parse).
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Validation> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let mut text = String::new();
        std::fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text)).map_err(|error| {
            let kind = if error.kind() == std::io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::InvalidInput };
            Error::new(kind, "read validation", format!("{name} cannot be read as a text")).because(error)
        })?;
        self.parse(&name, &text)
    }

    /// The validation in `text`; `file` is its name in errors.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with every fault; the source is [`YamlFaults`](super::YamlFaults).
    pub fn parse(&self, file: &str, text: &str) -> Result<Validation> {
        let mut faults = Faults::default();
        let validation = tree::parse(text, &mut faults)
            .and_then(|node| suites::validation(&Item { node: &node, path: String::new() }, self, &mut faults));
        match validation {
            Some(validation) if faults.is_empty() => Ok(validation),
            _ => Err(faults.into_error(file)),
        }
    }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader").field("client", &self.client).field("checks", &self.checks.keys()).finish()
    }
}
