//! IPv4 addresses that hide in IPv6 addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address that a connection to `address` really goes to: IPv4-mapped IPv6 (`::ffff:a.b.c.d`) is IPv4.
pub(super) fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Every IPv4 address that a translator or a tunnel could take `address` for.
///
/// IPv4-compatible (RFC 4291), IPv4-translated (RFC 2765), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380: server and client) and
/// ISATAP (RFC 5214).
pub(super) fn embedded(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let s = address.segments();
    let at = |i: usize| v4(s[i], s[i + 1]);
    match s {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Vec::new(), // unspecified and loopback: addresses of their own
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![at(6)],
        [0x2002, ..] => vec![at(1)],
        [0x2001, 0, ..] => vec![at(2), v4(!s[6], !s[7])],
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => vec![at(6)],
        _ => Vec::new(),
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}
