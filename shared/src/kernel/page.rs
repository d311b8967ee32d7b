//! Keyset pages: "the next N after this key", never an offset.
//!
//! The cursor is opaque to clients: base64 of the last row's key. A cursor that can't be read is refused.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows of a page when the caller names no number.
pub const DEFAULT_SIZE: i64 = 20;
/// Rows of a page at the most.
pub const LARGEST_SIZE: i64 = 100;

/// The cursor is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor cannot be read")]
pub struct BadCursor;

/// Where a page begins and how long it is.
#[derive(Clone, Debug)]
pub struct Asked<K> {
    pub after: Option<K>,
    pub size: i64,
}

impl<K: DeserializeOwned> Asked<K> {
    /// From what a client sent. The size is brought into its bounds, a bad cursor is refused.
    pub fn read(cursor: Option<&str>, size: Option<i64>) -> Result<Self, BadCursor> {
        let after = cursor.filter(|text| !text.is_empty()).map(decode).transpose()?;
        Ok(Self { after, size: size.unwrap_or(DEFAULT_SIZE).clamp(1, LARGEST_SIZE) })
    }
}

impl<K> Asked<K> {
    /// How many rows to fetch: one more than shown, to know whether a next page exists.
    #[must_use]
    pub fn limit(&self) -> i64 {
        self.size + 1
    }
}

/// Some rows and where the next ones begin.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    pub results: Vec<T>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// From `asked.limit()` rows; `key` is what the list is ordered by.
    pub fn cut<K: Serialize>(mut rows: Vec<T>, asked: &Asked<K>, key: impl Fn(&T) -> K) -> Self {
        let size = usize::try_from(asked.size).expect("sizes are clamped to 1..=100");
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|last| encode(&key(last)));
        Self { results: rows, next }
    }
}

fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).expect("keys are plain data"))
}

fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K, BadCursor> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| BadCursor)?;
    serde_json::from_slice(&bytes).map_err(|_| BadCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_whether_another_follows() {
        let asked = Asked::<u32> { after: None, size: 2 };
        let page = Page::cut(vec![1u32, 2, 3], &asked, |n| *n);
        assert_eq!(page.results, [1, 2]);
        let next = Asked::<u32>::read(page.next.as_deref(), Some(2)).expect("our own cursor");
        assert_eq!(next.after, Some(2));
        assert_eq!(Page::cut(vec![3u32], &next, |n| *n).next, None);
    }

    #[test]
    fn a_foreign_cursor_is_refused_and_sizes_are_bounded() {
        assert!(Asked::<u32>::read(Some("zzzz*"), None).is_err());
        assert_eq!(Asked::<u32>::read(None, Some(1_000_000)).map(|asked| asked.size), Ok(LARGEST_SIZE));
    }
}
