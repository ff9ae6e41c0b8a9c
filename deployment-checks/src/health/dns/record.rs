//! Types of records, and their values in one form.

use std::{fmt, net::IpAddr};

/// A type of DNS record, and how its values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Record {
    /// IPv4 addresses: `192.0.2.1`.
    A,
    /// IPv6 addresses: `2001:db8::1`.
    Aaaa,
    /// The name that this one stands for: `www.example.com`.
    Cname,
    /// Mail servers, with their preference: `10 mail.example.com`.
    Mx,
    /// Texts, the parts of one joined: `v=spf1 -all`.
    Txt,
}

impl Record {
    /// A value in the form in which answers are compared: addresses as Rust writes them, names in lower case without the last dot.
    pub(super) fn normal(self, value: &str) -> Option<String> {
        let value = value.trim();
        let name = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let address = || value.parse::<IpAddr>().ok();
        match self {
            Self::A => address().filter(IpAddr::is_ipv4).map(|address| address.to_string()),
            Self::Aaaa => address().filter(IpAddr::is_ipv6).map(|address| address.to_string()),
            Self::Cname => (!value.is_empty()).then(|| name(value)),
            Self::Mx => {
                let (preference, exchange) = value.split_once(' ')?;
                Some(format!("{} {}", preference.parse::<u16>().ok()?, name(exchange.trim())))
            }
            Self::Txt => Some(value.to_owned()),
        }
    }

    pub(super) fn example(self) -> &'static str {
        match self {
            Self::A => "192.0.2.1",
            Self::Aaaa => "2001:db8::1",
            Self::Cname => "www.example.com",
            Self::Mx => "10 mail.example.com",
            Self::Txt => "v=spf1 -all",
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Txt => "TXT",
        })
    }
}
