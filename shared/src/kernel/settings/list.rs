//! The one documented list of settings: name, default and meaning.

/// One setting as users see it.
#[derive(Clone, Copy, Debug)]
pub struct Documented {
    pub name: &'static str,
    /// What holds if it is not set; `None`: it must be set, or what it switches on stays off.
    pub default: Option<&'static str>,
    pub meaning: &'static str,
}

const fn setting(name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Documented {
    Documented { name, default, meaning }
}

/// Every setting there is, in the order of the documentation.
pub const DOCUMENTED: &[Documented] = &[
    setting(
        "HAAT_ENV",
        Some("development"),
        "development or production; production refuses weak secrets and does not migrate by itself",
    ),
    setting("DATABASE_URL", None, "PostgreSQL, 15 or later"),
    setting("HAAT_DATABASE_CONNECTIONS", Some("24"), "connections per process at the most"),
    setting("REDIS_URL", None, "Redis, 7 or later"),
    setting("HAAT_REDIS_NAMESPACE", Some("haat"), "prefix of all keys and channels"),
    setting("HAAT_API_ADDR", Some("127.0.0.1:8080"), "where the API listens; port 0 takes a free one"),
    setting("HAAT_WORKER_ADDR", Some("127.0.0.1:8081"), "where the worker answers health checks and metrics"),
    setting("HAAT_PORT_FILE", None, "file that receives the port that was bound"),
    setting("HAAT_PUBLIC_URL", Some("http://127.0.0.1:8080"), "where browsers reach the API"),
    setting(
        "HAAT_PAID_URL",
        None,
        "where a customer comes back to after paying; {order_id} is filled in; the API's own page if not set",
    ),
    setting("HAAT_LEFT_URL", None, "where a customer comes back to without paying; {order_id} is filled in"),
    setting("HAAT_CORS_ORIGINS", Some(""), "origins of browser frontends, separated by commas; * allows any"),
    setting("HAAT_LOG", Some("info"), "log filter, in the syntax of RUST_LOG"),
    setting(
        "HAAT_JWT_KEYS",
        None,
        "kid:secret pairs separated by commas; the first signs, all verify; secrets have 32 bytes or more",
    ),
    setting("HAAT_JWT_ISSUER", Some("haat"), "iss of access tokens"),
    setting("HAAT_JWT_AUDIENCE", Some("haat"), "aud of access tokens"),
    setting("HAAT_ACCESS_TOKEN_SECONDS", Some("900"), "life of an access token"),
    setting("HAAT_REFRESH_TOKEN_SECONDS", Some("2592000"), "life of a session without use"),
    setting("HAAT_PASSWORD_HASHERS", Some("2"), "passwords hashed at once; each takes 19 MiB"),
    setting("HAAT_HOLD_SECONDS", Some("1800"), "how long stock is held for an order that waits for payment"),
    setting(
        "HAAT_COMMISSION_RATE",
        Some("0.10"),
        "fraction of a sale the marketplace keeps, for new vendors",
    ),
    setting(
        "HAAT_REVIEW_PRODUCTS",
        Some("false"),
        "true: a vendor's product waits for an admin before it is listed",
    ),
    setting("HAAT_STRIPE_SECRET_KEY", None, "switches Stripe on"),
    setting(
        "HAAT_STRIPE_WEBHOOK_SECRETS",
        None,
        "whsec_… of the endpoint; several, separated by commas, while one is rolled",
    ),
    setting("HAAT_STRIPE_BASE_URL", Some("https://api.stripe.com"), "Stripe, or its simulator"),
    setting(
        "HAAT_STRIPE_TIMEOUT_SECONDS",
        Some("10"),
        "how long a call may take with its quick repeats, 13 at the most",
    ),
    setting("HAAT_STRIPE_CALLS_AT_ONCE", Some("100"), "calls in flight at once from one process"),
    setting("HAAT_WORKER_ORDER_TASKS", Some("4"), "groups of database-only jobs that a worker runs at once"),
    setting(
        "HAAT_WORKER_PAYMENT_TASKS",
        Some("32"),
        "groups of gateway jobs that a worker runs at once, each of up to 16",
    ),
    setting("HAAT_REQUEST_TIMEOUT_SECONDS", Some("40"), "how long the API works on a request"),
    setting("HAAT_SHUTDOWN_GRACE_SECONDS", Some("20"), "how long running work may take to end after SIGTERM"),
];
