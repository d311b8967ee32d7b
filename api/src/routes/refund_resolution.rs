//! Closing a refund whose outcome only a person can find out.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::kernel::ids::{OrderId, RefundId};
use shared::kernel::text;
use shared::refunds::{Decision, Resolution};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::{desk, short};
use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Body, Json, Path, Problems};

/// The longest reference of a gateway, in characters.
const LONGEST_REFERENCE: usize = 255;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(resolve_refund))
}

/// What you have found out about a refund.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RefundFinding)]
struct Finding {
    outcome: Resolution,
    /// How you know. Stored with your name, for administrators only.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// The gateway's reference of the refund, for `made` only. With it, what the gateway tells later is recognised.
    #[schema(min_length = 1, max_length = 255)]
    reference: Option<String>,
}

/// The refund that was closed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefundResolved)]
struct Resolved {
    id: RefundId,
    order_id: OrderId,
    outcome: Resolution,
}

/// Close a refund that needs attention.
///
/// Look for it in the gateway's dashboard first. With `not_made` it fails as if the gateway had refused it: its amount can
/// be refunded again. With `made` and `paid_otherwise` it succeeds: stock, books and order change as for any refund. If
/// the gateway later tells that it made a refund that you have closed otherwise, that is booked as another refund, as far
/// as the payment has enough left, and opens an incident.
#[utoipa::path(post, path = "/api/admin/refunds/{id}/resolution", tag = "operations", params(("id" = RefundId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<Resolved>),
        (status = 404, description = "`refund_not_found`"),
        (status = 409, description = "`refund_wrong_status`: it does not need attention, or another administrator was faster; \
            `refund_reference_taken`: another refund has this reference"),
    ))]
async fn resolve_refund(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<RefundId>,
    Json(finding): Json<Finding>,
) -> Result<Success<Resolved>, ApiError> {
    let (reason, reference) = finding.checked(&Problems::default()).map_err(ApiError::invalid)?;
    let outcome = finding.outcome;
    let decision = Decision { outcome, reason: &reason, reference: reference.as_deref(), by: admin.user };
    let order_id = desk(&app).resolve_refund(id, &decision).await?;
    Ok(Success::ok("The refund is closed.", Resolved { id, order_id, outcome }))
}

impl Body for Finding {
    fn problems(&self, _: &App, unread: &Problems) -> Problems {
        self.checked(unread).err().unwrap_or_default()
    }
}

impl Finding {
    /// Reason and reference as they are stored, or all problems of the request.
    fn checked(&self, unread: &Problems) -> Result<(String, Option<String>), Problems> {
        let mut found = Problems::default();
        let reason = short(&self.reason).unwrap_or_else(|problem| {
            found.add("reason", problem.to_string());
            String::new()
        });
        if self.reason.trim().is_empty() {
            found.add("reason", "must not be empty");
        }
        let reference = self.reference.as_deref().map(|reference| text::line(reference, LONGEST_REFERENCE));
        let reference = reference.transpose().unwrap_or_else(|problem| {
            found.add("reference", problem.to_string());
            None
        });
        if unread.is_empty() && self.reference.is_some() && self.outcome != Resolution::Made {
            found.add("reference", "is for a refund that the gateway has made");
        }
        if found.is_empty() { Ok((reason, reference)) } else { Err(found) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn checked(finding: Value) -> Result<(String, Option<String>), Value> {
        let finding: Finding = serde_json::from_value(finding).expect("of the right shape");
        finding.checked(&Problems::default()).map_err(Problems::into_json)
    }

    #[test]
    fn a_reference_is_for_a_refund_that_was_made() {
        let made = json!({ "outcome": "made", "reason": " in the dashboard ", "reference": " RF1 " });
        assert_eq!(checked(made), Ok(("in the dashboard".to_owned(), Some("RF1".to_owned()))));
        for outcome in ["not_made", "paid_otherwise"] {
            let wrong = json!({ "outcome": outcome, "reason": " ", "reference": "RF1" });
            let expected = json!({
                "reason": ["must not be empty"],
                "reference": ["is for a refund that the gateway has made"],
            });
            assert_eq!(checked(wrong), Err(expected));
            let right = json!({ "outcome": outcome, "reason": "asked the bank" });
            assert_eq!(checked(right), Ok(("asked the bank".to_owned(), None)));
        }
    }

    #[test]
    fn all_that_is_wrong_with_a_finding_is_told_at_once() {
        let finding = json!({ "outcome": "made", "reason": "x".repeat(501), "reference": "" });
        let expected = json!({
            "reason": ["must not have more than 500 characters"],
            "reference": ["must not be empty"],
        });
        assert_eq!(checked(finding), Err(expected));
    }
}
