//! Checkout: the cart becomes an order; accepted at once, worked off by jobs.

use axum::extract::State;
use axum::routing::post;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use shared::checkout::{Accepted, Answer, Request};
use shared::kernel::TraceContext;
use shared::orders::{Address, PaymentMethod};
use shared::payments::offer::Offer;
use utoipa::ToSchema;
use utoipa::openapi::HttpMethod;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::payment_methods::offers;
use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Customer, IdempotencyKey, Json};
use crate::openapi::Aliases;

const PATH: &str = "/api/orders/checkout";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(checkout))
        .alias(HttpMethod::Post, "/api/orders", PATH, post(checkout))
        .alias(HttpMethod::Post, "/api/orders/create", PATH, post(checkout))
}

/// How to pay and where to send it; what to buy is in the cart.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Checkout)]
struct Wish {
    payment_method: PaymentMethod,
    shipping_address: Address,
}

/// Check out the cart.
///
/// Answers at once; poll the order at `Location` (with `?wait=`) until it is `awaiting_payment`, then send the
/// customer to `payment.redirect_url`. A cart becomes at most one order: repeat the request with the same key.
#[utoipa::path(post, path = PATH, tag = "orders", params(IdempotencyKey), security(("bearer" = [])),
    responses(
        (status = 202, body = Envelope<Accepted>, description = "Written down; or written down before"),
        (status = 409, description = "`cart_empty`, `cart_not_sold`, `idempotency_key_in_progress`"),
        (status = 422, description = "`invalid_address`, `mixed_currencies`, `currency_not_supported`, `amount_not_supported` (`errors` has the rule and what would do), `too_many_lines`, `total_out_of_range`, \
            `idempotency_key_reused`, or a payment method that is not offered here"),
    ))]
async fn checkout(
    State(app): State<App>,
    Customer(caller): Customer,
    key: IdempotencyKey,
    Json(wish): Json<Wish>,
) -> Result<Success<Accepted>, ApiError> {
    let offers = offered(&app, wish.payment_method)?;
    let address = wish.shipping_address.checked().map_err(|problems| {
        let fields =
            problems.into_iter().map(|one| (format!("shipping_address.{}", one.field), json!([one.problem])));
        let message = "The shipping address is not complete.";
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_address", message)
            .with_errors(Value::Object(fields.collect::<Map<_, _>>()))
    })?;
    let meaning = Wish { payment_method: wish.payment_method, shipping_address: address };
    let bytes = serde_json::to_vec(&meaning).expect("a wish is plain data");
    let request = Request {
        customer: caller.user,
        key: key.as_str().to_owned(),
        fingerprint: Sha256::digest(&bytes).into(),
        payment_method: meaning.payment_method,
        offers,
        address: meaning.shipping_address,
        trace: TraceContext::current(),
    };
    let answer = app.checkout.submit(request).await.map_err(shared::checkout::Error::from)??;
    let location = format!("/api/orders/{}", answer.accepted().id);
    Ok(match answer {
        Answer::Placed(accepted) => Success::accepted("Your order was placed.", &location, accepted),
        Answer::Replayed(accepted) => Success::accepted("Your order was placed before.", &location, accepted),
    })
}

/// Every way to pay here. A gateway that is not configured can't be chosen.
fn offered(app: &App, method: PaymentMethod) -> Result<Vec<Offer>, ApiError> {
    let offers = offers(app);
    if offers.iter().any(|offer| offer.method == method) {
        Ok(offers)
    } else {
        Err(ApiError::invalid_field("payment_method", "is not offered here"))
    }
}
