//! Compares the books with the journals. Differences become incidents, and through them a metric of every worker. An
//! incident whose difference is gone closes automatically.

use serde_json::json;
use shared::incidents::{self, IncidentKind};
use shared::jobs::{Claimed, Finished, JobError};
use shared::verify::{self, Difference};
use uuid::Uuid;

use crate::context::{Context, database};
use crate::tell::{Again, Tell, Tells};

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let differences = verify::differences(&context.pool).await.map_err(database)?;
    let mut transaction = context.begin().await?;
    incidents::lock_books(&mut transaction).await.map_err(database)?;
    let subjects: Vec<String> =
        differences.iter().map(|one| format!("{}:{}", one.law, one.subject)).collect();
    incidents::close_balanced(&mut transaction, &subjects, context.now()).await.map_err(database)?;
    let ids: Vec<Uuid> = differences.iter().filter_map(|one| one.subject.parse().ok()).collect();
    let known = incidents::about(&mut transaction, &ids).await.map_err(database)?;
    let tell = |(difference, key): (&Difference, &String)| {
        let id: Option<Uuid> = difference.subject.parse().ok();
        let about = id.and_then(|id| known.get(&id).cloned()).unwrap_or_default();
        let (kind, detail) = (IncidentKind::BooksDiffer, json!(difference));
        Tell { kind, key: key.clone(), about, detail, again: Again::Opens }
    };
    let mut tells: Tells = differences.iter().zip(&subjects).map(tell).collect();
    tells.write(&mut transaction, context.now()).await?;
    context.finish(transaction, job, None).await
}
