//! Texts with places for values.

use std::fmt;

use deployment_core::{Error, Result};

/// A text with places for values:
///
/// | place | value |
/// |---|---|
/// | `${name}` | a variable: given, or captured by an earlier call |
/// | `${env:NAME}` | a secret: the environment variable `NAME`, read at every run |
/// | `${file:/path}` | a secret: the file's content without its last line break, read at every run |
/// | `$${` | the characters `${` |
///
/// Secrets are never shown: neither in errors nor in results, also if the server sends them back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Variable(String),
    Env(String),
    File(String),
}

impl Template {
    /// The template in `text`.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if a place has no end or no good name.
    pub fn parse(text: &str) -> Result<Self> {
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find("${") {
            let (before, place) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('$') {
                plain.push_str(before);
                plain.push_str("${");
                rest = &place[2..];
                continue;
            }
            plain.push_str(before);
            let Some((name, after)) = place[2..].split_once('}') else {
                return Err(bad("${ has no }; end it, or write $${ for the characters themselves"));
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(part(name)?);
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The variables that it needs.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| if let Part::Variable(name) = part { Some(name.as_str()) } else { None })
    }

    /// The files whose secrets it needs.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| if let Part::File(path) = part { Some(path.as_str()) } else { None })
    }

    /// The variable, if it is nothing else.
    pub(super) fn sole_variable(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Variable(name)] => Some(name),
            _ => None,
        }
    }

    /// Whether all of it is written out.
    #[cfg(feature = "yaml")]
    pub(in crate::suite) fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// What it begins with, as far as that is written out.
    pub(super) fn start(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// The secrets that it needs, as they are written.
    #[cfg(feature = "yaml")]
    pub(in crate::suite) fn secrets(&self) -> impl Iterator<Item = Result<crate::secret::Secret>> {
        use crate::secret::Secret;
        self.parts.iter().filter_map(|part| match part {
            Part::Env(name) => Some(Secret::from_env(name)),
            Part::File(path) => Some(Secret::from_file(path)),
            Part::Text(_) | Part::Variable(_) => None,
        })
    }
}

fn part(name: &str) -> Result<Part> {
    if let Some(name) = name.strip_prefix("env:") {
        let good = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return if good {
            Ok(Part::Env(name.into()))
        } else {
            Err(bad("${env:…} needs the name of a variable, for instance ${env:API_TOKEN}"))
        };
    }
    if let Some(path) = name.strip_prefix("file:") {
        return if path.is_empty() {
            Err(bad("${file:…} needs a path, for instance ${file:/run/secrets/token}"))
        } else {
            Ok(Part::File(path.into()))
        };
    }
    if is_name(name) {
        return Ok(Part::Variable(name.into()));
    }
    Err(bad("${…} needs a name of small letters, digits and _, or env:NAME, or file:PATH"))
}

/// Whether a variable can be called so.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn bad(message: &str) -> Error {
    Error::invalid("template", message)
}

/// As it was written.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
