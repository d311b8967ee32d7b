//! The shelf in Redis, as adapters know it.

use std::time::Duration;

use gateways::{Shelf, ShelfFuture};

/// What all processes share.
#[derive(Debug)]
pub(crate) struct Shared(pub(crate) shared::kernel::Shelf);

impl Shelf for Shared {
    fn read<'a>(&'a self, name: &'a str) -> ShelfFuture<'a, Option<String>> {
        Box::pin(self.0.read(name))
    }

    fn write<'a>(&'a self, name: &'a str, text: &'a str, life: Duration) -> ShelfFuture<'a, ()> {
        Box::pin(self.0.write(name, text, life))
    }

    fn remove<'a>(&'a self, name: &'a str) -> ShelfFuture<'a, ()> {
        Box::pin(self.0.remove(name))
    }

    fn take<'a>(&'a self, name: &'a str, life: Duration) -> ShelfFuture<'a, bool> {
        Box::pin(self.0.take(name, life))
    }
}
