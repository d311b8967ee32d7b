//! The marketplace of one test.

use std::time::Duration;

use haat_api::App;
use haat_sandbox::bkash::Handshake;
use haat_sandbox::{BkashConfig, Config, FaultKind, Match, PaystackConfig, Rule, Sandbox};
use haat_worker::{Context, drain};
use shared::identity::{Caller, Role};
use shared::kernel::ids::{SessionId, UserId};
use shared::kernel::{Bell, Clock, Settings};
use shared::verify;
use sqlx::PgPool;
use uuid::Uuid;

use crate::database::fresh_database;
use crate::people::Person;
use crate::shop::Shop;

/// What the sandbox signs with and the API verifies with.
pub const STRIPE_SECRET: &str = "whsec_test_0123456789abcdef";
/// The API key, which Paystack signs with too.
pub const PAYSTACK_KEY: &str = "sk_test_paystack";
pub const CHAPA_SECRET: &str = "chapa_hash_0123456789abcdef";

/// One marketplace.
#[derive(Debug)]
pub struct World {
    pub clock: Clock,
    pub pool: PgPool,
    pub app: App,
    pub worker: Context,
    pub sandbox: Sandbox,
    /// Where the API answers.
    pub url: String,
    pub http: reqwest::Client,
}

impl World {
    /// An empty marketplace.
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// An empty marketplace with some settings changed.
    pub async fn with(changed: &[(&str, &str)]) -> Self {
        Self::beside(Self::sandbox_config(), changed).await
    }

    /// The sandbox as stories have it.
    #[must_use]
    pub fn sandbox_config() -> Config {
        // Slow money moves when a story says so (`settle_all`), not while it looks. bKash pushes without a handshake
        // first: that message has a story of its own.
        let bkash = BkashConfig { handshake: Handshake::Skipped, ..BkashConfig::default() };
        let paystack = PaystackConfig { key: PAYSTACK_KEY.into(), ..PaystackConfig::default() };
        Config { settle: Duration::from_secs(30 * 24 * 3600), bkash, paystack, ..Config::default() }
    }

    /// An empty marketplace with this sandbox.
    pub async fn beside(config: Config, changed: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::start(config.clone()).await.expect("the sandbox starts");
        let database = fresh_database().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let settings = settings(&database, &config, &sandbox.url(), &url, changed);
        let clock = Clock::still(Clock::system().now());
        let pool = shared::kernel::db::pool(&settings.database_url, 16).expect("our own URL");
        let bell = Bell::local();
        let worker = Context::start(settings.clone()).expect("sound settings");
        let worker = Context { pool: pool.clone(), clock: clock.clone(), bell: bell.clone(), ..worker };
        let app = App::new(settings, pool.clone(), clock.clone(), bell, worker.gateways.clone());
        tokio::spawn(haat_api::serve_on(listener, app.clone()));
        sandbox.set_webhook(format!("{url}/api/webhooks/stripe"), &[STRIPE_SECRET]);
        sandbox.set_bkash_webhook(format!("{url}/api/webhooks/bkash"));
        sandbox.set_paystack_webhook(format!("{url}/api/webhooks/paystack"), &[]);
        sandbox.set_chapa_webhook(format!("{url}/api/webhooks/chapa"), &[CHAPA_SECRET]);
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { clock, pool, app, worker, sandbox, url, http }
    }

    /// Lets the worker do all that is due, lets gateways deliver, and again, until nothing is left to do.
    pub async fn work(&self) {
        loop {
            let ran = drain(&self.worker).await.expect("the database answers");
            self.sandbox.webhooks_idle().await;
            if ran == 0 && drain(&self.worker).await.expect("the database answers") == 0 {
                return;
            }
        }
    }

    /// Lets the worker do all that is due; what gateways push stays where it is.
    pub async fn drain(&self) -> usize {
        drain(&self.worker).await.expect("the database answers")
    }

