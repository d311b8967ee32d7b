//! Configuration: typed, from the environment (and a `.env` file), documented in one list, with every problem reported
//! at once.
//!
//! The list [`DOCUMENTED`] has what the code reads and what `haat-api settings` prints; a name that is not in it can't
//! be read. Values are checked here and nowhere else. In production, secrets that are weak, missing or known from the
//! documentation are refused.

mod edge;
mod gateways;
mod keys;
mod list;
mod names;
mod proxies;
mod reader;
mod retention;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use money::Money;
use rust_decimal::Decimal;

pub use edge::EdgeSettings;
pub use gateways::{
    BkashSettings, ChapaSettings, GatewaySettings, LONGEST_CALL_SECS, LONGEST_EXECUTION_SECS,
    PaystackSettings, Reach, StripeSettings,
};
pub use keys::{JwtKey, JwtKeys};
pub use list::{DOCUMENTED, Documented};
pub use proxies::TrustedProxies;
pub use reader::Problems;
pub use retention::Retention;

use super::Secret;
use reader::Reader;

/// The environment: development migrates automatically and accepts weak secrets, production does neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

/// Limits on one customer's open unpaid orders.
#[derive(Clone, Debug)]
pub struct OpenLimit {
    pub orders: u32,
    /// Of all these orders together.
    pub pieces: u32,
    /// Of all these orders together, one amount per currency; a currency without one has no limit.
    pub value: Vec<Money>,
}

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Settings {
    pub environment: Environment,
    pub database_url: Secret,
    pub database_connections: u32,
    /// How long a starting process waits for a database that refuses its sign-in.
    pub database_wait: Duration,
    pub redis_url: Secret,
    /// Prefix of every key and channel in Redis, so that installations can share one.
    pub redis_namespace: String,
    pub api_addr: SocketAddr,
    /// Where the worker answers health checks and metrics.
    pub worker_addr: SocketAddr,
    /// If set, the port that was bound is written to this file.
    pub port_file: Option<PathBuf>,
    /// Where browsers reach the API.
    pub public_url: String,
    /// Where a gateway sends the customer after paying, and after leaving. `{order_id}` and `{gateway}` are filled in.
    /// No proof of either: after paying means that the money may be on its way.
    pub paid_url: String,
    pub left_url: String,
    /// Where the shop is, for a link on the API's own page after paying. Filled in alike.
    pub shop_url: Option<String>,
    pub cors_origins: Vec<String>,
    pub log: String,
    pub jwt_keys: JwtKeys,
    pub jwt_issuer: String,
    pub jwt_audience: String,
    pub access_token_life: Duration,
    pub refresh_token_life: Duration,
    /// How many passwords are hashed at once: each takes 19 MiB and a core for some 20 ms.
    pub password_hashers: usize,
    /// How long unpaid stock is held.
    pub hold: Duration,
    /// Most attempts to pay one order.
    pub payment_attempts: usize,
    /// Limits on one customer's open orders that are paid on delivery, or cost nothing.
    pub open_cash: OpenLimit,
    /// Limits on one customer's open orders that wait for an online payment.
    pub open_unpaid: OpenLimit,
    /// Older open orders do not count.
    pub open_days: u32,
    /// The fraction of a sale that the marketplace keeps, unless a vendor has its own rate.
    pub commission_rate: Decimal,
    /// How long gateways' answers are stored.
    pub payment_log_days: u32,
    /// Whether a vendor's product waits for an administrator before it is listed.
    pub review_products: bool,
    /// Most products of a shop while it is not approved, and once it is.
    pub unapproved_shop_products: u32,
    pub shop_products: u32,
    pub gateways: GatewaySettings,
    pub retention: Retention,
    /// How many tasks of each kind of queue a worker runs at once.
    pub worker_order_tasks: usize,
    pub worker_payment_tasks: usize,
    pub worker_execution_tasks: usize,
    pub worker_refund_tasks: usize,
    /// Limits on what the API takes in at once.
    pub edge: EdgeSettings,
    pub request_timeout: Duration,
    pub shutdown_grace: Duration,
}

impl Settings {
    /// From the environment, after reading `.env` of the working directory if there is one.
    ///
    /// A variable that begins with `HAAT_` and is no setting is a problem too: it is probably misspelt.
    pub fn from_env() -> Result<Self, Problems> {
        let _ = dotenvy::dotenv(); // no such file is the usual case; an environment variable wins over the file
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let settings = Self::read(|name| std::env::var(name).ok());
        Problems::found(names::unknown(names)).and_with(settings)
    }

