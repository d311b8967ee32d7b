//! Compares the books with the journals. Differences become incidents, and through them a metric of every worker. An
//! incident whose difference is gone closes automatically.

use serde_json::json;
use shared::incidents::{self, IfClosed, IncidentKind, NewIncident};
use shared::jobs::{Claimed, Finished, JobError};
use shared::verify::{self, Difference};
use uuid::Uuid;

use crate::context::{Context, database};

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let differences = verify::differences(&context.pool).await.map_err(database)?;
    let mut transaction = context.begin().await?;
    incidents::lock_books(&mut transaction).await.map_err(database)?;
    let subjects: Vec<String> =
        differences.iter().map(|one| format!("{}:{}", one.law, one.subject)).collect();
    incidents::close_balanced(&mut transaction, &subjects, context.now()).await.map_err(database)?;
    let ids: Vec<Uuid> = differences.iter().filter_map(|one| one.subject.parse().ok()).collect();
    let known = incidents::about(&mut transaction, &ids).await.map_err(database)?;
    let incident = |(difference, key): (&Difference, &String)| {
        let id: Option<Uuid> = difference.subject.parse().ok();
        let about = id.and_then(|id| known.get(&id).cloned()).unwrap_or_default();
        let (kind, detail) = (IncidentKind::BooksDiffer, json!(difference));
        NewIncident { kind, key: key.clone(), about, detail, if_closed: IfClosed::Reopen }
    };
    let found = differences.iter().zip(&subjects).map(incident);
    incidents::open_all(&mut transaction, found, context.now()).await.map_err(database)?;
    context.finish(transaction, job, None).await
}
