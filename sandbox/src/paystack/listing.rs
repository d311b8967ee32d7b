//! Paystack's lists: newest first, `perPage` and `page`, a window of time, and a `meta` that counts.
//! Pages are counted from the newest, so what arrives in between moves everything by one.

use serde_json::{Value, json};

use super::fields::Fields;
use super::refusal::Refusal;
use super::when;
use crate::shelf::Shelf;

const PER_PAGE: i64 = 50;
const PER_PAGE_AT_MOST: i64 = 1_000;

/// Which part of a list is wanted.
#[derive(Debug)]
pub struct Page {
    per_page: i64,
    page: i64,
    /// Milliseconds, both ends included.
    from: i64,
    to: i64,
}

/// A page, and what is said about the whole.
#[derive(Debug)]
pub struct Found {
    pub data: Value,
    pub meta: Value,
}

impl Page {
    pub fn read(query: &Fields) -> Result<Self, Refusal> {
        // Both spellings are in the vendor's documents.
        let per_page = query.integer("perPage")?.or(query.integer("per_page")?).unwrap_or(PER_PAGE);
        let page = query.integer("page")?.unwrap_or(1);
        if !(1..=PER_PAGE_AT_MOST).contains(&per_page) || page < 1 {
            return Err(Refusal::invalid("perPage lies between 1 and 1000, and page begins with 1"));
        }
        let bound = |name: &str, otherwise: i64| match query.text(name)? {
            None => Ok(otherwise),
            Some(text) => {
                when::parse(&text).ok_or_else(|| Refusal::invalid(format!("{name} is not a valid date")))
            }
        };
        Ok(Self { per_page, page, from: bound("from", i64::MIN)?, to: bound("to", i64::MAX)? })
    }

    /// Whether a moment lies in the window.
    pub fn holds(&self, ms: i64) -> bool {
        (self.from..=self.to).contains(&ms)
    }

    /// Arrival follows creation, so what was created before `from` ends the search.
    pub fn of<T>(
        &self,
        shelf: &Shelf<T>,
        created_ms: fn(&T) -> i64,
        wanted: impl Fn(&T) -> bool,
        show: impl Fn(&T) -> Value,
    ) -> Found {
        let skip = (self.page - 1).saturating_mul(self.per_page);
        let (mut total, mut data) = (0_i64, Vec::new());
        let newest_first = shelf.iter().rev().map(|(_, item)| item);
        for item in newest_first.take_while(|item| created_ms(item) >= self.from) {
            if created_ms(item) > self.to || !wanted(item) {
                continue;
            }
            if total >= skip && total - skip < self.per_page {
                data.push(show(item));
            }
            total += 1;
        }
        let pages = (total + self.per_page - 1) / self.per_page;
        let meta = json!({
            "total": total,
            "skipped": skip,
            "perPage": self.per_page,
            "page": self.page,
            "pageCount": pages,
        });
        Found { data: Value::Array(data), meta }
    }
}
