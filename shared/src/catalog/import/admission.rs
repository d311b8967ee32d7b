//! Limits imports: one file per shop at a time, a few files per process.
//!
//! A file is up to 20 MiB and takes a core for seconds, so both limits are checked before a byte of it is read. Within
//! a process a set of shops records who is importing. Between processes an advisory lock in the database does
//! ([`crate::catalog::store::imports`]), which the command line obeys too.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Error;
use crate::kernel::ids::VendorId;

/// Most files that are received or processed at once: each takes its size in memory, and several times that once
/// parsed.
const FILES: usize = 8;
/// Most files that are processed at once: each takes a core, and then a connection to the database.
const WORKING: usize = 2;
/// How long a received file waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The imports of one process.
#[derive(Clone, Debug)]
pub struct Imports {
    files: Arc<Semaphore>,
    working: Arc<Semaphore>,
    shops: Arc<Mutex<HashSet<VendorId>>>,
}

/// Permits one shop to import one file, until dropped.
#[derive(Debug)]
pub struct Admission {
    pub(super) vendor: VendorId,
    imports: Imports,
    _file: OwnedSemaphorePermit,
}

impl Default for Imports {
    fn default() -> Self {
        Self {
            files: Arc::new(Semaphore::new(FILES)),
            working: Arc::new(Semaphore::new(WORKING)),
            shops: Arc::default(),
        }
    }
}

impl Imports {
    /// Must be called before the file is read. [`Error::Running`] if the shop is importing already, [`Error::Busy`] if
    /// the process is importing as many files as it may.
    pub fn admit(&self, vendor: VendorId) -> Result<Admission, Error> {
        let mut shops = self.shops();
        if shops.contains(&vendor) {
            return Err(Error::Running);
        }
        let file = Arc::clone(&self.files).try_acquire_owned().map_err(|_| Error::Busy)?;
        shops.insert(vendor);
        drop(shops);
        Ok(Admission { vendor, imports: self.clone(), _file: file })
    }

    fn shops(&self) -> MutexGuard<'_, HashSet<VendorId>> {
        self.shops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission {
    /// A permit for a core, to be kept until the work has really ended.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.turn_within(LONGEST_WAIT).await
    }

    async fn turn_within(&self, wait: Duration) -> Result<OwnedSemaphorePermit, Error> {
        let turn = Arc::clone(&self.imports.working).acquire_owned();
        match tokio::time::timeout(wait, turn).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Error::Busy),
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.imports.shops().remove(&self.vendor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_imports_one_file_at_a_time_and_a_process_a_few() {
        let imports = Imports::default();
        let shop = VendorId::new();
        let first = imports.admit(shop).unwrap();
        assert!(matches!(imports.admit(shop), Err(Error::Running)));
        let others: Vec<_> = (1..FILES).map(|_| imports.admit(VendorId::new()).unwrap()).collect();
        assert!(matches!(imports.admit(VendorId::new()), Err(Error::Busy)));
        drop(first);
        assert!(imports.admit(shop).is_ok());
        drop(others);
    }

    #[tokio::test]
    async fn a_file_waits_for_its_turn_but_not_for_ever() {
        let imports = Imports::default();
        let admissions: Vec<_> = (0..=WORKING).map(|_| imports.admit(VendorId::new()).unwrap()).collect();
        let mut turns = Vec::new();
        for admission in &admissions[1..] {
            turns.push(admission.turn().await.unwrap());
        }
        let refused = admissions[0].turn_within(Duration::from_millis(1)).await;
        assert!(matches!(refused, Err(Error::Busy)));
        turns.pop();
        assert!(admissions[0].turn().await.is_ok());
    }
}
