//! Transactions at Paystack within a window: payments, then refunds, then disputes, page by page.
//!
//! Paystack's lists go by the creation of a row. A payment counts when it was paid, so pages opened some time before
//! the window are read too.

use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::Paystack;
use super::line::{PER_PAGE, Page, Talk};
use super::{map, wire};
use crate::loose::Loose;
use crate::{CallContext, CallError, Movement, Transaction, TransactionPage, Window, times};

/// The position in a list; written `payments:1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    kind: Kind,
    page: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Payments,
    Refunds,
    Disputes,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Payments, Self::Refunds, Self::Disputes];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Disputes => "disputes",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Payments => "/transaction",
            Self::Refunds => "/refund",
            Self::Disputes => "/dispute",
        }
    }

    const fn next(self) -> Option<Self> {
        match self {
            Self::Payments => Some(Self::Refunds),
            Self::Refunds => Some(Self::Disputes),
            Self::Disputes => None,
        }
    }
}

impl FromStr for Cursor {
    type Err = CallError;

    fn from_str(text: &str) -> Result<Self, CallError> {
        let read = || {
            let (kind, page) = text.split_once(':')?;
            let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind)?;
            Some(Self { kind, page: page.parse().ok().filter(|page| *page > 0)? })
        };
        read().ok_or_else(|| CallError::unsendable("the cursor is not one of ours"))
    }
}

impl Cursor {
    const FIRST: Self = Self { kind: Kind::Payments, page: 1 };

    /// The position after this page.
    fn after<T>(self, page: &Page<T>) -> Option<String> {
        let next = if page.has_more(self.page) {
            self.page.checked_add(1).map(|page| Self { page, ..self })
        } else {
            self.kind.next().map(|kind| Self { kind, page: 1 })
        };
        next.map(|next| format!("{}:{}", next.kind.as_str(), next.page))
    }
}

impl Paystack {
    pub(super) async fn movements(
        &self,
        context: &CallContext,
        window: Window,
        cursor: Option<&str>,
    ) -> Result<TransactionPage, CallError> {
        let cursor = cursor.map_or(Ok(Cursor::FIRST), str::parse)?;
        let talk = self.line.talk(context);
        match cursor.kind {
            Kind::Payments => {
                let from = window.from.saturating_sub(self.config.list_lookback_secs);
                let wide = Window { from, ..window };
                listed(&talk, cursor, wide, |row| self.payment_row(row, window)).await
            }
            Kind::Refunds => listed(&talk, cursor, window, |row| self.refund_row(row, window)).await,
            Kind::Disputes => listed(&talk, cursor, window, |row| self.dispute_row(row, window)).await,
        }
    }

    fn payment_row(&self, row: wire::Transaction, window: Window) -> Option<Transaction> {
        let times = [&row.paid_at, &row.created_at, &row.made_at];
        let at = within(window, times.map(Loose::get))?;
        let id = row.id.owned()?;
        let view = map::payment_view(row, self.units()).ok()?;
        Some(Transaction { id, at, what: Movement::Payment(view) })
    }

    fn refund_row(&self, row: wire::Refund, window: Window) -> Option<Transaction> {
        let at = within(window, [row.made_at.get(), row.created_at.get(), None])?;
        let payment_reference = row.transaction.id.owned();
        let view = map::refund_view(row, self.units()).ok()?;
        let id = view.reference.clone();
        Some(Transaction { id, at, what: Movement::Refund { view, payment_reference } })
    }

    fn dispute_row(&self, row: wire::Dispute, window: Window) -> Option<Transaction> {
        let at = within(window, [row.made_at.get(), row.created_at.get(), None])?;
        let view = map::dispute_view(row, self.units()).ok()?;
        Some(Transaction { id: view.reference.clone(), at, what: Movement::Dispute(view) })
    }
}

/// A row that can't be read, for example in another currency, is left out: it would be found in every run.
async fn listed<T: DeserializeOwned>(
    talk: &Talk<'_>,
    cursor: Cursor,
    asked: Window,
    read: impl Fn(T) -> Option<Transaction>,
) -> Result<TransactionPage, CallError> {
    let (from, to) = (times::iso(asked.from)?, times::iso(asked.until)?);
    let (path, number) = (cursor.kind.path(), cursor.page);
    let path = format!("{path}?perPage={PER_PAGE}&page={number}&from={from}&to={to}");
    let page = talk.page::<T>(&path).await?;
    let next = cursor.after(&page);
    Ok(TransactionPage { transactions: page.rows.into_iter().filter_map(read).collect(), next })
}

/// The first valid one of these times, if it is in the window; a row without any counts as of the window's beginning.
fn within(window: Window, times: [Option<&str>; 3]) -> Option<i64> {
    let at = times.into_iter().flatten().find_map(times::unix).unwrap_or(window.from);
    (window.from..window.until).contains(&at).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_lead_through_all_three_lists() {
        assert_eq!("payments:1".parse(), Ok(Cursor::FIRST));
        assert_eq!("disputes:12".parse(), Ok(Cursor { kind: Kind::Disputes, page: 12 }));
        for text in ["", "payments", "payments:", "payments:0", "payments:-1", "payments:x", "others:1", "1"]
        {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
        assert_eq!(Kind::ALL.map(Kind::next), [Some(Kind::Refunds), Some(Kind::Disputes), None]);
    }

    #[test]
    fn the_end_of_a_window_is_not_in_it() {
        let window = Window { from: 1_767_225_600, until: 1_767_225_601 };
        let at = |text: &str| within(window, [Some(text), None, None]);
        assert_eq!(at("2026-01-01T00:00:00.900Z"), Some(1_767_225_600));
        assert_eq!(at("2026-01-01T00:00:01Z"), None);
        assert_eq!(at("2025-12-31T23:59:59Z"), None);
        assert_eq!(at("never"), Some(window.from));
    }
}
