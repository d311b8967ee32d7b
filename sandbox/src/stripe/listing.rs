//! Stripe's lists: newest first, `limit`, `starting_after`, `ending_before`, `created[…]`.
//! A page costs what it shows, however much there is, unless a filter makes it search.

use serde_json::{Value, json};

use super::owner::{self, Owned, Owner};
use super::params::Params;
use super::refusal::Refusal;
use crate::shelf::Shelf;

#[derive(Debug)]
pub struct Page {
    /// Whose objects are listed.
    owner: Owner,
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
}

/// Seconds, both ends included.
#[derive(Debug, Clone, Copy)]
pub struct Created {
    pub from: i64,
    pub to: i64,
}

impl Created {
    /// # Errors
    /// When a bound is no integer, or of no known kind.
    pub fn read(params: &mut Params) -> Result<Self, Refusal> {
        Self::read_of(params, "created")
    }

    pub fn has(&self, at: i64) -> bool {
        (self.from..=self.to).contains(&at)
    }

    /// The range of another time than that of creation.
    ///
    /// # Errors
    /// When a bound is no integer, or of no known kind.
    pub fn read_of(params: &mut Params, field: &str) -> Result<Self, Refusal> {
        let mut range = Self { from: i64::MIN, to: i64::MAX };
        if let Some(exact) = params.leaf_integer(field)? {
            return Ok(Self { from: exact, to: exact });
        }
        let Some(mut bounds) = params.object(field)? else { return Ok(range) };
        if let Some(bound) = bounds.integer("gte")? {
            range.from = bound;
        }
        if let Some(bound) = bounds.integer("gt")? {
            range.from = range.from.max(bound.saturating_add(1));
        }
        if let Some(bound) = bounds.integer("lte")? {
            range.to = bound;
        }
        if let Some(bound) = bounds.integer("lt")? {
            range.to = range.to.min(bound.saturating_sub(1));
        }
        bounds.finish()?;
        Ok(range)
    }
}

impl Page {
    /// # Errors
    /// When `limit` is not between 1 and 100.
    pub fn read(params: &mut Params, owner: &Owner) -> Result<Self, Refusal> {
        let limit = params.integer("limit")?.unwrap_or(10);
        if !(1..=100).contains(&limit) {
            return Err(Refusal::invalid("limit", "Invalid limit: it must be between 1 and 100"));
        }
        Ok(Self {
            owner: owner.clone(),
            limit: usize::try_from(limit).unwrap_or(10),
            starting_after: params.text("starting_after")?,
            ending_before: params.text("ending_before")?,
        })
    }

    /// One page of a shelf. What was created before `created.from` ends the search, for arrival
    /// follows creation.
    ///
    /// # Errors
    /// When the id to page from is unknown.
    pub fn of<T: Owned>(
        &self,
        what: (&str, &str),
        shelf: &Shelf<T>,
        (created, created_of): (Created, fn(&T) -> i64),
        wanted: impl Fn(&T) -> bool,
        show: impl Fn(&T) -> Value,
    ) -> Result<Value, Refusal> {
        let (object, url) = what;
        let cursors = [("starting_after", &self.starting_after), ("ending_before", &self.ending_before)];
        for (param, cursor) in cursors {
            if let Some(id) = cursor.as_deref().filter(|id| owner::of(shelf, id, &self.owner).is_none()) {
                return Err(Refusal::no_such_param(object, param, id));
            }
        }
        let fits = |item: &T| item.owner() == &self.owner && created_of(item) <= created.to && wanted(item);
        let in_time = |item: &T| created_of(item) >= created.from;
        let mut found: Vec<Value> = Vec::new();
        if let Some(id) = &self.ending_before {
            let newer = shelf.after(id).map(|(_, item)| item).filter(|item| in_time(item) && fits(item));
            found.extend(newer.take(self.limit + 1).map(&show));
            return Ok(self.envelope(url, found, true));
        }
        let older: Box<dyn Iterator<Item = (&str, &T)>> = match &self.starting_after {
            Some(id) => Box::new(shelf.before(id).rev()),
            None => Box::new(shelf.iter().rev()),
        };
        let older = older.map(|(_, item)| item).take_while(|item| in_time(item)).filter(|item| fits(item));
        found.extend(older.take(self.limit + 1).map(&show));
        Ok(self.envelope(url, found, false))
    }

    /// One page of a short list that is at hand, newest first.
    ///
    /// # Errors
    /// When the id to page from is not in it.
    pub fn of_few(&self, what: (&str, &str), items: Vec<(String, Value)>) -> Result<Value, Refusal> {
        let (object, url) = what;
        let place = |param: &str, cursor: &Option<String>| {
            let Some(id) = cursor else { return Ok(None) };
            let found = items.iter().position(|(known, _)| known == id);
            found.map(Some).ok_or_else(|| Refusal::no_such_param(object, param, id))
        };
        let after = place("starting_after", &self.starting_after)?;
        let before = place("ending_before", &self.ending_before)?;
        let items = items.into_iter().map(|(_, item)| item);
        Ok(match before {
            Some(before) => {
                let newer: Vec<Value> = items.take(before).collect();
                let found = newer.into_iter().rev().take(self.limit + 1).collect();
                self.envelope(url, found, true)
            }
            None => {
                let older = items.skip(after.map_or(0, |at| at + 1));
                self.envelope(url, older.take(self.limit + 1).collect(), false)
            }
        })
    }

    fn envelope(&self, url: &str, mut found: Vec<Value>, oldest_first: bool) -> Value {
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        if oldest_first {
            found.reverse();
        }
        json!({"object": "list", "url": url, "has_more": has_more, "data": found})
    }
}
