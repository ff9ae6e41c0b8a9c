//! URLs with variables, whose values stay within their part of the path or query.

use deployment_core::{Error, Result, Timestamp, metric::MetricContext};

use crate::{
    metric::template::{NAMES, Template, check_known, named},
    secret::SafeUrl,
};

/// RFC 3339, milliseconds and seconds since the epoch, for both ends of the window.
const TIMES: [&str; 6] = ["from", "to", "from_ms", "to_ms", "from_s", "to_s"];

#[derive(Debug, Clone)]
pub(super) struct UrlTemplate {
    template: Template<()>,
    /// With the variables' names in place of their values: what is shown.
    shown: SafeUrl,
}

impl UrlTemplate {
    /// # Errors
    /// If it is no URL, a variable is unknown or in the host, or it is not about a window.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let known: Vec<&str> = NAMES.into_iter().chain(TIMES).collect();
        let template = Template::parse("url", text, |seen| match seen {
            crate::metric::template::Seen::Variable(name) => check_known(name, &known),
            _ => Ok(()),
        });
        // The text may have a secret in its query: it is not repeated.
        let template = template.map_err(|_| Error::invalid("url", format!("has an unknown variable; there are ${}", known.join(", $"))))?;
        let shown = SafeUrl::parse(&template.render(|name, ()| format!("({name})")))?;
        let plain = SafeUrl::parse(&template.render(|_, ()| "x".into()))?;
        if !shown.same_origin(&plain) {
            return Err(Error::invalid("url", "a variable is in the host; put it into the path or the query"));
        }
        Ok(Self { template, shown })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.template.variables().contains(name)
    }

    pub(super) fn has_window(&self) -> bool {
        let any = |names: [&str; 3]| names.iter().any(|name| self.has(name));
        any(["from", "from_ms", "from_s"]) && any(["to", "to_ms", "to_s"])
    }

    pub(super) fn shown(&self) -> &SafeUrl {
        &self.shown
    }

    /// # Errors
    /// If a value would lead to another path (`.`, `..`).
    pub(super) fn render(&self, context: &MetricContext) -> Result<SafeUrl> {
        let dots = |name: &&str| named(name, context).is_some_and(|value| matches!(value, "." | ".."));
        if let Some(name) = self.template.variables().into_iter().find(dots) {
            return Err(Error::invalid("url", format!("the {name} is made of dots, which would lead to another path")));
        }
        SafeUrl::parse(&self.template.render(|name, ()| encoded(&value(name, context))))
    }
}

fn value(name: &str, context: &MetricContext) -> String {
    let (from, to) = (context.window.from, context.window.to);
    let at = |at: Timestamp, unit: &str| match unit {
        "ms" => at.as_millis().to_string(),
        "s" => (at.as_millis() / 1_000).to_string(),
        _ => at.to_string(),
    };
    match name.split_once('_').unwrap_or((name, "")) {
        ("from", unit) => at(from, unit),
        ("to", unit) => at(to, unit),
        _ => named(name, context).unwrap_or_default().to_owned(),
    }
}

/// Everything but unreserved characters (RFC 3986) as `%XX`.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}
