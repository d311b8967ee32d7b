//! The unit of a hand-over: a group of jobs of one kind.

use serde::{Deserialize, Serialize};
use shared::jobs::store::Taken;
use shared::jobs::{JobKind, Queue};
use shared::kernel::ids::JobId;

/// Jobs of one kind with their fencing tokens: one task in Redis. It has ids only, so it can always be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivery {
    /// [`JobKind::as_str`]. A worker that does not know the kind leaves the delivery alone, and it returns.
    pub kind: String,
    pub jobs: Vec<(JobId, i32)>,
}

/// Size of the largest group in a queue.
pub(super) fn largest(queue: Queue) -> usize {
    let of_queue = JobKind::ALL.iter().map(|kind| kind.policy()).filter(|policy| policy.queue == queue);
    of_queue.map(|policy| policy.group).max().unwrap_or(1)
}

/// Splits taken jobs into deliveries: by kind, each as large as its kind allows, oldest first.
pub(super) fn deliveries(taken: &[Taken]) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for kind in JobKind::ALL {
        let jobs: Vec<(JobId, i32)> =
            taken.iter().filter(|job| job.kind == *kind).map(|job| (job.id, job.delivery)).collect();
        for group in jobs.chunks(kind.policy().group) {
            deliveries.push(Delivery { kind: kind.as_str().to_owned(), jobs: group.to_vec() });
        }
    }
    deliveries
}
