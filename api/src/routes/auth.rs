//! Accounts and sessions: registering, signing in, refreshing, signing out.

use axum::extract::State;
use axum::routing::post;
use serde::Deserialize;
use shared::identity::{self, Attempt, NewAccount, NewShop, Presented, RegisteredVendor, User};
use shared::kernel::{Client, Secret, db};
use utoipa::ToSchema;
use utoipa::openapi::HttpMethod;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::users::ME;
use crate::app::App;
use crate::envelope::{Envelope, Nothing, Success};
use crate::error::ApiError;
use crate::extract::{Body, Json, Problems, Sender, SignedIn};
use crate::openapi::Aliases;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register_customer))
        .alias(HttpMethod::Post, "/api/auth/register/customer", "/api/auth/register", post(register_customer))
        .routes(routes!(register_vendor))
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
struct NewCustomer {
    #[schema(examples("mina@example.com"), min_length = 3, max_length = 254, pattern = "^[^@]+@[^@]+$")]
    email: String,
    /// At least 12 characters, at most 128 bytes. Stored in Unicode's form NFKC, so that it signs in from every
    /// keyboard.
    #[schema(value_type = String, examples("correct horse battery"), min_length = 12, max_length = 128)]
    password: Secret,
    #[schema(min_length = 1, max_length = 120)]
    full_name: String,
    phone: Option<String>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
struct NewVendor {
    #[schema(examples("mina@example.com"), min_length = 3, max_length = 254, pattern = "^[^@]+@[^@]+$")]
    email: String,
    /// At least 12 characters, at most 128 bytes.
    #[schema(value_type = String, examples("correct horse battery"), min_length = 12, max_length = 128)]
    password: Secret,
    #[schema(min_length = 1, max_length = 120)]
    full_name: String,
    phone: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    shop_name: String,
    /// The shop's name in paths; made from `shop_name` if absent.
    #[schema(max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    shop_slug: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
struct Credentials {
    email: String,
    #[schema(value_type = String)]
    password: Secret,
}

#[derive(Debug, Deserialize, ToSchema)]
struct RefreshToken {
    #[schema(value_type = String)]
    refresh_token: Secret,
}

impl NewCustomer {
    fn account(&self, client: Client) -> NewAccount {
        let Self { email, password, full_name, phone } = self.clone();
        NewAccount { email, password, full_name, phone, client }
    }
}

impl Body for NewCustomer {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(self.account(Client::unknown()).check())
    }
}

impl NewVendor {
    fn account(&self, client: Client) -> NewAccount {
        let Self { email, password, full_name, phone, .. } = self.clone();
        NewAccount { email, password, full_name, phone, client }
    }

    fn shop(&self, app: &App) -> NewShop {
        let (name, slug) = (self.shop_name.clone(), self.shop_slug.clone());
        NewShop { name, slug, commission_rate: app.settings.commission_rate }
    }
}

impl Body for NewVendor {
    fn problems(&self, app: &App, _: &Problems) -> Problems {
        let mut found = Problems::of(self.account(Client::unknown()).check());
        found.merge(Problems::of(self.shop(app).check()));
        found
    }
}

/// Any text may be tried: it is right or wrong.
impl Body for Credentials {}

impl Body for RefreshToken {}

/// Open a customer's account.
#[utoipa::path(post, path = "/api/auth/register", tag = "accounts", request_body = NewCustomer,
    responses(
        (status = 201, description = "The account.", body = Envelope<User>),
        (status = 409, description = "`email_taken`: an account with this address exists."),
    ))]
async fn register_customer(
    State(app): State<App>,
    sender: Sender,
    Json(new): Json<NewCustomer>,
) -> Result<Success<User>, ApiError> {
    let account = new.account(sender.client);
    let user = identity::register_customer(&app.pool, &app.passwords, &account, app.clock.now()).await?;
    Ok(Success::created("Welcome. You can sign in now.", ME, user))
}

/// Open a vendor's account with its shop, which then waits for approval.
#[utoipa::path(post, path = "/api/auth/register/vendor", tag = "accounts", request_body = NewVendor,
    responses(
        (status = 201, description = "The account and the shop, `pending`.", body = Envelope<RegisteredVendor>),
        (status = 409, description = "`email_taken`, `shop_slug_taken`: `errors` names both if both are taken, `code` is that of the first."),
    ))]
async fn register_vendor(
    State(app): State<App>,
    sender: Sender,
    Json(new): Json<NewVendor>,
) -> Result<Success<RegisteredVendor>, ApiError> {
    let (account, shop) = (new.account(sender.client), new.shop(&app));
    let made = identity::register_vendor(&app.pool, &app.passwords, &account, &shop, app.clock.now()).await?;
    Ok(Success::created("Welcome. Your shop waits for verification.", ME, made))
}

/// Sign in.
#[utoipa::path(post, path = "/api/auth/login", tag = "accounts", request_body = Credentials,
    responses(
        (status = 200, description = "Tokens and the account.", body = Envelope<identity::SignedIn>),
        (status = 401, description = "`wrong_credentials`: says not which of the two is wrong."),
        (status = 403, description = "`account_suspended`."),
        (status = 429, description = "`too_many_attempts`: wait for `Retry-After` seconds, which grow with each failure."),
        (status = 503, description = "`busy`: too many passwords wait to be checked."),
    ))]
async fn login(
    State(app): State<App>,
    sender: Sender,
    Json(sent): Json<Credentials>,
) -> Result<Success<identity::SignedIn>, ApiError> {
    let Sender { client, user_agent } = sender;
    let attempt = Attempt { email: sent.email, password: sent.password, user_agent, client };
    let (pool, now) = (&app.pool, app.clock.now());
    let signed = identity::login(pool, &app.passwords, &app.attempts, &app.tokens, &attempt, now).await?;
    Ok(Success::ok("Signed in.", signed))
}

/// Exchange a refresh token for the next one and a new access token.
///
/// Each refresh token works once. For 30 seconds after its use it works again for the same browser (`User-Agent`), so
/// that two tabs, or a repeat after a lost answer, each get their own tokens. A later second use ends the whole
/// session, because two parties hold the token.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "accounts", request_body = RefreshToken,
    responses(
        (status = 200, description = "New tokens.", body = Envelope<identity::SignedIn>),
        (status = 401, description = "`token_invalid`, `token_expired`, or `session_ended`: sign in again."),
        (status = 403, description = "`account_suspended`."),
    ))]
async fn refresh(
    State(app): State<App>,
    sender: Sender,
    Json(sent): Json<RefreshToken>,
) -> Result<Success<identity::SignedIn>, ApiError> {
    let presented = Presented { token: sent.refresh_token, user_agent: sender.user_agent };
    let signed = identity::refresh(&app.pool, &app.tokens, &presented, app.clock.now()).await?;
    app.attempts.recognise(&signed.user.email, sender.client);
    Ok(Success::ok("Refreshed.", signed))
}

/// End the session: its refresh tokens no longer work. Repeating it changes nothing.
#[utoipa::path(post, path = "/api/auth/logout", tag = "accounts", security(("bearer" = [])),
    responses((status = 200, description = "Signed out.", body = Envelope<Nothing>)))]
async fn logout(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Success<Nothing>, ApiError> {
    let now = app.clock.now();
    db::connected(&app.pool, async |db| identity::logout(db, &caller, now).await).await?;
    Ok(Success::ok("Signed out.", Nothing))
}
