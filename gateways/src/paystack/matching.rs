//! Finds our refund among those of a payment. Pure.
//!
//! Paystack has no key for a refund, so ours is recognised by the note that we send. If Paystack loses the note,
//! elimination decides: a refund of the same payment and amount that is not known otherwise. It is better to take a
//! refund made by hand for ours than to pay back twice.

use super::amounts::Units;
use super::map::{self, MapError};
use super::wire::Refund;
use crate::{RefundName, RefundView, names, times};

/// Our ids contain the time when a refund was decided; Paystack's clock may be behind by this much.
const CLOCK_SKEW_SECS: i64 = 3600;

/// A search through refunds, row by row.
#[derive(Debug)]
pub(super) struct Search<'a> {
    name: &'a RefundName,
    units: Units,
    /// The candidate by elimination; of several the earliest, so that a repeat finds the same.
    perhaps: Option<RefundView>,
}

impl<'a> Search<'a> {
    pub(super) fn new(name: &'a RefundName, units: Units) -> Self {
        Self { name, units, perhaps: None }
    }

    /// Checks one row. Returns a refund that is certainly ours.
    pub(super) fn look(&mut self, row: Refund) -> Result<Option<RefundView>, MapError> {
        let noted = row.merchant_note.get().and_then(map::noted);
        if noted == Some(self.name.refund_id) {
            return map::refund_view(row, self.units).map(Some);
        }
        if noted.is_some() || !self.is_of_payment(&row) || self.is_too_old(&row) {
            return Ok(None);
        }
        let view = map::refund_view(row, self.units)?;
        if view.amount == self.name.amount && !self.name.others.contains(&view.reference) {
            let earlier = |kept: &RefundView| rank(&kept.reference) <= rank(&view.reference);
            if !self.perhaps.as_ref().is_some_and(earlier) {
                self.perhaps = Some(view);
            }
        }
        Ok(None)
    }

    /// The remaining refund, once all rows were checked.
    pub(super) fn left(self) -> Option<RefundView> {
        self.perhaps
    }

    fn is_of_payment(&self, row: &Refund) -> bool {
        is_of(row, &self.name.payment_reference, &self.name.page_reference)
    }

    fn is_too_old(&self, row: &Refund) -> bool {
        let made = row.made_at.or(&row.created_at).and_then(times::unix);
        made.zip(earliest(self.name)).is_some_and(|(made, earliest)| made < earliest)
    }
}

/// Whether a refund is of the payment that Paystack knows under this id and this reference.
pub(super) fn is_of(row: &Refund, payment: &str, page: &str) -> bool {
    row.transaction.id.get() == Some(payment)
        || row.transaction.reference.get() == Some(page)
        || row.transaction_reference.get() == Some(page)
}

/// The earliest time of our refund, in unix seconds; unknown if its id has no time.
pub(super) fn earliest(name: &RefundName) -> Option<i64> {
    Some(names::made_at(name.refund_id)?.saturating_sub(CLOCK_SKEW_SECS))
}

/// Ids are growing numbers.
fn rank(id: &str) -> (usize, &str) {
    (id.len(), id)
}

/// The refund that was found to be ours.
pub(super) fn named(view: RefundView, name: &RefundName) -> RefundView {
    RefundView { our_refund: view.our_refund.or(Some(name.refund_id)), ..view }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const DECIDED: i64 = 1_767_225_600;

    fn ours() -> Uuid {
        uuid::Builder::from_unix_timestamp_millis(1_767_225_600_000, &[7; 10]).into_uuid()
    }

    fn name() -> RefundName {
        RefundName {
            refund_id: ours(),
            reference: None,
            page_reference: "page".to_owned(),
            payment_reference: "302961".to_owned(),
            amount: money::Money::from_minor_units(500, "NGN".parse().expect("a known code")).expect("small"),
            others: vec!["1".to_owned()],
        }
    }

    fn row(id: u32, change: Value) -> Value {
        let mut row = json!({
            "id": id, "status": "pending", "amount": 500, "currency": "NGN", "transaction": 302_961,
            "createdAt": "2026-01-01T00:00:10.000Z",
        });
        for (key, value) in change.as_object().expect("an object") {
            row[key] = value.clone();
        }
        row
    }

    /// The id found in these rows, and whether it is certain.
    fn found(rows: Vec<Value>) -> Result<Option<(String, bool)>, MapError> {
        let name = name();
        let mut search = Search::new(&name, Units { xof_subunit: 100 });
        for row in rows {
            if let Some(view) = search.look(serde_json::from_str(&row.to_string()).expect("readable"))? {
                return Ok(Some((view.reference, true)));
            }
        }
        Ok(search.left().map(|view| (view.reference, false)))
    }

    #[test]
    fn a_note_is_certain_and_the_rest_is_elimination() {
        let noted = |id: Uuid| json!({"merchant_note": map::note(id)});
        let certain = found(vec![row(2, json!({})), row(3, noted(ours()))]);
        assert_eq!(certain, Ok(Some(("3".to_owned(), true))));
        let elsewhere = row(3, json!({"merchant_note": map::note(ours()), "transaction": 5, "amount": 7}));
        assert_eq!(found(vec![elsewhere]), Ok(Some(("3".to_owned(), true))), "the caller compares");
        assert_eq!(found(vec![row(10, json!({})), row(9, json!({}))]), Ok(Some(("9".to_owned(), false))));
        for other in [
            row(1, json!({})),
            row(2, noted(Uuid::from_u128(9))),
            row(2, json!({"amount": 501})),
            row(2, json!({"currency": "GHS"})),
            row(2, json!({"transaction": 302_962})),
            row(2, json!({"transaction": null})),
            row(2, json!({"createdAt": "2025-12-31T22:59:59.000Z"})),
        ] {
            assert_eq!(found(vec![other.clone()]), Ok(None), "{other}");
        }
        for payment in [json!({"id": 302_961}), json!({"reference": "page"}), json!("page"), json!("302961")]
        {
            assert!(found(vec![row(2, json!({"transaction": payment}))]).is_ok_and(|found| found.is_some()));
        }
    }

    #[test]
    fn a_row_that_may_be_ours_and_can_not_be_read_is_an_error() {
        assert!(found(vec![row(2, json!({"amount": null}))]).is_err());
        assert!(found(vec![row(2, json!({"id": null}))]).is_err());
        assert_eq!(found(vec![row(2, json!({"amount": null, "transaction": 9}))]), Ok(None));
        assert_eq!(earliest(&name()), Some(DECIDED - 3600));
        assert_eq!(earliest(&RefundName { refund_id: Uuid::from_u128(1), ..name() }), None);
    }

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_matter(mut ids in proptest::collection::vec(2_u32..10_000, 1..9)) {
            let rows = |ids: &[u32]| ids.iter().map(|id| row(*id, json!({}))).collect();
            let one = found(rows(&ids));
            ids.reverse();
            prop_assert_eq!(found(rows(&ids)), one.clone());
            ids.sort_unstable();
            prop_assert_eq!(one, Ok(Some((ids[0].to_string(), false))));
        }
    }
}
