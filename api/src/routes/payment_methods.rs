//! Payment methods: public, so that a frontend offers only those that will be accepted.

use axum::extract::State;
use money::{Amounts, Currencies, Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use shared::orders::PaymentMethod;
use shared::payments::Provider;
use shared::payments::offer::{Bounds, Offer};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::Query;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_payment_methods))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only methods that accept this currency.
    #[param(value_type = Option<String>, example = "USD")]
    currency: Option<String>,
    /// Only methods that accept this amount, as the total of an order.
    #[param(value_type = Option<String>, example = "12.50")]
    amount: Option<Decimal>,
}

/// One way to pay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentMethodOffer)]
struct Offered {
    method: PaymentMethod,
    /// The amounts that it accepts in the requested currency.
    #[schema(inline)]
    bounds: Option<Bounds>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentMethodOffers)]
struct Offers {
    results: Vec<Offered>,
}

/// Payment methods.
///
/// With a currency: the methods that accept it, and the least, the most and the step of an order's total. With an
/// amount: the methods that accept it. Checkout refuses anything else with `currency_not_supported` or
/// `amount_not_supported`.
#[utoipa::path(get, path = "/api/payment-methods", tag = "payments", params(Filter),
    responses(
        (status = 200, body = Envelope<Offers>),
        (status = 422, description = "An unknown currency, or an amount without one or finer than it has decimals"),
    ))]
async fn list_payment_methods(
    State(app): State<App>,
    Query(filter): Query<Filter>,
) -> Result<Success<Offers>, ApiError> {
    let currency = filter.currency.map(|code| code.parse::<Currency>()).transpose();
    let currency = currency.map_err(|_| ApiError::invalid_field("currency", "is not a currency we know"))?;
    let amount = match (filter.amount, currency) {
        (None, _) => None,
        (Some(_), None) => return Err(ApiError::invalid_field("currency", "is needed beside an amount")),
        (Some(amount), Some(currency)) => {
            Some(Money::new(amount, currency).map_err(|error| ApiError::invalid_field("amount", error))?)
        }
    };
    let takes = |offer: &Offer| {
        currency.is_none_or(|currency| offer.currencies.contain(currency))
            && amount.is_none_or(|amount| offer.takes(amount))
    };
    let offered = |offer: Offer| Offered {
        method: offer.method,
        bounds: currency.map(|currency| offer.bounds(currency)),
    };
    let results = offers(&app).into_iter().filter(takes).map(offered).collect();
    Ok(Success::ok("Payment methods.", Offers { results }))
}

/// The methods that are switched on, which are cash and those whose gateway is configured, and what they accept.
pub(super) fn offers(app: &App) -> Vec<Offer> {
    let gateways = Provider::ALL.iter().filter_map(|provider| {
        let capabilities = app.gateways.get(outbound::name(*provider))?.capabilities();
        let method = (*provider).into();
        Some(Offer { method, currencies: capabilities.currencies, amounts: capabilities.amounts })
    });
    let cash =
        Offer { method: PaymentMethod::CashOnDelivery, currencies: Currencies::ALL, amounts: Amounts::ANY };
    gateways.chain([cash]).collect()
}
