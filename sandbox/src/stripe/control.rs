//! What the control API and the front page have of Stripe: customers at the payment page, banks that
//! decide over refunds and disputes, the latest sessions, the test cards.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use super::{Accusation, Bank, CHOICES, DisputeStatus, FailureReason, Inspect, PayoutStatus, Verdict};
use crate::control::{self, Body, Fate, Pay, Shared, read, refuse, turned, wrong};
use crate::html::{self, code, escape};
use crate::payment_page::legend;
use crate::world::World;

/// Sessions on the front page.
const RECENT: usize = 20;
/// More than this is no amount that Stripe would know.
const MOST: i64 = 1_000_000_000_000;

pub const CALLS: [(&str, &str); 8] = [
    (
        "POST /control/stripe/pay",
        r#"{"session": "cs_test_…", "outcome": "pay"}: as clicking on the payment page"#,
    ),
    (
        "POST /control/stripe/refunds/{id}",
        r#"{"status": "failed", "failure_reason": "lost_or_stolen_card"}, "succeeded", "pending", "requires_action" or "canceled""#,
    ),
    (
        "POST /control/stripe/disputes",
        r#"{"payment": "pi_…", "reason": "fraudulent", "amount": 500}; "inquiry" takes no money"#,
    ),
    ("POST /control/stripe/disputes/{id}", r#"{"status": "won"}, or any other of Stripe's; money follows"#),
    ("POST /control/stripe/warnings", r#"{"payment": "pi_…"}: an early fraud warning"#),
    (
        "POST /control/stripe/topups",
        r#"{"amount": 100000, "currency": "usd", "account": "acct_…"}: money from outside"#,
    ),
    (
        "POST /control/stripe/payouts",
        r#"{"currency": "usd", "account": "acct_…"}: an automatic payout of all that is available"#,
    ),
    ("POST /control/stripe/payouts/{id}", r#"{"status": "failed"}, or any other of Stripe's"#),
];

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/control/stripe/pay", post(pay))
        .route("/control/stripe/refunds/{id}", post(force_refund))
        .route("/control/stripe/disputes", post(dispute))
        .route("/control/stripe/disputes/{id}", post(turn_dispute))
        .route("/control/stripe/warnings", post(warn))
        .route("/control/stripe/topups", post(top_up))
        .route("/control/stripe/payouts", post(pay_out))
        .route("/control/stripe/payouts/{id}", post(turn_payout))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaySession {
    /// A session, its PaymentIntent, its `client_reference_id`, or a PaymentIntent without a session.
    #[serde(alias = "payment")]
    session: String,
    outcome: String,
}

async fn pay(State(world): Shared, body: Body<PaySession>) -> Response {
    let asked = read(body).map(|body| {
        let session = world.stripe.lock().session_called(&body.session);
        Pay { payment: session.unwrap_or(body.session), outcome: body.outcome }
    });
    let refusals = ["no such session or payment", "it is paid already", "it has expired or is canceled"];
    control::pay(&CHOICES, asked, refusals, |payment, outcome| world.stripe.pay(&world, payment, outcome))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundFate {
    status: Verdict,
    #[serde(default)]
    failure_reason: FailureReason,
}

async fn force_refund(State(world): Shared, Path(id): Path<String>, fate: Body<RefundFate>) -> Response {
    let fate = read(fate);
    turned(
        fate.map(|fate| Bank { world: &world }.force_refund(&id, fate.status, fate.failure_reason)),
        "refund",
    )
}

/// The answer to making something.
fn made(done: Result<Option<String>, String>, what: &str, why_not: &str) -> Response {
    match done {
        Err(error) => wrong(&error),
        Ok(Some(id)) => (StatusCode::CREATED, Json(json!({what: id}))).into_response(),
        Ok(None) => refuse(StatusCode::CONFLICT, why_not),
    }
}

fn above_zero(amount: i64) -> Result<i64, String> {
    if (1..=MOST).contains(&amount) {
        Ok(amount)
    } else {
        Err(format!("{amount} is not between 1 and {MOST}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Complaint {
    payment: String,
    #[serde(default = "fraudulent")]
    reason: Accusation,
    amount: Option<i64>,
}

fn fraudulent() -> Accusation {
    Accusation::Fraudulent
}

async fn dispute(State(world): Shared, complaint: Body<Complaint>) -> Response {
    let done = read(complaint).and_then(|complaint| {
        let amount = complaint.amount.map(above_zero).transpose()?;
        Ok(Bank { world: &world }.dispute(&complaint.payment, complaint.reason, amount))
    });
    made(done, "dispute", "nothing was taken or is left of this payment, or a dispute about it stands")
}

async fn turn_dispute(
    State(world): Shared,
    Path(id): Path<String>,
    body: Body<Fate<DisputeStatus>>,
) -> Response {
    turned(read(body).map(|to| Bank { world: &world }.turn_dispute(&id, to.status)), "dispute")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suspicion {
    payment: String,
}

async fn warn(State(world): Shared, body: Body<Suspicion>) -> Response {
    let done = read(body).map(|about| Bank { world: &world }.warn(&about.payment));
    made(done, "warning", "nothing was taken with this payment, or there is a warning already")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopUp {
    amount: i64,
    currency: String,
    account: Option<String>,
}

async fn top_up(State(world): Shared, body: Body<TopUp>) -> Response {
    let done = read(body).and_then(|body| {
        let (amount, currency) = (above_zero(body.amount)?, body.currency.to_ascii_lowercase());
        check_account(&world, body.account.as_deref())?;
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Err(format!("{currency:?} is no currency"));
        }
        Ok(Some(Bank { world: &world }.top_up(body.account.as_deref(), amount, &currency)))
    });
    made(done, "balance_transaction", "")
}

fn check_account(world: &World, account: Option<&str>) -> Result<(), String> {
    let known = &world.config.stripe.accounts;
    match account.filter(|account| !super::owner::exists(known, account)) {
        Some(account) => Err(format!("there is no account {account:?}")),
        None => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayOut {
    currency: String,
    account: Option<String>,
}

async fn pay_out(State(world): Shared, body: Body<PayOut>) -> Response {
    let done = read(body).map(|body| {
        let currency = body.currency.to_ascii_lowercase();
        Bank { world: &world }.pay_out(body.account.as_deref(), &currency)
    });
    made(done, "payout", "nothing is available in this currency")
}

async fn turn_payout(
    State(world): Shared,
    Path(id): Path<String>,
    body: Body<Fate<PayoutStatus>>,
) -> Response {
    turned(read(body).map(|to| Bank { world: &world }.turn_payout(&id, to.status)), "payout")
}

/// Stripe's part of the front page.
pub fn showcase(world: &World) -> String {
    format!(
        "<h2>Stripe</h2>\n<p>At <code>{url}/stripe</code>, and at <code>{url}/v1</code> for clients \
         that take no path.</p>\n<h3>Latest sessions</h3>\n{sessions}\n\
         <h3>Test cards</h3>\n{cards}",
        url = escape(&world.public_url),
        sessions = sessions(world),
        cards = legend(&CHOICES),
    )
}

fn sessions(world: &World) -> String {
    let recent = Inspect { desk: &world.stripe }.sessions(RECENT);
    let rows = recent.into_iter().map(|session| {
        let id = escape(&session.id);
        let short = id.get(..20).unwrap_or(&id);
        let link = format!("<a href=\"{}/stripe/pay/{id}\">{short}…</a>", escape(&world.public_url));
        let reference = session.client_reference_id.as_deref().map(code).unwrap_or_default();
        [link, reference, format!("{}, {}", session.status, session.payment_status)]
    });
    html::latest(&["Session", "Reference", "Status"], rows)
}
