//! Refunds, requested by an admin: whole, an amount, or pieces of lines with what comes back on the shelf.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::routing::post;
use money::Money;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::fulfilment::Request;
use shared::idempotency::Once;
use shared::identity::Caller;
use shared::kernel::ids::{OrderId, RefundId};
use shared::orders::Actor;
use shared::orders::store::Reader;
use shared::refunds::{Ask, AskLine, Restock, What};
use utoipa::ToSchema;
use utoipa::openapi::HttpMethod;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::{desk, short_problems, short_text};
use super::payment_methods::offers;
use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Body, IdempotencyKey, Json, Path, Problems, present};
use crate::openapi::Aliases;

const PATH: &str = "/api/orders/{id}/refunds";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(request_refund)).alias(
        HttpMethod::Post,
        "/api/admin/orders/{id}/refund",
        PATH,
        post(request_refund),
    )
}

/// What to pay back. `amount` and `lines` exclude each other; with neither, all that is left. Null is refused: a form that
/// was left empty must not mean everything.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = RefundWish)]
struct Wish {
    /// This much, as goodwill: no pieces come back.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Money)]
    amount: Option<Money>,
    /// These pieces, at the prices they were bought for; each line once.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<WishLine>, min_items = 1)]
    lines: Option<Vec<WishLine>>,
    /// For a whole refund only: whether all pieces go back on the shelf.
    #[serde(default)]
    restock: bool,
    /// For the customer and the books.
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Some pieces of one line.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = RefundLine)]
struct WishLine {
    #[schema(minimum = 1, format = "int16")]
    line_no: i16,
    #[schema(minimum = 1)]
    quantity: i32,
    /// Whether these pieces go back on the shelf.
    #[serde(default)]
    restock: bool,
}

/// A refund that was written down.
#[derive(Debug, Serialize, ToSchema)]
struct Requested {
    id: RefundId,
    order_id: OrderId,
}

/// Refund an order, or a part of it.
///
/// Stored at once and carried out by a job; see `refunds` of the order. Never more than was captured, whichever
/// requests race. With an `Idempotency-Key` a request may be repeated: it is the same refund. Without one, the same
/// amount requested twice is refunded twice, within the capture.
#[utoipa::path(post, path = PATH, tag = "orders", params(("id" = OrderId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Fresh for each refund, the same for each repetition")), security(("bearer" = [])),
    responses(
        (status = 202, body = Envelope<Requested>),
        (status = 409, description = "`order_not_paid`, `refund_exceeds_captured`, `refund_exceeds_line`, `refund_exceeds_vendor_part`: `errors` \
            names every line that asks for too much, `code` is that of the first"),
        (status = 422, description = "`nothing_to_refund`, `no_such_line`, `other_currency`, `amount_not_supported`; \
            or `invalid`: an amount that is not positive, a quantity below 1, a line that is named twice, `restock` beside an amount or lines, \
            an amount beside lines"),
        (status = 404, description = "`order_not_found`"),
    ))]
async fn request_refund(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(id): Path<OrderId>,
    key: Option<IdempotencyKey>,
    Json(wish): Json<Wish>,
) -> Result<Success<Requested>, ApiError> {
    let once = key.map(|key| once(&caller, key, id, &wish));
    let reason = short_text(wish.reason).unwrap_or_else(|| "refund".to_owned());
    // Not both: that is a problem of the body.
    let what = match (wish.amount, wish.lines) {
        (None, None) => What::Whole(restock(wish.restock)),
        (Some(amount), _) => What::Amount(amount),
        (None, Some(lines)) => What::Lines(lines.iter().map(ask_line).collect()),
    };
    let asked = Request { order_id: id, reader: Reader::Admin, actor: Actor::Admin(caller.user) };
    let refund = desk(&app).refund(&asked, &Ask { what, reason }, &offers(&app), once.as_ref()).await?;
    let location = format!("/api/orders/{id}");
    Ok(Success::accepted("The refund was requested.", &location, Requested { id: refund, order_id: id }))
}

