//! How a stage is started.

use std::{fmt, str::FromStr, time::Duration};

/// How a stage is started.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct StageOptions {
    /// A service, as NAME or NAME=PORT; may be given several times.
    #[arg(long = "service", required = true)]
    pub services: Vec<ServiceSpec>,
    /// The control endpoint's port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub control_port: u16,
    /// How long a leaving instance may take to finish its requests, in milliseconds.
    #[arg(long, default_value_t = 30_000)]
    pub drain_ms: u64,
    /// End when standard input ends: a parent that dies leaves nothing behind.
    #[arg(long)]
    pub follow_stdin: bool,
}

/// A service and the port of its front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSpec {
    /// The service's name.
    pub name: String,
    /// Its front's port; 0 takes a free one.
    pub port: u16,
}

impl StageOptions {
    /// A stage for these services, on free ports.
    #[must_use]
    pub fn new<'a>(services: impl IntoIterator<Item = &'a str>) -> Self {
        let services = services.into_iter().map(|name| ServiceSpec { name: name.to_owned(), port: 0 }).collect();
        Self { services, control_port: 0, drain_ms: 30_000, follow_stdin: false }
    }

    /// The arguments that [`StageOptions`] is read from.
    #[must_use]
    pub fn to_args(&self) -> Vec<String> {
        let mut args: Vec<_> = self.services.iter().map(|service| format!("--service={service}")).collect();
        args.push(format!("--control-port={}", self.control_port));
        args.push(format!("--drain-ms={}", self.drain_ms));
        if self.follow_stdin {
            args.push("--follow-stdin".to_owned());
        }
        args
    }

    /// How long a leaving instance may take to finish its requests.
    #[must_use]
    pub fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

impl FromStr for ServiceSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, port) = text.split_once('=').unwrap_or((text, "0"));
        let port = port.parse().map_err(|error| format!("{port:?} is not a port: {error}"))?;
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if name.is_empty() || !name.chars().all(allowed) {
            // The name becomes part of revision ids, and those travel in headers.
            return Err(format!("{name:?} is not a service's name: expected letters, digits, - and _"));
        }
        Ok(Self { name: name.to_owned(), port })
    }
}

impl fmt::Display for ServiceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::ServiceSpec;

    #[test]
    fn a_service_is_a_name_with_or_without_a_port() {
        let read = |text: &str| text.parse::<ServiceSpec>().map(|spec| (spec.name, spec.port));
        assert_eq!(read("backend"), Ok(("backend".into(), 0)));
        assert_eq!(read("backend=8080"), Ok(("backend".into(), 8080)));
        for text in ["", "=1", "a b", "backend=x", "backend=70000"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
