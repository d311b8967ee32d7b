//! The client of a request, for limits per client: its network address.
//!
//! An IPv6 client has a whole /64 and can change its address within it at will, so the /64 counts as one client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The key of every limit per client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    /// The client at this address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(IpAddr::V4(address)),
            IpAddr::V6(address) => {
                Self(IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))))
            }
        }
    }

    /// A command on this machine, or a request whose address is not known.
    #[must_use]
    pub const fn unknown() -> Self {
        Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// The address, or the first one of the /64.
    #[must_use]
    pub fn address(self) -> IpAddr {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::of(address.parse().expect("an address"))
    }

    #[test]
    fn a_network_of_one_subscriber_is_one_client() {
        assert_eq!(client("2001:db8:1:2::7"), client("2001:db8:1:2:ffff::1"));
        assert_ne!(client("2001:db8:1:2::7"), client("2001:db8:1:3::7"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn an_ipv4_address_is_the_same_client_in_either_notation() {
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
    }
}
