//! How an administrator closes a refund whose outcome only a person can find out, and what the gateway's later statements
//! about it change.

use serde::{Deserialize, Serialize};

use super::{Change, Refund, RefundSeen, RefundStatus};
use crate::kernel::ids::UserId;

/// The outcome of a refund, as an administrator has found it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = RefundResolution)]
pub enum Resolution {
    /// The customer did not get the money: the amount can be refunded again.
    NotMade,
    /// The gateway has made the refund.
    Made,
    /// The customer got the money in another way.
    PaidOtherwise,
}

impl Resolution {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotMade => "not_made",
            Self::Made => "made",
            Self::PaidOtherwise => "paid_otherwise",
        }
    }
}

/// An administrator's decision.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub outcome: Resolution,
    /// How the administrator knows.
    pub reason: &'a str,
    /// The gateway's reference of the refund, with [`Resolution::Made`].
    pub reference: Option<&'a str>,
    pub by: UserId,
}

impl Refund {
    /// The change that a gateway's statement causes.
    ///
    /// A refund that was closed as not made, or as paid in another way, stays as it is: if the gateway has made it after
    /// all, that is another refund. One that needs attention there was not made.
    #[must_use]
    pub fn seen(&self, state: RefundSeen) -> Change {
        match (self.resolution, state) {
            (None | Some(Resolution::Made), state) => self.status.seen(state),
            (Some(_), RefundSeen::Pending | RefundSeen::Succeeded) => Change::MadeAfterAll,
            (Some(_), RefundSeen::Failed | RefundSeen::Cancelled | RefundSeen::NeedsAttention) => {
                Change::None
            }
        }
    }

    /// Whether no statement of the gateway about it needs attention any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.status.is_final() && self.resolution.is_none()
    }

    /// Whether an administrator has said that the gateway did not make it.
    #[must_use]
    pub const fn is_denied(&self) -> bool {
        match self.resolution {
            Some(Resolution::NotMade | Resolution::PaidOtherwise) => true,
            Some(Resolution::Made) | None => false,
        }
    }

    /// Whether only an administrator knows of it: the gateway need not find it.
    #[must_use]
    pub fn is_known_by_word(&self) -> bool {
        let named = self.reference.as_ref().is_some_and(|reference| *reference != self.id.to_string());
        self.is_denied() || (self.resolution.is_some() && !named)
    }

    /// Whether a refund that the gateway names, and that bears no mark, is this one: the administrator has said that it
    /// was made, and not under which reference.
    #[must_use]
    pub fn has_no_name_yet(&self) -> bool {
        self.status == RefundStatus::Succeeded
            && self.resolution == Some(Resolution::Made)
            && self.reference.is_none()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use money::Money;

    use super::*;
    use crate::kernel::ids::{OrderId, PaymentId, RefundId};

    fn closed(status: RefundStatus, resolution: Option<Resolution>) -> Refund {
        let at = DateTime::from_timestamp(0, 0).expect("a moment");
        Refund {
            id: RefundId::new(),
            payment_id: PaymentId::new(),
            order_id: OrderId::new(),
            status,
            amount: Money::from_minor_units(500, "ETB".parse().expect("known")).expect("small"),
            reference: None,
            restocked: false,
            resolution,
            requested_at: at,
            updated_at: at,
            last_seen_at: None,
        }
    }

    #[test]
    fn a_gateway_that_contradicts_an_administrator_has_made_another_refund() {
        use RefundSeen::{Cancelled, Failed, NeedsAttention, Pending, Succeeded};
        for refund in [
            closed(RefundStatus::Failed, Some(Resolution::NotMade)),
            closed(RefundStatus::Succeeded, Some(Resolution::PaidOtherwise)),
        ] {
            for state in [Pending, Succeeded] {
                assert_eq!(refund.seen(state), Change::MadeAfterAll, "{refund:?} {state:?}");
            }
            for state in [Failed, Cancelled, NeedsAttention] {
                assert_eq!(refund.seen(state), Change::None, "{refund:?} {state:?}");
            }
            assert!(!refund.is_over() && refund.is_known_by_word());
        }
    }

    #[test]
    fn a_refund_that_was_made_counts_as_if_the_gateway_had_said_so() {
        let made = closed(RefundStatus::Succeeded, Some(Resolution::Made));
        assert_eq!(made.seen(RefundSeen::Succeeded), Change::None);
        assert_eq!(made.seen(RefundSeen::Failed), Change::Bounces);
        assert!(made.is_known_by_word() && made.has_no_name_yet());
        let named = Refund { reference: Some("RF1".to_owned()), ..made };
        assert!(!named.is_known_by_word() && !named.has_no_name_yet());
        let own = Refund { reference: Some(named.id.to_string()), ..named };
        assert!(own.is_known_by_word(), "our own name of it is none of the gateway's");
    }
}
