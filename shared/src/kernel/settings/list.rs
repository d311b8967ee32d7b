//! The one documented list of settings: name, default and meaning.

/// One setting as users see it.
#[derive(Clone, Copy, Debug)]
pub struct Documented {
    pub name: &'static str,
    /// The value if it is not set. `None`: it must be set, or its feature stays off.
    pub default: Option<&'static str>,
    pub meaning: &'static str,
}

const fn setting(name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Documented {
    Documented { name, default, meaning }
}

/// All settings, in the order of the documentation.
pub const DOCUMENTED: &[Documented] = &[
    setting(
        "HAAT_ENV",
        Some("development"),
        "development or production; production refuses weak secrets and does not migrate automatically",
    ),
    setting("DATABASE_URL", None, "PostgreSQL, 15 or later"),
    setting(
        "HAAT_DATABASE_CONNECTIONS",
        Some("24"),
        "most connections of one process; times the number of processes it must fit max_connections",
    ),
    setting(
        "HAAT_DATABASE_WAIT_SECONDS",
        Some("60"),
        "how long a starting process waits for a database that refuses its sign-in, before it ends",
    ),
    setting("REDIS_URL", None, "Redis, 7 or later"),
    setting("HAAT_REDIS_NAMESPACE", Some("haat"), "prefix of all keys and channels"),
    setting("HAAT_API_ADDR", Some("127.0.0.1:8080"), "where the API listens; port 0 chooses a free one"),
    setting("HAAT_WORKER_ADDR", Some("127.0.0.1:8081"), "where the worker answers health checks and metrics"),
    setting(
        "HAAT_API_METRICS_ADDR",
        None,
        "where the API answers /metrics and /health/ready; not set: at HAAT_API_ADDR",
    ),
    setting("HAAT_PORT_FILE", None, "file to which the port is written"),
    setting(
        "HAAT_ALLOW_HTTP",
        Some("false"),
        "true: production accepts http addresses and an unset HAAT_PUBLIC_URL, for a trial on one machine",
    ),
    setting("HAAT_PUBLIC_URL", Some("http://127.0.0.1:8080"), "where browsers reach the API"),
    setting(
        "HAAT_PAID_URL",
        None,
        "where a customer returns after paying or agreeing to pay; {order_id} and {gateway} are filled in; the API's own page if not set",
    ),
    setting(
        "HAAT_LEFT_URL",
        None,
        "where a customer returns without paying; {order_id} and {gateway} are filled in",
    ),
    setting(
        "HAAT_CORS_ORIGINS",
        Some(""),
        "origins of browser frontends that may call, separated by commas; * allows any",
    ),
    setting(
        "HAAT_SHOP_URL",
        None,
        "address of the shop, linked on the API's own page after paying; {order_id} and {gateway} are filled in; no link if not set",
    ),
    setting("HAAT_LOG", Some("info"), "log filter, in the syntax of RUST_LOG"),
    setting(
        "HAAT_JWT_KEYS",
        None,
        "kid:secret pairs separated by commas; the first signs, all verify; secrets have at least 32 bytes",
    ),
    setting("HAAT_JWT_ISSUER", Some("haat"), "iss of access tokens"),
    setting("HAAT_JWT_AUDIENCE", Some("haat"), "aud of access tokens"),
    setting("HAAT_ACCESS_TOKEN_SECONDS", Some("900"), "lifetime of an access token"),
    setting("HAAT_REFRESH_TOKEN_SECONDS", Some("2592000"), "lifetime of an unused session"),
    setting("HAAT_PASSWORD_HASHERS", Some("2"), "passwords hashed at once; each takes 19 MiB"),
    setting("HAAT_HOLD_SECONDS", Some("1800"), "how long stock is held for an order that waits for payment"),
    setting("HAAT_PAYMENT_ATTEMPTS", Some("10"), "most attempts to pay one order, at all gateways together"),
    setting(
        "HAAT_OPEN_CASH_ORDERS",
        Some("10"),
        "most orders of one customer that are paid on delivery, or cost nothing, and are not shipped yet",
    ),
    setting("HAAT_OPEN_CASH_PIECES", Some("200"), "most pieces of these orders together"),
    setting(
        "HAAT_OPEN_CASH_VALUE",
        Some(""),
        "most value of these orders together, such as USD:500,BDT:20000; a currency that is not named has no limit",
    ),
    setting(
        "HAAT_OPEN_UNPAID_ORDERS",
        Some("5"),
        "most orders of one customer that wait for an online payment",
    ),
    setting("HAAT_OPEN_UNPAID_PIECES", Some("500"), "most pieces of these orders together"),
    setting("HAAT_OPEN_UNPAID_VALUE", Some(""), "most value of these orders together, as above"),
    setting("HAAT_OPEN_ORDER_DAYS", Some("30"), "how long an open order counts towards these limits"),
    setting(
        "HAAT_COMMISSION_RATE",
        Some("0.10"),
        "fraction of a sale that the marketplace keeps, for new vendors",
    ),
    setting(
        "HAAT_PAYMENT_LOG_DAYS",
        Some("400"),
        "how long gateways' answers are kept, in days: longer than a payment can be disputed",
    ),
    setting(
        "HAAT_REVIEW_PRODUCTS",
        Some("false"),
        "true: a vendor's product waits for an admin before it is listed",
    ),
    setting(
        "HAAT_UNAPPROVED_SHOP_PRODUCTS",
        Some("1000"),
        "most products of a shop that is not approved; archived ones count",
    ),
    setting("HAAT_SHOP_PRODUCTS", Some("100000"), "most products of any other shop"),
    setting(
        "HAAT_KEEP_WEBHOOK_EVENTS_DAYS",
        Some("180"),
        "how long bodies of gateways' events are kept once they are applied or ignored",
    ),
    setting(
        "HAAT_KEEP_SESSIONS_DAYS",
        Some("30"),
        "how long sessions are kept after their end, with their refresh tokens",
    ),
    setting(
        "HAAT_KEEP_FOREIGN_DAYS",
        Some("400"),
        "how long movements of other systems on the same gateway account are kept and counted",
    ),
    setting(
        "HAAT_KEEP_DEAD_JOBS_DAYS",
        Some("0"),
        "how long dead jobs are kept that no money or stock depends on; 0: until an operator drops them",
    ),
    setting("HAAT_STRIPE_SECRET_KEY", None, "switches Stripe on"),
    setting(
        "HAAT_STRIPE_WEBHOOK_SECRETS",
        None,
        "whsec_… of the endpoint; several, separated by commas, while one is rolled",
    ),
    setting(
        "HAAT_STRIPE_ACCOUNT",
        None,
        "acct_… of the connected account on whose behalf all calls are made; not set: your own",
    ),
    setting("HAAT_STRIPE_BASE_URL", Some("https://api.stripe.com"), "Stripe, or its simulator"),
    setting("HAAT_STRIPE_TIMEOUT_SECONDS", Some("10"), "how long a call may take with its quick repeats"),
    setting("HAAT_STRIPE_CALLS_AT_ONCE", Some("100"), "calls in flight at once from one process"),
    setting("HAAT_BKASH_APP_KEY", None, "switches bKash on"),
    setting("HAAT_BKASH_APP_SECRET", None, "secret of the app key"),
    setting("HAAT_BKASH_USERNAME", None, "of the merchant, for tokens"),
    setting("HAAT_BKASH_PASSWORD", None, "of the merchant, for tokens"),
    setting(
        "HAAT_BKASH_BASE_URL",
        Some("https://tokenized.pay.bka.sh/v1.2.0-beta"),
        "bKash with the version, or its simulator",
    ),
    setting("HAAT_BKASH_TIMEOUT_SECONDS", Some("13"), "how long a call may take with all its requests"),
    setting(
        "HAAT_BKASH_EXECUTE_SECONDS",
        Some("30"),
        "how long an execution or a refund may take, in addition to HAAT_BKASH_TIMEOUT_SECONDS for each call around it; bKash asks for 30",
    ),
    setting("HAAT_BKASH_CALLS_AT_ONCE", Some("50"), "calls in flight at once from one process"),
    setting(
        "HAAT_BKASH_TOKEN_FETCHES_PER_HOUR",
        Some("2"),
        "most tokens granted or refreshed within an hour by all processes; bKash may block a merchant for more",
    ),
    setting(
        "HAAT_BKASH_REFUND_VERSION",
        Some("v2"),
        "v2: in parts, ten per payment; v1: one per payment; depends on the merchant's contract",
    ),
    setting(
        "HAAT_BKASH_REFUND_DAYS",
        Some("15"),
        "how long after a payment it can be refunded: the documents say 60, bKash's plugin 15",
    ),
    setting("HAAT_BKASH_SEARCH", Some("true"), "searchTransaction is available; not every merchant has it"),
    setting(
        "HAAT_BKASH_CONFIRM_CAPTURES",
        Some("false"),
        "true: reconciliation asks bKash about each capture again; bKash's acceptance test forbids asking about an execution that was answered",
    ),
    setting(
        "HAAT_BKASH_TOPIC_ARNS",
        Some(""),
        "SNS topics whose messages are accepted, separated by commas; none: no message is",
    ),
    setting(
        "HAAT_BKASH_CERTIFICATE_ORIGIN",
        None,
        "another origin of SNS certificates besides Amazon: the simulator's address",
    ),
    setting("HAAT_PAYSTACK_SECRET_KEY", None, "switches Paystack on; signs its webhooks too"),
    setting(
        "HAAT_PAYSTACK_FORMER_KEYS",
        Some(""),
        "earlier keys that may still sign webhooks, separated by commas",
    ),
    setting("HAAT_PAYSTACK_BASE_URL", Some("https://api.paystack.co"), "Paystack, or its simulator"),
    setting("HAAT_PAYSTACK_TIMEOUT_SECONDS", Some("10"), "how long a call may take with all its requests"),
    setting("HAAT_PAYSTACK_CALLS_AT_ONCE", Some("100"), "calls in flight at once from one process"),
    setting(
        "HAAT_PAYSTACK_CHANNELS",
        Some(""),
        "what the page offers, such as card,bank_transfer; all if empty",
    ),
    setting(
        "HAAT_PAYSTACK_XOF_SUBUNIT",
        Some("off"),
        "off: no XOF; 100 or 1: how Paystack divides a franc, which its documents do not say",
    ),
    setting(
        "HAAT_PAYSTACK_FILTER_REFUNDS",
        Some("true"),
        "refunds are listed by transaction, which works and is not documented; false: by time alone",
    ),
    setting("HAAT_CHAPA_SECRET_KEY", None, "switches Chapa on"),
    setting(
        "HAAT_CHAPA_WEBHOOK_SECRETS",
        None,
        "the secret hash of the dashboard; several, separated by commas, while one is changed",
    ),
    setting(
        "HAAT_CHAPA_BASE_URL",
        Some("https://api.chapa.co/v1"),
        "Chapa with the version, or its simulator",
    ),
    setting("HAAT_CHAPA_TIMEOUT_SECONDS", Some("10"), "how long a call may take with all its requests"),
    setting("HAAT_CHAPA_CALLS_AT_ONCE", Some("100"), "calls in flight at once from one process"),
    setting(
        "HAAT_CHAPA_CALLBACK_URL",
        None,
        "address that Chapa calls when a payment has ended; none if not set",
    ),
    setting("HAAT_CHAPA_PAGE_TITLE", Some("Order"), "title of the payment page, at most 16 characters"),
    setting(
        "HAAT_CHAPA_ACCEPTS_USD",
        Some("false"),
        "true: the account accepts US dollars in addition to birr",
    ),
    setting(
        "HAAT_CHAPA_CANCEL_ENDPOINT",
        Some("false"),
        "true: pages are closed by PUT /transaction/cancel; false: a page can be paid without end",
    ),
    setting(
        "HAAT_CHAPA_REFUND_PATH",
        Some("chapa_reference"),
        "the reference with which a refund is requested: Chapa's documents name both",
    ),
    setting("HAAT_CHAPA_PARTIAL_REFUNDS", Some("true"), "part of a payment can be refunded"),
    setting("HAAT_WORKER_ORDER_TASKS", Some("4"), "groups of database-only jobs that a worker runs at once"),
    setting(
        "HAAT_WORKER_PAYMENT_TASKS",
        Some("32"),
        "groups of gateway jobs that a worker runs at once, each of up to 16",
    ),
    setting(
        "HAAT_WORKER_EXECUTION_TASKS",
        Some("16"),
        "groups of executions, which take bKash's money, that a worker runs at once, each of up to 16",
    ),
    setting(
        "HAAT_WORKER_REFUND_TASKS",
        Some("2"),
        "groups of refunds that a worker sends at once, each of up to 16",
    ),
    setting(
        "HAAT_TRUSTED_PROXIES",
        Some(""),
        "proxies whose X-Forwarded-For names the client: addresses and networks such as 10.0.0.0/8, separated by commas",
    ),
    setting("HAAT_CONNECTIONS", Some("20000"), "most connections open at once at the API"),
    setting(
        "HAAT_CONNECTIONS_PER_CLIENT",
        Some("1000"),
        "most of these of one client; trusted proxies have no such limit",
    ),
    setting("HAAT_BODIES_PER_CLIENT", Some("100"), "most request bodies of one client in progress at once"),
    setting(
        "HAAT_WEBHOOK_BODIES_PER_CLIENT",
        Some("1000"),
        "the same for webhooks: a gateway sends for all customers from few addresses",
    ),
    setting("HAAT_BODY_PAUSE_SECONDS", Some("5"), "how long a request body may stall"),
    setting(
        "HAAT_BODY_BYTES_PER_SECOND",
        Some("1024"),
        "lowest rate of a request body, measured over such a pause",
    ),
    setting(
        "HAAT_WATCHES_PER_USER",
        Some("10"),
        "most long polls and event streams of one user open at once",
    ),
    setting(
        "HAAT_WATCHES_PER_CLIENT",
        Some("100"),
        "most long polls and event streams of one client open at once",
    ),
    setting(
        "HAAT_REQUEST_TIMEOUT_SECONDS",
        Some("40"),
        "how long the API works on a request, and how long its body may take before that",
    ),
    setting("HAAT_SHUTDOWN_GRACE_SECONDS", Some("20"), "how long running work may take to end after SIGTERM"),
];
