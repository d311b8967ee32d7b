//! Pages of lists, all by one mechanism: by key, never by an offset, forwards and backwards, with a count.
//!
//! A list runs two statements. `extent!` counts its rows, up to [`COUNTED`], and finds where a page begins that is
//! requested by its end. Then the list's own statement reads the rows of the [`Slice`], always forwards. The cursor is
//! opaque to clients: base64 of a key, as JSON. A cursor that can't be read is refused, and so is a size out of bounds.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use counts::Counts;
pub(crate) use extent::extent;

mod counts;
mod extent;

/// Rows of a page if the caller gives no number.
pub const DEFAULT_SIZE: i64 = 20;
/// Most rows of a page.
pub const LARGEST_SIZE: i64 = 100;
/// Most rows that are counted. A list with more says so: counting has a price per row.
pub const COUNTED: i64 = 10_000;

/// Why a page can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPage {
    #[error("is not from `next` or `previous` of this list")]
    BadCursor,
    #[error("must be a whole number from 1 to 100")]
    BadSize,
}

impl NoPage {
    /// The wrong parameter.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::BadCursor => "cursor",
            Self::BadSize => "limit",
        }
    }
}

/// The position of a page, by the key that orders the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start<K> {
    /// At the beginning.
    First,
    /// After the row with this key.
    After(K),
    /// Before this key: the page ends with it.
    Until(K),
}

/// The page that a client requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<K> {
    pub start: Start<K>,
    /// Most rows of the page, 1 to [`LARGEST_SIZE`].
    pub size: i64,
}

/// The form of a cursor that leads backwards. One that leads forwards is the key alone.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Backwards<K> {
    until: K,
}

impl<K: DeserializeOwned> Asked<K> {
    /// From a client's parameters; an absent one has its default.
    pub fn read(cursor: Option<&str>, size: Option<i64>) -> Result<Self, NoPage> {
        let start = cursor.filter(|text| !text.is_empty()).map_or(Ok(Start::First), decode)?;
        let size = size.unwrap_or(DEFAULT_SIZE);
        if !(1..=LARGEST_SIZE).contains(&size) {
            return Err(NoPage::BadSize);
        }
        Ok(Self { start, size })
    }
}

impl<K> Asked<K> {
    /// The last key of the page, if it is requested by its end: a parameter of `extent!`.
    #[must_use]
    pub fn until(&self) -> Option<&K> {
        match &self.start {
            Start::Until(key) => Some(key),
            Start::First | Start::After(_) => None,
        }
    }
}

impl<K: Clone> Asked<K> {
    /// The rows to read, once the extent of the list is known.
    #[must_use]
    pub fn within(&self, extent: Extent<K>) -> Slice<K> {
        let after = match &self.start {
            Start::First => None,
            Start::After(key) => Some(key.clone()),
            Start::Until(_) => extent.begins_after,
        };
        Slice { after, size: self.size, total: extent.total }
    }
}

/// The number of rows of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// At most [`COUNTED`].
    pub count: i64,
    /// False if there are more rows than were counted.
    pub is_exact: bool,
}

impl Total {
    /// Of nothing.
    pub const NONE: Self = Self { count: 0, is_exact: true };

    /// From the rows found among the first [`COUNTED`] and one.
    #[must_use]
    pub fn of(found: i64) -> Self {
        Self { count: found.min(COUNTED), is_exact: found <= COUNTED }
    }
}

/// The extent of a list.
#[derive(Clone, Debug)]
pub struct Extent<K> {
    pub total: Total,
    /// The key before the page that was requested by its end; `None` if that is the first page.
    pub begins_after: Option<K>,
}

/// The rows of a page, as the list's own statement reads them: forwards.
#[derive(Clone, Debug)]
pub struct Slice<K> {
    /// The key before the first row; `None` at the beginning.
    pub after: Option<K>,
    size: i64,
    total: Total,
}

impl<K> Slice<K> {
    /// How many rows to fetch: one more than shown, to know whether a next page exists.
    #[must_use]
    pub fn limit(&self) -> i64 {
        self.size + 1
    }
}

