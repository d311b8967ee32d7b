//! Checkout: the cart becomes an order, which is accepted at once and processed by jobs.

use axum::extract::State;
use axum::routing::post;
use money::Money;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::carts;
use shared::checkout::{Accepted, Answer, Request, Selection};
use shared::kernel::ids::UserId;
use shared::kernel::{TraceContext, db};
use shared::orders::{Address, PaymentMethod};
use utoipa::ToSchema;
use utoipa::openapi::HttpMethod;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::payment_methods::offers;
use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{self, Customer, IdempotencyKey, Json, Problems};
use crate::openapi::Aliases;

const PATH: &str = "/api/orders/checkout";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(checkout))
        .alias(HttpMethod::Post, "/api/orders", PATH, post(checkout))
        .alias(HttpMethod::Post, "/api/orders/create", PATH, post(checkout))
}

/// The payment method and the address. The goods are those in the cart.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Checkout)]
struct Body {
    /// If absent: cash on delivery, if every vendor of the lines accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_method: Option<PaymentMethod>,
    shipping_address: Address,
    /// The lines of the cart to buy; the others stay. If absent, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    select: Option<Selection>,
    /// The total that the customer was shown and agrees to. If absent: the prices that the cart last showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_total: Option<Money>,
}

impl extract::Body for Body {
    fn problems(&self, app: &App, _: &Problems) -> Problems {
        let mut found = Problems::default();
        for one in self.shipping_address.problems() {
            found.add(&format!("shipping_address.{}", one.field), one.problem);
        }
        if let Some(selection) = &self.select {
            found.merge(Problems::of(selection.check()));
        }
        let is_offered = |method| offers(app).iter().any(|offer| offer.method == method);
        if self.payment_method.is_some_and(|method| !is_offered(method)) {
            found.add("payment_method", "is not offered here");
        }
        found
    }
}

/// Check out the cart, or a selection of its lines.
///
/// Answers at once. Poll the order at `Location` (with `?wait=`) until it is `awaiting_payment`, then send the customer
/// to `payment.redirect_url`. A line is bought at most once: repeat the request with the same key.
///
/// Send `expected_total`, the total that the customer was shown. If the current total differs, the answer is 409
/// `cart_changed` and nothing is written. Without `expected_total` the answer is the same while a price differs from
/// the one that the cart last showed. `errors.cart` is the current cart and `errors.total` the current total of the
/// order (null if its lines have no common total): show them, and send that total if the customer agrees. `GET
/// /api/cart` counts as showing the cart.
///
/// Open unpaid orders are limited per customer: in number, in pieces and, if the operator sets it, in value. Orders
/// that are paid on delivery (or cost nothing) and orders that wait for an online payment are counted separately.
/// `errors` has `kind` (`cash` or `unpaid`), the limit `most` and the current figure `open`.
///
/// An order has one currency. If the cart has several, `select` chooses: `{"currency": "USD"}`, `{"vendors": [..]}` or
/// `{"lines": [..]}`.
#[utoipa::path(post, path = PATH, tag = "orders", params(IdempotencyKey), security(("bearer" = [])),
    responses(
        (status = 202, body = Envelope<Accepted>, description = "Written down; or written down before"),
        (status = 409, description = "`cart_empty`, `cart_changed` (`errors.cart`, `errors.total`), `cart_not_sold`, \
            `selection_not_in_cart` (`errors.missing` names what is not there), `too_many_open_orders`, `too_many_open_pieces`, \
            `open_value_too_high`"),
        (status = 422, description = "`invalid`, also for a payment method that is not offered here; `mixed_currencies` (`errors.currencies` names them), \
            `cash_not_accepted` or `payment_method_required` (`errors.vendors` names those that take no cash), \
            `currency_not_supported`, `amount_not_supported` (`errors` has the rule and what would do), `too_many_lines`, `total_out_of_range`"),
    ))]
async fn checkout(
    State(app): State<App>,
    Customer(caller): Customer,
    key: IdempotencyKey,
    Json(body): Json<Body>,
) -> Result<Success<Accepted>, ApiError> {
    let (address, select) = (body.shipping_address.normalised(), body.select.map(Selection::normalised));
    let meaning = Body { shipping_address: address, select, ..body };
    let bytes = serde_json::to_vec(&meaning).expect("a body is plain data");
    let request = Request {
        customer: caller.user,
        key: key.as_str().to_owned(),
        fingerprint: Sha256::digest(&bytes).into(),
        payment_method: meaning.payment_method,
        offers: offers(&app),
        address: meaning.shipping_address,
        selection: meaning.select,
        expected_total: meaning.expected_total,
        trace: TraceContext::current(),
    };
    let answer = match app.checkout.submit(request).await.map_err(shared::checkout::Error::from)? {
        Ok(answer) => answer,
        // In a box: it is rare, and would make the future of every checkout ten times larger.
        Err(error) => return Err(Box::pin(refusal(&app, caller.user, error)).await),
    };
    let location = format!("/api/orders/{}", answer.accepted().id);
    Ok(match answer {
        Answer::Placed(accepted) => Success::accepted("Your order was placed.", &location, accepted),
        Answer::Replayed(accepted) => Success::accepted("Your order was placed before.", &location, accepted),
    })
}

/// The refusal of a checkout. `cart_changed` comes with the current cart.
async fn refusal(app: &App, customer: UserId, error: shared::checkout::Error) -> ApiError {
    let shared::checkout::Error::CartChanged { total } = error else { return error.into() };
    match db::connected(&app.pool, async |db| carts::peek(db, customer).await).await {
        Ok(cart) => ApiError::from(error).with_errors(json!({ "total": total, "cart": cart })),
        Err(error) => error.into(),
    }
}
