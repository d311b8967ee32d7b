//! Compares the books with the journals. Differences become incidents, and through them a metric of every worker. An
//! incident whose difference is gone closes automatically.

use serde_json::json;
use shared::incidents::{self, IncidentKind};
use shared::jobs::{Claimed, Finished, JobError};
use shared::verify;
use uuid::Uuid;

use crate::context::{Context, database};

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let differences = verify::differences(&context.pool).await.map_err(database)?;
    let mut transaction = context.begin().await?;
    let subjects: Vec<String> =
        differences.iter().map(|one| format!("{}:{}", one.law, one.subject)).collect();
    incidents::close_balanced(&mut transaction, &subjects, context.now()).await.map_err(database)?;
    let ids: Vec<Uuid> = differences.iter().filter_map(|one| one.subject.parse().ok()).collect();
    let known = incidents::about(&mut transaction, &ids).await.map_err(database)?;
    for (difference, key) in differences.iter().zip(&subjects) {
        let detail = json!(difference);
        let id: Option<Uuid> = difference.subject.parse().ok();
        let about = id.and_then(|id| known.get(&id).cloned()).unwrap_or_default();
        incidents::open(&mut transaction, IncidentKind::BooksDiffer, key, &about, &detail, context.now())
            .await
            .map_err(database)?;
    }
    context.finish(transaction, job, None).await
}
