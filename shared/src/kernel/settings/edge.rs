//! Settings of the API's edge: what it takes in at once, in all and of one client.

use std::net::SocketAddr;
use std::time::Duration;

use super::TrustedProxies;
use super::reader::Reader;

/// How much is let in.
#[derive(Clone, Debug)]
pub struct EdgeSettings {
    /// Where figures and readiness are told instead of at the public address.
    pub metrics_addr: Option<SocketAddr>,
    pub trusted_proxies: TrustedProxies,
    pub connections: usize,
    pub connections_per_client: usize,
    /// Request bodies of one client that are on their way at once.
    pub bodies_per_client: usize,
    /// The same of one client at the addresses for webhooks: a gateway sends for all customers from few addresses.
    pub pushed_bodies_per_client: usize,
    /// Bytes of a body that must come within each [`EdgeSettings::body_pause`].
    pub body_least: usize,
    pub body_pause: Duration,
    /// Long polls and event streams open at once.
    pub watches_per_user: usize,
    pub watches_per_client: usize,
}

impl EdgeSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let metrics_addr = reader.optional("HAAT_API_METRICS_ADDR").and_then(|text| {
            let address = text.parse().ok();
            if address.is_none() {
                reader.wrong("HAAT_API_METRICS_ADDR", "is not an address with a port, as 127.0.0.1:9100");
            }
            address
        });
        let proxies = reader.optional("HAAT_TRUSTED_PROXIES").unwrap_or_default();
        let trusted_proxies = TrustedProxies::parse(&proxies).unwrap_or_else(|problem| {
            reader.wrong("HAAT_TRUSTED_PROXIES", &problem);
            TrustedProxies::default()
        });
        let body_pause = reader.seconds("HAAT_BODY_PAUSE_SECONDS", 1..=60);
        let per_second: usize = reader.number("HAAT_BODY_BYTES_PER_SECOND", 1..=10_000_000);
        Self {
            metrics_addr,
            trusted_proxies,
            connections: reader.number("HAAT_CONNECTIONS", 1..=1_000_000),
            connections_per_client: reader.number("HAAT_CONNECTIONS_PER_CLIENT", 1..=1_000_000),
            bodies_per_client: reader.number("HAAT_BODIES_PER_CLIENT", 1..=100_000),
            pushed_bodies_per_client: reader.number("HAAT_WEBHOOK_BODIES_PER_CLIENT", 1..=100_000),
            body_least: per_second.saturating_mul(usize::try_from(body_pause.as_secs()).unwrap_or(1)),
            body_pause,
            watches_per_user: reader.number("HAAT_WATCHES_PER_USER", 1..=100_000),
            watches_per_client: reader.number("HAAT_WATCHES_PER_CLIENT", 1..=100_000),
        }
    }
}