impl Body for Wish {
    fn problems(&self, _: &App, unread: &Problems) -> Problems {
        let mut found = self.wrong_values();
        if unread.is_empty() {
            found.merge(self.contradictions());
        }
        found
    }
}

impl Wish {
    /// Problems of single values that do not depend on the order.
    fn wrong_values(&self) -> Problems {
        let mut found = short_problems("reason", self.reason.as_deref());
        if self.amount.is_some_and(|amount| !amount.is_positive()) {
            found.add("amount", "must be more than zero");
        }
        if self.lines.as_ref().is_some_and(Vec::is_empty) {
            found.add("lines", "must name a line");
        }
        for (place, line) in self.lines.iter().flatten().enumerate() {
            if line.quantity < 1 {
                found.add(&format!("lines[{place}].quantity"), "must be 1 or more");
            }
        }
        found
    }

    /// Problems of fields and lines with each other.
    fn contradictions(&self) -> Problems {
        let mut found = Problems::default();
        if self.amount.is_some() && self.lines.is_some() {
            found.add("amount", "can't be sent together with `lines`");
            found.add("lines", "can't be sent together with `amount`");
        }
        // Passed over, it would leave pieces off the shelf that the caller believes to be on it.
        if self.restock && (self.amount.is_some() || self.lines.is_some()) {
            found.add("restock", "is for a whole refund; lines have their own");
        }
        let mut named = BTreeMap::new();
        for (place, line) in self.lines.iter().flatten().enumerate() {
            if let Some(first) = named.insert(line.line_no, place) {
                let problem = format!("names line {} again, as lines[{first}] does", line.line_no);
                found.add(&format!("lines[{place}]"), problem);
            }
        }
        found
    }
}

/// The request with its key: the same order and the same content.
fn once(caller: &Caller, key: IdempotencyKey, order: OrderId, wish: &Wish) -> Once {
    let bytes = serde_json::to_vec(&(order, wish)).expect("a wish is plain data");
    Once {
        caller: caller.user,
        operation: "refund",
        key: key.as_str().to_owned(),
        fingerprint: Sha256::digest(&bytes).into(),
    }
}

fn restock(yes: bool) -> Restock {
    if yes { Restock::Yes } else { Restock::No }
}

fn ask_line(line: &WishLine) -> AskLine {
    AskLine { line_no: line.line_no, quantity: line.quantity, restock: restock(line.restock) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn problems(wish: Value) -> Value {
        let wish: Wish = serde_json::from_value(wish).expect("of the right shape");
        let mut found = wish.wrong_values();
        found.merge(wish.contradictions());
        found.into_json()
    }

    #[test]
    fn nothing_typed_is_not_everything() {
        for wish in [json!({ "amount": null }), json!({ "lines": null })] {
            assert!(serde_json::from_value::<Wish>(wish.clone()).is_err(), "{wish}");
        }
        assert!(serde_json::from_value::<Wish>(json!({})).is_ok());
    }

    #[test]
    fn all_that_is_wrong_with_a_wish_is_told_at_once() {
        let wish = json!({
            "amount": { "amount": "-1.00", "currency": "USD" },
            "restock": true,
            "reason": "x".repeat(501),
            "lines": [
                { "line_no": 1, "quantity": 0 },
                { "line_no": 2, "quantity": 1 },
                { "line_no": 1, "quantity": -3 },
            ],
        });
        let expected = json!({
            "amount": ["must be more than zero", "can't be sent together with `lines`"],
            "lines": ["can't be sent together with `amount`"],
            "reason": ["must not have more than 500 characters"],
            "restock": ["is for a whole refund; lines have their own"],
            "lines[0].quantity": ["must be 1 or more"],
            "lines[2]": ["names line 1 again, as lines[0] does"],
            "lines[2].quantity": ["must be 1 or more"],
        });
        assert_eq!(problems(wish), expected);
        assert_eq!(problems(json!({ "lines": [] })), json!({ "lines": ["must name a line"] }));
        assert_eq!(problems(json!({ "lines": [{ "line_no": 1, "quantity": 1 }] })), json!({}));
        assert_eq!(problems(json!({ "restock": true })), json!({}));
    }
}
