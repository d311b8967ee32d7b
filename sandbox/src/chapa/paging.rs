//! Chapa's pages: `page` and `per_page`, newest first. A number that makes no sense counts as left
//! out, as in Chapa's framework.

use serde_json::{Value, json};

use super::gate::Call;
use crate::form;

const PER_PAGE: usize = 10;
const PER_PAGE_AT_MOST: usize = 100;

#[derive(Debug, Clone, Copy)]
pub struct Page {
    number: usize,
    per_page: usize,
}

impl Page {
    pub fn of(call: &Call) -> Self {
        let number = |name: &str| {
            let found = form::value(&call.query, name);
            found.and_then(|value| value.parse::<usize>().ok()).filter(|number| *number > 0)
        };
        let per_page = number("per_page").unwrap_or(PER_PAGE).min(PER_PAGE_AT_MOST);
        Self { number: number("page").unwrap_or(1), per_page }
    }

    /// The items of this page, and whether there are more.
    pub fn cut<T>(&self, items: impl Iterator<Item = T>) -> (Vec<T>, bool) {
        let mut found: Vec<T> = items.skip(self.skipped()).take(self.per_page + 1).collect();
        let more = found.len() > self.per_page;
        found.truncate(self.per_page);
        (found, more)
    }

    fn skipped(&self) -> usize {
        (self.number - 1).saturating_mul(self.per_page)
    }

    /// As the list of transactions has it.
    pub fn pagination(&self, url: &str, more: bool) -> Value {
        json!({
            "per_page": self.per_page,
            "current_page": self.number,
            "first_page_url": self.address(url, 1),
            "next_page_url": more.then(|| self.address(url, self.number.saturating_add(1))),
            "prev_page_url": self.previous(url),
        })
    }

    /// As the list of transfers has it, which knows how many there are.
    pub fn meta(&self, url: &str, total: usize) -> Value {
        let last = total.div_ceil(self.per_page).max(1);
        let to = self.skipped().saturating_add(self.per_page).min(total);
        json!({
            "current_page": self.number,
            "first_page_url": self.address(url, 1),
            "last_page": last,
            "last_page_url": self.address(url, last),
            "next_page_url": (self.number < last).then(|| self.address(url, self.number + 1)),
            "path": url,
            "per_page": self.per_page,
            "prev_page_url": self.previous(url),
            "to": to,
            "total": total,
            "error": [],
        })
    }

    fn previous(&self, url: &str) -> Option<String> {
        (self.number > 1).then(|| self.address(url, self.number - 1))
    }

    /// A page of another size than usual says so, that following the links gives every item once.
    fn address(&self, url: &str, number: usize) -> String {
        if self.per_page == PER_PAGE {
            format!("{url}?page={number}")
        } else {
            format!("{url}?page={number}&per_page={}", self.per_page)
        }
    }
}
