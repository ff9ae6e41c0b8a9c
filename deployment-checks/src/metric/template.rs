//! Texts with `$variables`, whose values are made safe for the place that they stand in.

use std::collections::BTreeSet;

use deployment_core::{Error, Result, metric::MetricContext};

/// A text with `$name`s in it. `$$` is a dollar sign, and so is one before something that is no lower-case letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template<P> {
    text: String,
    parts: Vec<Part<P>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part<P> {
    Text(String),
    /// A name and the place that it stands in.
    Variable(String, P),
}

impl<P: Copy> Template<P> {
    /// Reads `text`. `place` is told every character of it in turn, and then asked at every `$name` whether that may stand there.
    pub(super) fn parse(field: &'static str, text: &str, mut place: impl FnMut(Seen<'_>) -> Result<P, String>) -> Result<Self> {
        let fail = |fault: String| Error::invalid(field, format!("{fault}, in {text}"));
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            let length = after.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(after.len());
            if c == '$' && after.starts_with(|c: char| c.is_ascii_lowercase()) {
                let name = &after[..length];
                let here = place(Seen::Variable(name)).map_err(fail)?;
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Variable(name.to_owned(), here));
                rest = &after[length..];
                continue;
            }
            place(Seen::Plain(c)).map_err(fail)?;
            plain.push(c);
            rest = if c == '$' { after.strip_prefix('$').unwrap_or(after) } else { after };
        }
        place(Seen::End).map_err(fail)?;
        parts.push(Part::Text(plain));
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The text with the variables' values as `value` gives them for their places.
    pub(super) fn render(&self, value: impl Fn(&str, P) -> String) -> String {
        let part = |part: &Part<P>| match part {
            Part::Text(text) => text.clone(),
            Part::Variable(name, place) => value(name, *place),
        };
        self.parts.iter().map(part).collect()
    }

    /// The text as it was given.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn variables(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for part in &self.parts {
            if let Part::Variable(name, _) = part {
                names.insert(name.as_str());
            }
        }
        names
    }
}

/// What a template has next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'a> {
    Plain(char),
    Variable(&'a str),
    End,
}

/// Fails unless `name` is one of `known`.
pub(super) fn check_known(name: &str, known: &[&str]) -> Result<(), String> {
    if known.contains(&name) {
        return Ok(());
    }
    Err(format!("${name} is no variable: there are ${}; write $$ for a dollar sign", known.join(", $")))
}

/// What the deployment's variables are, for both kinds of templates.
pub(super) const NAMES: [&str; 4] = ["revision", "target", "service", "environment"];

/// The value of one of [`NAMES`].
pub(super) fn named<'a>(name: &str, context: &'a MetricContext) -> Option<&'a str> {
    match name {
        "revision" => Some(context.revision.as_str()),
        "target" => Some(context.target.as_str()),
        "service" => Some(context.deployment.service.as_str()),
        "environment" => Some(context.deployment.environment.as_str()),
        _ => None,
    }
}