    /// Time passes, for us and for the gateway.
    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.sandbox.advance(time);
    }

    /// From now on the gateways' messages get lost.
    pub fn lose_webhooks(&self) {
        let rule = Rule { on: Match::default(), fault: FaultKind::WebhookLost.into(), times: 1_000 };
        self.sandbox.faults().add(rule);
    }

    /// A new person, signed in. Without the cost of a password: signing in has its own tests.
    pub async fn person(&self, role: Role) -> Person {
        let user = UserId::new();
        let now = self.clock.now();
        sqlx::query(
            "insert into users (id, email, password_hash, role, full_name, created_at, updated_at)
             values ($1, $2, '-', $3, 'Somebody', $4, $4)",
        )
        .bind(user)
        .bind(format!("{}@test.example", user.0.simple()))
        .bind(role.as_str())
        .bind(now)
        .execute(&self.pool)
        .await
        .expect("a new account");
        self.signed_in(Caller { user, session: SessionId::new(), role, vendor: None })
    }

    /// A token for this caller.
    #[must_use]
    pub fn signed_in(&self, caller: Caller) -> Person {
        let token = self.app.tokens.sign(&caller, self.clock.now()).expect("a token").token;
        Person { user: caller.user, token, ..self.nobody() }
    }

    /// A person who is not signed in.
    #[must_use]
    pub fn nobody(&self) -> Person {
        Person { user: UserId::new(), token: String::new(), url: self.url.clone(), http: self.http.clone() }
    }

    pub async fn customer(&self) -> Person {
        self.person(Role::Customer).await
    }

    pub async fn admin(&self) -> Person {
        self.person(Role::SuperAdmin).await
    }

    /// An approved shop with a commission of 10 %.
    pub async fn shop(&self, name: &str) -> Shop {
        Shop::open(self, name).await
    }

    /// Every conservation law holds.
    pub async fn books_balance(&self) {
        let differences = verify::differences(&self.pool).await.expect("the database answers");
        assert!(differences.is_empty(), "the books differ: {differences:#?}");
    }

    /// On hand and reserved of a variant.
    pub async fn stock(&self, variant: Uuid) -> (i32, i32) {
        sqlx::query_as("select on_hand, reserved from inventory where variant_id = $1")
            .bind(variant)
            .fetch_one(&self.pool)
            .await
            .expect("a stocked variant")
    }

    /// A single number from the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.expect("a count")
    }

    /// The kinds of open incidents, sorted.
    pub async fn incidents(&self) -> Vec<String> {
        sqlx::query_scalar("select kind from incidents where resolved_at is null order by kind")
            .fetch_all(&self.pool)
            .await
            .expect("the incidents")
    }
}

fn settings(database: &str, config: &Config, sandbox: &str, url: &str, changed: &[(&str, &str)]) -> Settings {
    let redis = std::env::var("REDIS_URL").expect("REDIS_URL is set: run the tests by `cargo xtask test`");
    let namespace = format!("test-{}", Uuid::now_v7().simple());
    let stripe = format!("{sandbox}/stripe");
    let bkash = format!("{sandbox}/bkash/v1.2.0-beta");
    let (paystack, chapa) = (format!("{sandbox}/paystack"), format!("{sandbox}/chapa/v1"));
    let usual = [
        ("DATABASE_URL", database),
        ("REDIS_URL", &redis),
        ("HAAT_REDIS_NAMESPACE", &namespace),
        ("HAAT_PUBLIC_URL", url),
        ("HAAT_WORKER_ADDR", "127.0.0.1:0"),
        ("HAAT_ACCESS_TOKEN_SECONDS", "86400"),
        ("HAAT_STRIPE_SECRET_KEY", &config.stripe.key),
        ("HAAT_STRIPE_WEBHOOK_SECRETS", STRIPE_SECRET),
        ("HAAT_STRIPE_BASE_URL", &stripe),
        ("HAAT_STRIPE_TIMEOUT_SECONDS", "3"),
        ("HAAT_BKASH_APP_KEY", &config.bkash.app_key),
        ("HAAT_BKASH_APP_SECRET", &config.bkash.app_secret),
        ("HAAT_BKASH_USERNAME", &config.bkash.username),
        ("HAAT_BKASH_PASSWORD", &config.bkash.password),
        ("HAAT_BKASH_BASE_URL", &bkash),
        ("HAAT_BKASH_TIMEOUT_SECONDS", "6"),
        ("HAAT_BKASH_EXECUTE_SECONDS", "6"),
        ("HAAT_BKASH_TOKEN_FETCHES_PER_HOUR", "1000"),
        ("HAAT_BKASH_TOPIC_ARNS", &config.bkash.topic_arn),
        ("HAAT_BKASH_CERTIFICATE_ORIGIN", sandbox),
        ("HAAT_PAYSTACK_SECRET_KEY", &config.paystack.key),
        ("HAAT_PAYSTACK_BASE_URL", &paystack),
        ("HAAT_PAYSTACK_TIMEOUT_SECONDS", "3"),
        ("HAAT_CHAPA_SECRET_KEY", &config.chapa.key),
        ("HAAT_CHAPA_WEBHOOK_SECRETS", CHAPA_SECRET),
        ("HAAT_CHAPA_BASE_URL", &chapa),
        ("HAAT_CHAPA_TIMEOUT_SECONDS", "3"),
    ];
    let find = |list: &[(&str, &str)], name: &str| {
        list.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    Settings::read(|name| find(changed, name).or_else(|| find(&usual, name))).expect("sound settings")
}

impl Drop for World {
    fn drop(&mut self) {
        self.app.stopping.cancel();
    }
}
