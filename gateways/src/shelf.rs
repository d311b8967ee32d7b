//! Where an adapter stores values that all processes share: an access token that may be fetched only so often.
//!
//! The product stores it in Redis. A lost value costs one fetch, and nothing else.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The answer of a shelf.
pub type ShelfFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Short texts by name, each with a lifetime. A shelf that is out of reach answers as if it were empty, and grants
/// every lock: a second token is better than none.
pub trait Shelf: fmt::Debug + Send + Sync {
    fn read<'a>(&'a self, name: &'a str) -> ShelfFuture<'a, Option<String>>;

    fn write<'a>(&'a self, name: &'a str, text: &'a str, life: Duration) -> ShelfFuture<'a, ()>;

    fn remove<'a>(&'a self, name: &'a str) -> ShelfFuture<'a, ()>;

    /// Takes a name for a while: of many callers one gets `true`, until it removes the name or the time is over.
    fn take<'a>(&'a self, name: &'a str, life: Duration) -> ShelfFuture<'a, bool>;
}

/// A shelf within one process: for tests, and for deployments with a single process.
#[derive(Default)]
pub struct LocalShelf(Mutex<HashMap<String, (String, Instant)>>);

/// Without its contents, which include access tokens.
impl fmt::Debug for LocalShelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalShelf")
    }
}

impl LocalShelf {
    /// Advances the time of all entries: for tests.
    pub fn advance(&self, by: Duration) {
        let earlier = |until: Instant| until.checked_sub(by).unwrap_or_else(Instant::now);
        self.with(|kept| kept.values_mut().for_each(|(_, until)| *until = earlier(*until)));
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, (String, Instant)>) -> T) -> T {
        let mut kept = self.0.lock().expect("nobody panics while holding it");
        let now = Instant::now();
        kept.retain(|_, (_, until)| *until > now);
        work(&mut kept)
    }
}

impl Shelf for LocalShelf {
    fn read<'a>(&'a self, name: &'a str) -> ShelfFuture<'a, Option<String>> {
        let found = self.with(|kept| kept.get(name).map(|(text, _)| text.clone()));
        Box::pin(std::future::ready(found))
    }

    fn write<'a>(&'a self, name: &'a str, text: &'a str, life: Duration) -> ShelfFuture<'a, ()> {
        self.with(|kept| kept.insert(name.to_owned(), (text.to_owned(), Instant::now() + life)));
        Box::pin(std::future::ready(()))
    }

    fn remove<'a>(&'a self, name: &'a str) -> ShelfFuture<'a, ()> {
        self.with(|kept| kept.remove(name));
        Box::pin(std::future::ready(()))
    }

    fn take<'a>(&'a self, name: &'a str, life: Duration) -> ShelfFuture<'a, bool> {
        let free = self.with(|kept| {
            let free = !kept.contains_key(name);
            if free {
                kept.insert(name.to_owned(), (String::new(), Instant::now() + life));
            }
            free
        });
        Box::pin(std::future::ready(free))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_is_taken_by_one_until_it_is_given_back() {
        let shelf = LocalShelf::default();
        let minute = Duration::from_secs(60);
        assert!(shelf.take("lock", minute).await);
        assert!(!shelf.take("lock", minute).await);
        shelf.remove("lock").await;
        assert!(shelf.take("lock", Duration::ZERO).await);
        assert!(shelf.take("lock", minute).await, "its time was over");
        shelf.write("token", "t", Duration::ZERO).await;
        assert_eq!(shelf.read("token").await, None);
    }
}
