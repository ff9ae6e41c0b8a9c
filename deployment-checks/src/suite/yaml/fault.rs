//! What is wrong with a file, all of it.

use std::fmt;

use deployment_core::{Error, ErrorKind};

use super::node::Position;

/// One thing that is wrong with a file: where, and what to do. `Display` is `line 3, column 7: suites[0].kind: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlFault {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The field, for instance `suites[0].tests[2].timeout`; empty if it is about the whole file.
    pub field: String,
    /// What, and the fix.
    pub message: String,
}

/// Everything that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlFaults(Vec<YamlFault>);

impl YamlFaults {
    /// The faults, in the order of the file.
    #[must_use]
    pub fn faults(&self) -> &[YamlFault] {
        &self.0
    }
}

/// Collects faults.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<YamlFault>);

impl Faults {
    pub(super) fn add(&mut self, at: Position, field: &str, message: impl fmt::Display) {
        let (field, message) = (field.to_owned(), message.to_string());
        self.0.push(YamlFault { line: at.line, column: at.column, field, message });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The error that has them all.
    pub(super) fn into_error(mut self, file: &str) -> Error {
        self.0.sort_by_key(|fault| (fault.line, fault.column));
        let count = if self.0.len() == 1 { "1 fault".to_owned() } else { format!("{} faults", self.0.len()) };
        Error::new(ErrorKind::InvalidInput, "read validation", format!("{file} has {count}")).because(YamlFaults(self.0))
    }
}

impl fmt::Display for YamlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl fmt::Display for YamlFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            write!(f, "{}{fault}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for YamlFaults {}