    /// From any source of named values. Reports all problems, not the first.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Problems> {
        let mut reader = Reader::new(&lookup);
        let environment = reader.choice(
            "HAAT_ENV",
            &[("development", Environment::Development), ("production", Environment::Production)],
        );
        let production = environment == Environment::Production;
        let plain = reader.choice("HAAT_ALLOW_HTTP", &[("false", false), ("true", true)]);
        reader.secure_from_now_on(production && !plain);
        let public_url = reader.public_url("HAAT_PUBLIC_URL");
        let api_addr: SocketAddr = reader.parsed("HAAT_API_ADDR", "an address with a port, as 0.0.0.0:8080");
        let jwt_keys = reader.jwt_keys("HAAT_JWT_KEYS", production, api_addr);
        let settings = Self {
            environment,
            database_url: reader.service("DATABASE_URL", &["postgres", "postgresql"]),
            database_connections: reader.number("HAAT_DATABASE_CONNECTIONS", 2..=500),
            database_wait: reader.seconds("HAAT_DATABASE_WAIT_SECONDS", 1..=3600),
            redis_url: reader.service("REDIS_URL", &["redis", "rediss", "redis+unix", "unix"]),
            redis_namespace: reader.text("HAAT_REDIS_NAMESPACE"),
            api_addr,
            worker_addr: reader.parsed("HAAT_WORKER_ADDR", "an address with a port, as 0.0.0.0:8081"),
            port_file: reader.optional("HAAT_PORT_FILE").map(PathBuf::from),
            paid_url: reader.template("HAAT_PAID_URL").unwrap_or_else(|| {
                format!("{public_url}/api/payment/{{gateway}}/return?order={{order_id}}&outcome=processing")
            }),
            left_url: reader.template("HAAT_LEFT_URL").unwrap_or_else(|| {
                format!("{public_url}/api/payment/{{gateway}}/return?order={{order_id}}&outcome=left")
            }),
            shop_url: reader.template("HAAT_SHOP_URL"),
            public_url,
            cors_origins: reader.origins("HAAT_CORS_ORIGINS"),
            log: reader.log_filter("HAAT_LOG"),
            jwt_keys,
            jwt_issuer: reader.text("HAAT_JWT_ISSUER"),
            jwt_audience: reader.text("HAAT_JWT_AUDIENCE"),
            access_token_life: reader.seconds("HAAT_ACCESS_TOKEN_SECONDS", 30..=86_400),
            refresh_token_life: reader.seconds("HAAT_REFRESH_TOKEN_SECONDS", 60..=31_536_000),
            password_hashers: reader.number("HAAT_PASSWORD_HASHERS", 1..=64),
            hold: reader.seconds("HAAT_HOLD_SECONDS", 10..=86_400),
            payment_attempts: reader.number("HAAT_PAYMENT_ATTEMPTS", 1..=100),
            open_cash: OpenLimit {
                orders: reader.number("HAAT_OPEN_CASH_ORDERS", 1..=1_000_000),
                pieces: reader.number("HAAT_OPEN_CASH_PIECES", 1..=1_000_000_000),
                value: reader.amounts("HAAT_OPEN_CASH_VALUE"),
            },
            open_unpaid: OpenLimit {
                orders: reader.number("HAAT_OPEN_UNPAID_ORDERS", 1..=1_000_000),
                pieces: reader.number("HAAT_OPEN_UNPAID_PIECES", 1..=1_000_000_000),
                value: reader.amounts("HAAT_OPEN_UNPAID_VALUE"),
            },
            open_days: reader.number("HAAT_OPEN_ORDER_DAYS", 1..=366),
            commission_rate: reader.fraction("HAAT_COMMISSION_RATE"),
            payment_log_days: reader.number("HAAT_PAYMENT_LOG_DAYS", 1..=36_500),
            review_products: reader.choice("HAAT_REVIEW_PRODUCTS", &[("false", false), ("true", true)]),
            unapproved_shop_products: reader.number("HAAT_UNAPPROVED_SHOP_PRODUCTS", 0..=1_000_000),
            shop_products: reader.number("HAAT_SHOP_PRODUCTS", 1..=1_000_000),
            gateways: GatewaySettings::read(&mut reader, production),
            retention: Retention::read(&mut reader),
            worker_order_tasks: reader.number("HAAT_WORKER_ORDER_TASKS", 1..=64),
            worker_payment_tasks: reader.number("HAAT_WORKER_PAYMENT_TASKS", 1..=256),
            worker_execution_tasks: reader.number("HAAT_WORKER_EXECUTION_TASKS", 1..=256),
            worker_refund_tasks: reader.number("HAAT_WORKER_REFUND_TASKS", 1..=256),
            edge: EdgeSettings::read(&mut reader),
            request_timeout: reader.seconds("HAAT_REQUEST_TIMEOUT_SECONDS", 1..=120),
            shutdown_grace: reader.seconds("HAAT_SHUTDOWN_GRACE_SECONDS", 1..=300),
        };
        reader.finish(settings)
    }
}

#[cfg(test)]
mod tests;
