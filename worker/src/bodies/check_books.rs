//! Compare the books with the journals: differences become a metric and an incident.

use serde_json::json;
use shared::incidents::{self, IncidentKind};
use shared::jobs::{Claimed, Finished, JobError};
use shared::verify;

use crate::context::{Context, database};

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let differences = verify::differences(&context.pool).await.map_err(database)?;
    for law in verify::LAWS {
        let broken = differences.iter().filter(|difference| difference.law == law.name).count();
        metrics::gauge!("haat_books_differences", "law" => law.name).set(broken as f64);
    }
    let mut transaction = context.begin().await?;
    for difference in &differences {
        let about = format!("{}:{}", difference.law, difference.subject);
        let detail = json!(difference);
        incidents::open(&mut transaction, IncidentKind::BooksDiffer, &about, None, &detail, context.now())
            .await
            .map_err(database)?;
    }
    context.finish(transaction, job, None).await
}
