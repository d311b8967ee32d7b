//! Paying an order that waits: again after a failure, or through another gateway; and bKash's callback. The page that
//! browsers come back to is in `payment_return`.
//!
//! What a browser brings is a hint, never a proof: at most it makes us ask the gateway sooner.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use shared::fulfilment::{self, Request, Visit};
use shared::kernel::ids::{OrderId, PaymentId};
use shared::orders::Actor;
use shared::orders::store::Reader;
use shared::payments::Provider;
use utoipa::ToSchema;
use utoipa::openapi::HttpMethod;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::desk;
use super::payment_methods::offers;
use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Body, Customer, Json, Path, Query};
use crate::openapi::Aliases;

const PATH: &str = "/api/payment/{gateway}/pay";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pay_order))
        .alias(HttpMethod::Post, "/api/payment/stripe/session", PATH, post(pay_by_stripe))
        .alias(HttpMethod::Post, "/api/payment/bkash/initiate", PATH, post(pay_by_bkash))
        .alias(HttpMethod::Post, "/api/payment/paystack/initialize", PATH, post(pay_by_paystack))
        .alias(HttpMethod::Post, "/api/payment/chapa/initialize", PATH, post(pay_by_chapa))
        .routes(routes!(bkash_callback))
}

/// Which order to pay.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PaymentWish)]
struct Wish {
    order_id: OrderId,
}

impl Body for Wish {}

/// A payment page that is being opened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentOpening)]
struct Opening {
    payment_id: PaymentId,
    order_id: OrderId,
    gateway: Provider,
}

/// Pay an order that waits through this gateway.
///
/// Opens a page, replacing one that is open at another gateway, that the customer has left, or that failed; repeating
/// the request finds the same page. The attempts of an order are limited. Poll the order at `Location` until
/// `payment.redirect_url` is there, then send the customer to it.
#[utoipa::path(post, path = PATH, tag = "payments", params(("gateway" = String, Path, example = "stripe")),
    security(("bearer" = [])),
    responses(
        (status = 202, body = Envelope<Opening>),
        (status = 404, description = "`order_not_found`, or a gateway that is not offered here"),
        (status = 409, description = "`order_wrong_status`, `payment_on_its_way`, `hold_ends`, `too_many_attempts`"),
        (status = 422, description = "`currency_not_supported`, `amount_not_supported`: `errors` has what would do"),
    ))]
async fn pay_order(
    State(app): State<App>,
    customer: Customer,
    Path(gateway): Path<String>,
    Json(wish): Json<Wish>,
) -> Result<Success<Opening>, ApiError> {
    let gateway = gateway.parse().map_err(|_| ApiError::not_found())?;
    pay(&app, &customer, gateway, &wish).await
}

macro_rules! named {
    ($($handler:ident: $gateway:ident)*) => {$(
        async fn $handler(
            State(app): State<App>,
            customer: Customer,
            Json(wish): Json<Wish>,
        ) -> Result<Success<Opening>, ApiError> {
            pay(&app, &customer, Provider::$gateway, &wish).await
        }
    )*};
}

// The paths that were promised, each with its gateway's own word.
named! {
    pay_by_stripe: Stripe
    pay_by_bkash: Bkash
    pay_by_paystack: Paystack
    pay_by_chapa: Chapa
}

async fn pay(
    app: &App,
    Customer(caller): &Customer,
    gateway: Provider,
    wish: &Wish,
) -> Result<Success<Opening>, ApiError> {
    app.gateways.get(outbound::name(gateway)).ok_or_else(ApiError::not_found)?;
    let order_id = wish.order_id;
    let asked = Request { order_id, reader: Reader::Customer(caller.user), actor: Actor::Customer };
    let offers = offers(app);
    let terms = fulfilment::Terms { offers: &offers, most_attempts: app.settings.payment_attempts };
    let payment_id = desk(app).pay(&asked, gateway, terms).await?;
    let location = format!("/api/orders/{order_id}");
    Ok(Success::accepted(
        "The payment page is being opened.",
        &location,
        Opening { payment_id, order_id, gateway },
    ))
}

/// What bKash adds to the address.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Callback {
    #[serde(rename = "paymentID")]
    payment_id: String,
    /// `success`, `failure` or `cancel`.
    status: String,
}

/// The customer's browser, back from bKash.
///
/// A job takes the money, once bKash itself says that the customer has agreed. The browser is forwarded to the shop's
/// page before that: `success` means agreed, not paid. The page shows the order's current state.
#[utoipa::path(get, path = "/api/payment/bkash/callback", tag = "payments", params(Callback),
    extensions(("x-open-query" = json!(true))),
    responses(
        (status = 303, description = "To `HAAT_PAID_URL` if the customer has agreed, else to `HAAT_LEFT_URL`. Not set, they are our own page with `outcome=processing` or `outcome=left`"),
        (status = 404, description = "`payment_not_found`"),
    ))]
async fn bkash_callback(State(app): State<App>, Query(back): Query<Callback>) -> Result<Response, ApiError> {
    let visit = match back.status.as_str() {
        "success" => Visit::Agreed,
        "failure" | "cancel" => Visit::Left,
        _ => Visit::Unclear,
    };
    let hint = fulfilment::Hint { gateway: Provider::Bkash, reference: &back.payment_id, visit };
    let order = desk(&app).hinted(&hint).await?;
    let page = if visit == Visit::Agreed { &app.settings.paid_url } else { &app.settings.left_url };
    let url = page.replace("{order_id}", &order.to_string()).replace("{gateway}", Provider::Bkash.as_str());
    let location = HeaderValue::try_from(url).map_err(ApiError::broken)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
}
