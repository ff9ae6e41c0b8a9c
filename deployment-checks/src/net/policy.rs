//! Which addresses may be connected to.

use std::net::IpAddr;

use deployment_core::{Error, ErrorKind, Result};
use ipnet::IpNet;

use super::{
    embedded::{canonical, embedded},
    ranges::{METADATA, PRIVATE, SPECIAL, find},
};

/// Which addresses may be connected to, by CIDR.
///
/// By default private networks (RFC 1918, unique local IPv6, a provider's shared space) and public addresses are allowed: checks live
/// inside networks. Denied are this machine (unspecified, loopback), link-local, the metadata services of clouds, multicast, broadcast
/// and everything reserved. [`AddressPolicy::public_only`] denies private networks as well.
///
/// In this order, the first that matches decides:
/// 1. [`deny`](Self::deny): denied, whatever else was said;
/// 2. a metadata service: denied, unless an [`allow`](Self::allow) names that single address (`/32`, `/128`);
/// 3. [`allow`](Self::allow): allowed;
/// 4. the defaults above.
///
/// An IPv4 address within an IPv6 address counts: IPv4-mapped is judged as the IPv4 address that it is; in the forms of translators and
/// tunnels (IPv4-compatible, NAT64 `64:ff9b::/96`, 6to4, Teredo, ISATAP) every IPv4 address inside must be allowed as well. A NAT64
/// prefix of your own network cannot be known: [`deny`](Self::deny) it.
///
/// ```
/// use deployment_checks::net::AddressPolicy;
///
/// let policy = AddressPolicy::default();
/// assert!(policy.check("192.168.1.10".parse()?).is_ok());
/// assert!(policy.check("127.0.0.1".parse()?).is_err());
/// assert!(policy.check("::ffff:169.254.169.254".parse()?).is_err());
///
/// let policy = AddressPolicy::public_only().allow("10.0.5.0/24")?;
/// assert!(policy.check("10.0.5.9".parse()?).is_ok());
/// assert!(policy.check("10.0.6.9".parse()?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    scope: Scope,
    allowed: Vec<IpNet>,
    denied: Vec<IpNet>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Scope {
    #[default]
    PrivateAndPublic,
    PublicOnly,
}

impl AddressPolicy {
    /// The policy that allows public addresses only.
    #[must_use]
    pub fn public_only() -> Self {
        Self { scope: Scope::PublicOnly, ..Self::default() }
    }

    /// Allows `range` (`127.0.0.0/8`, `fd00::/8`, or one address), against the defaults.
    ///
    /// # Errors
    /// If `range` is no CIDR.
    pub fn allow(mut self, range: &str) -> Result<Self> {
        self.allowed.push(parse("allow", range)?);
        Ok(self)
    }

    /// Denies `range`. It wins over every [`allow`](Self::allow).
    ///
    /// # Errors
    /// If `range` is no CIDR.
    pub fn deny(mut self, range: &str) -> Result<Self> {
        self.denied.push(parse("deny", range)?);
        Ok(self)
    }

    /// Whether `address` may be connected to.
    ///
    /// # Errors
    /// If it is denied: [`ErrorKind::InvalidInput`], with the reason and what to allow.
    pub fn check(&self, address: IpAddr) -> Result<()> {
        let address = canonical(address);
        let inside = match address {
            IpAddr::V6(v6) => embedded(v6),
            IpAddr::V4(_) => Vec::new(),
        };
        let fault = self.fault(address).or_else(|| inside.into_iter().find_map(|v4| self.fault(IpAddr::V4(v4))));
        match fault {
            None => Ok(()),
            Some(what) => {
                let message = format!("address {address} is denied: it is {what}; allow it in the address policy if the check needs it");
                Err(Error::new(ErrorKind::InvalidInput, "connect", message))
            }
        }
    }

    fn fault(&self, address: IpAddr) -> Option<&'static str> {
        let mut allowed = self.allowed.iter().filter(|range| range.contains(&address));
        if self.denied.iter().any(|range| range.contains(&address)) {
            return Some("denied by the policy");
        }
        if METADATA.iter().any(|range| range.contains(&address)) {
            let named = allowed.any(|range| range.prefix_len() == range.max_prefix_len());
            return (!named).then_some("a cloud's metadata service");
        }
        if allowed.next().is_some() {
            return None;
        }
        let private = || if self.scope == Scope::PublicOnly { find(PRIVATE, address) } else { None };
        find(SPECIAL, address).or_else(private)
    }
}

fn parse(field: &'static str, range: &str) -> Result<IpNet> {
    let range = range.trim();
    let net = range.parse::<IpNet>().or_else(|_| range.parse::<IpAddr>().map(IpNet::from));
    let net =
        net.map_err(|_| Error::invalid(field, format!("\"{range}\" is no range of addresses; write it as 10.0.0.0/8 or fd00::/8")))?;
    match net {
        IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some() => {
            Err(Error::invalid(field, format!("\"{range}\" is IPv4-mapped; write the IPv4 range that it means")))
        }
        net => Ok(net.trunc()),
    }
}