/// A page of a list, and the cursors of its neighbours.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub results: Vec<T>,
    pub total: Total,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
    /// The cursor of the previous page, if there is one.
    pub previous: Option<String>,
}

impl<T> Page<T> {
    /// From `slice.limit()` rows; `key` is the key that orders the list.
    pub fn cut<K: Serialize>(mut rows: Vec<T>, slice: &Slice<K>, key: impl Fn(&T) -> K) -> Self {
        let size = usize::try_from(slice.size).expect("sizes are within 1..=100");
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|last| encode(&key(last)));
        let previous = slice.after.as_ref().map(|until| encode(&Backwards { until }));
        Self { results: rows, total: slice.total, next, previous }
    }

    /// The page of a list that is always empty.
    #[must_use]
    pub fn empty() -> Self {
        Self { results: Vec::new(), total: Total::NONE, next: None, previous: None }
    }

    /// The same page with its rows mapped to something else.
    pub fn with<U>(self, results: Vec<U>) -> Page<U> {
        Page { results, total: self.total, next: self.next, previous: self.previous }
    }
}

fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("keys are plain data"))
}

fn decode<K: DeserializeOwned>(cursor: &str) -> Result<Start<K>, NoPage> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| NoPage::BadCursor)?;
    let backwards = serde_json::from_slice(&bytes).map(|Backwards { until }| Start::Until(until));
    backwards.or_else(|_| serde_json::from_slice(&bytes).map(Start::After)).map_err(|_| NoPage::BadCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The requested page of a list of the numbers from 1, as a list's two statements would read it.
    fn page(all: i64, cursor: Option<&str>, size: i64) -> Page<i64> {
        let asked = Asked::read(cursor, Some(size)).expect("our own cursor");
        let back = |until: i64| (1..=until).rev().nth(usize::try_from(size).unwrap());
        let begins_after = asked.until().copied().and_then(back);
        let slice = asked.within(Extent { total: Total::of(all), begins_after });
        let limit = usize::try_from(slice.limit()).unwrap();
        Page::cut((slice.after.unwrap_or(0) + 1..=all).take(limit).collect(), &slice, |n| *n)
    }

    #[test]
    fn all_pages_are_walked_there_and_back() {
        let (mut seen, mut cursor) = (vec![page(7, None, 3)], None);
        while let Some(next) = seen.last().and_then(|last| last.next.clone()) {
            seen.push(page(7, Some(&next), 3));
            cursor = Some(next);
        }
        let results = |pages: &[Page<i64>]| pages.iter().map(|page| page.results.clone()).collect::<Vec<_>>();
        assert_eq!(results(&seen), [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
        assert!(seen[0].previous.is_none() && cursor.is_some());
        let mut back = vec![page(7, cursor.as_deref(), 3)];
        while let Some(previous) = back.last().and_then(|last| last.previous.clone()) {
            back.push(page(7, Some(&previous), 3));
        }
        back.reverse();
        assert_eq!(results(&back), results(&seen));
        assert!(back.iter().all(|page| page.total == Total { count: 7, is_exact: true }));
    }

    #[test]
    fn a_page_before_the_first_full_one_is_the_first() {
        let second = page(5, page(5, None, 2).next.as_deref(), 2);
        assert_eq!(page(5, second.previous.as_deref(), 4).results, [1, 2, 3, 4]);
    }

    #[test]
    fn more_rows_than_are_counted_are_said_to_be_more() {
        assert_eq!(Total::of(10_000), Total { count: 10_000, is_exact: true });
        assert_eq!(Total::of(10_001), Total { count: 10_000, is_exact: false });
    }

    #[test]
    fn foreign_cursors_and_sizes_out_of_bounds_are_refused() {
        assert_eq!(Asked::<u32>::read(Some("zzzz*"), None), Err(NoPage::BadCursor));
        for size in [0, -1, 101] {
            assert_eq!(Asked::<u32>::read(None, Some(size)), Err(NoPage::BadSize), "{size}");
        }
        assert_eq!(Asked::<u32>::read(None, None).map(|asked| asked.size), Ok(DEFAULT_SIZE));
    }
}
