//! Determines the client of a request: the address of the connection, or the one that a trusted proxy reports.
//!
//! Each proxy appends to `X-Forwarded-For` the address that called it. The list is read from its end, as long as its
//! addresses are trusted proxies: the first address that is not one is the client. Everything before it may be made up
//! by the client.

use std::net::IpAddr;
use std::sync::Once;

use http::{HeaderMap, HeaderName};
use shared::kernel::Client;
use shared::kernel::settings::TrustedProxies;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The remote address of a connection. An extension of its requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

pub(super) fn client_of(peer: Option<&Peer>, headers: &HeaderMap, proxies: &TrustedProxies) -> Client {
    let Some(Peer(peer)) = peer else { return Client::unknown() };
    if !proxies.contains(*peer) {
        if headers.contains_key(X_FORWARDED_FOR) {
            warn_once();
        }
        return Client::of(*peer);
    }
    let lines = headers.get_all(X_FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = *peer;
    for hop in hops.into_iter().rev() {
        let Some(address) = address(hop) else { break };
        client = address;
        if !proxies.contains(address) {
            break;
        }
    }
    Client::of(client)
}

/// Parses an address with or without a port: some proxies add one.
fn address(hop: &str) -> Option<IpAddr> {
    let bare =
        hop.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(hop, |(address, _)| address);
    bare.parse().ok().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

fn warn_once() {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(
            "X-Forwarded-For of an address that HAAT_TRUSTED_PROXIES does not name is ignored; \
             if it is your proxy, name it: until then all its clients share one client's limits"
        );
    });
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let proxies = TrustedProxies::parse("10.0.0.0/8, 2001:db8::/32").expect("networks");
        let peer = Peer(peer.parse().expect("an address"));
        let lines =
            forwarded.iter().map(|line| (X_FORWARDED_FOR, HeaderValue::from_str(line).expect("visible")));
        client_of(Some(&peer), &lines.collect(), &proxies).address().to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(client("192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(client("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_made_up_before_the_proxies_does_not_count() {
        assert_eq!(client("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.2.3.4"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.1, nonsense"]), "10.0.0.1");
    }

    #[test]
    fn ports_and_brackets_are_understood() {
        assert_eq!(client("10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client("2001:db8::1", &["[2001:dead::1]:4711"]), "2001:dead::");
    }
}
