//! The values of one run, and what must not be seen of them.

use std::collections::{BTreeMap, BTreeSet};

use deployment_core::{Error, ErrorKind, Result};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::task::spawn_blocking;

use super::{Template, template::Part};
use crate::secret::{Hidden, Secret};

/// Whether a value may be seen in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Yes,
    No,
}

/// How a value is written into a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encode {
    /// As it is.
    Plain,
    /// As one part of a URL.
    Url,
    /// As a part of a header.
    Header,
}

/// Variables and secrets. It has no `Debug`.
#[derive(Default)]
pub(super) struct Scope {
    values: BTreeMap<String, Value>,
    /// What is in files, by their paths.
    files: BTreeMap<String, Secret>,
    hidden: Hidden,
}

impl Scope {
    pub(super) fn set(&mut self, name: &str, value: Value, shown: Shown) {
        if shown == Shown::No {
            self.conceal(&text(&value));
        }
        self.values.insert(name.to_owned(), value);
    }

    pub(super) fn get(&self, name: &str) -> Result<&Value> {
        self.values.get(name).ok_or_else(|| Error::invalid("template", format!("${{{name}}} has no value")))
    }

    /// Never shows this, in any of the forms in which a server could send it back.
    pub(super) fn conceal(&mut self, secret: &str) {
        self.hidden.add(secret);
        self.hidden.add(&encoded(secret));
    }

    /// Never shows the path of a URL that is a secret, with or without the slashes around it.
    pub(super) fn conceal_path(&mut self, path: &str) {
        self.hidden.add_path(path);
    }

    /// The text without what must not be seen.
    pub(super) fn hide(&self, text: &str) -> String {
        self.hidden.hide(text)
    }

    /// Reads files with secrets, off the threads that others wait on: a file may be on a network.
    pub(super) async fn read(&mut self, paths: BTreeSet<String>) -> Result<()> {
        for path in paths {
            let named = path.clone();
            let secret = spawn_blocking(move || Secret::from_file(named)).await.map_err(|_| failed("a file could not be read"))??;
            self.files.insert(path, secret);
        }
        Ok(())
    }

    pub(super) fn fill(&mut self, template: &Template, encode: Encode) -> Result<String> {
        let mut filled = String::new();
        for part in &template.parts {
            let value = match part {
                Part::Text(text) => {
                    filled.push_str(text);
                    continue;
                }
                Part::Variable(name) => text(self.get(name)?),
                Part::Env(name) => self.secret(&Secret::from_env(name)?),
                Part::File(path) => {
                    let unread = || Error::invalid("template", format!("file {path} was not read"));
                    let secret = self.files.get(path).cloned().ok_or_else(unread)?;
                    self.secret(&secret)
                }
            };
            match encode {
                Encode::Url if matches!(value.as_str(), "" | "." | "..") => {
                    return Err(failed(format!("a value is {value:?}, which cannot be a part of a URL")));
                }
                Encode::Header if value.chars().any(char::is_control) => {
                    return Err(failed("a value has a line break or another control character in it, which cannot be in a header"));
                }
                Encode::Plain | Encode::Header => filled.push_str(&value),
                Encode::Url => filled.push_str(&encoded(&value)),
            }
        }
        Ok(filled)
    }

    fn secret(&mut self, secret: &Secret) -> String {
        self.conceal(secret.expose());
        secret.expose().to_owned()
    }
}

/// A value as it stands in a text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value from the service leads nowhere.
pub(super) fn failed(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Failed, "transaction", message)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
