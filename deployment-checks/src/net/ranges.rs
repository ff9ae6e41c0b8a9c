//! The addresses that are not for checks, and why.
//!
//! Source: the IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890), and the clouds' documentation of their metadata
//! services.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A range and what it is, in words that end "… is denied: it is …".
pub(super) type Range = (IpNet, &'static str);

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length))
}

const fn v6(s: [u16; 8], length: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]), length))
}

/// Metadata and credential services of clouds: open only to an `allow` that names the single address.
pub(super) const METADATA: &[IpNet] = &[
    v4(169, 254, 169, 254, 32),                       // AWS, Azure, Google, DigitalOcean, Oracle and others
    v4(169, 254, 170, 2, 32),                         // AWS: credentials of ECS tasks
    v4(169, 254, 170, 23, 32),                        // AWS: credentials of EKS pods
    v4(100, 100, 100, 200, 32),                       // Alibaba
    v4(168, 63, 129, 16, 32),                         // Azure: the host's agent
    v4(192, 0, 0, 192, 32),                           // Oracle, the older one
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128),   // AWS
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128),    // AWS: credentials of EKS pods
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),    // Google
    v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42], 128),     // Scaleway
    v6([0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe], 128), // OpenStack
];

/// Denied unless allowed.
pub(super) const SPECIAL: &[Range] = &[
    (v4(0, 0, 0, 0, 8), "\"this network\", which means this machine"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(192, 0, 0, 0, 24), "reserved for protocols"),
    (v4(192, 0, 2, 0, 24), "reserved for documentation"),
    (v4(192, 88, 99, 0, 24), "reserved (6to4 relays)"),
    (v4(198, 18, 0, 0, 15), "reserved for benchmarks of networks"),
    (v4(198, 51, 100, 0, 24), "reserved for documentation"),
    (v4(203, 0, 113, 0, 24), "reserved for documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(255, 255, 255, 255, 32), "broadcast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), "unspecified, which means this machine"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "loopback"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), "a local translation to IPv4"),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), "for discarding"),
    (v6([0x2001, 0x2, 0, 0, 0, 0, 0, 0], 48), "reserved for benchmarks of networks"),
    (v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28), "reserved (ORCHID)"),
    (v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28), "reserved (ORCHID)"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "reserved for documentation"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "reserved for documentation"),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), "reserved for segment routing"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), "site-local, which is no longer used"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast"),
];

/// Denied as well by [`AddressPolicy::public_only`](super::AddressPolicy::public_only).
pub(super) const PRIVATE: &[Range] = &[
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "shared by a provider's customers"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), "private"),
];

/// What is wrong with `address`, if it is in one of `ranges`.
pub(super) fn find(ranges: &[Range], address: IpAddr) -> Option<&'static str> {
    ranges.iter().find(|(range, _)| range.contains(&address)).map(|(_, what)| *what)
}
