//! For operators: queues, dead letters, and incidents that a person should look at.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use shared::desk::{self, Overview};
use shared::incidents::{Incident, Which};
use shared::jobs::store::desk::JobView;
use shared::kernel::ids::{IncidentId, JobId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::note_problems;
use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Admin, Body, Json, Paging, Path, Problems, Query};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_queues))
        .routes(routes!(list_jobs))
        .routes(routes!(retry_job))
        .routes(routes!(drop_job))
        .routes(routes!(list_incidents))
        .routes(routes!(resolve_incident))
}

/// How the queues stand.
#[utoipa::path(get, path = "/api/admin/queues", tag = "operations", security(("bearer" = [])),
    responses((status = 200, body = Envelope<Overview>)))]
async fn show_queues(State(app): State<App>, Admin(_admin): Admin) -> Result<Success<Overview>, ApiError> {
    Ok(Success::ok("The queues.", desk::overview(&app.pool, app.clock.now()).await?))
}

/// The status of a job.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum JobStatus {
    Queued,
    Published,
    Running,
    Done,
    #[default]
    Dead,
}

impl JobStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Published => "published",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// `dead` if not given.
    #[param(inline)]
    status: Option<JobStatus>,
}

/// Jobs of one status, newest first: the dead ones if not said otherwise.
#[utoipa::path(get, path = "/api/admin/jobs", tag = "operations", params(Paging<JobId>, Filter),
    security(("bearer" = [])), responses((status = 200, body = Envelope<Listed<JobView>>)))]
async fn list_jobs(
    State(app): State<App>,
    Admin(_admin): Admin,
    paging: Paging<JobId>,
    Query(filter): Query<Filter>,
) -> Result<Success<Listed<JobView>>, ApiError> {
    let status = filter.status.unwrap_or_default().as_str();
    let page = desk::jobs(&app.pool, status, &paging.asked).await?;
    Ok(Success::list("Jobs.", page, &paging))
}

#[derive(Debug, Serialize, ToSchema)]
struct Named {
    id: JobId,
}

/// Queue a dead job again, with all its attempts.
#[utoipa::path(post, path = "/api/admin/jobs/{id}/retry", tag = "operations", params(("id" = JobId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<Named>),
        (status = 404, description = "`job_not_found`"),
        (status = 409, description = "`job_not_dead`: it is waiting, running or done"),
    ))]
async fn retry_job(
    State(app): State<App>,
    Admin(_admin): Admin,
    Path(id): Path<JobId>,
) -> Result<Success<Named>, ApiError> {
    desk::retry(&app.pool, id, app.clock.now()).await?;
    app.bell.jobs_waiting_somewhere();
    Ok(Success::ok("The job is queued again.", Named { id }))
}

/// Delete a dead job: it is not to be done.
#[utoipa::path(delete, path = "/api/admin/jobs/{id}", tag = "operations", params(("id" = JobId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<Named>),
        (status = 404, description = "`job_not_found`"),
        (status = 409, description = "`job_not_dead`: it is waiting, running or done"),
    ))]
async fn drop_job(
    State(app): State<App>,
    Admin(_admin): Admin,
    Path(id): Path<JobId>,
) -> Result<Success<Named>, ApiError> {
    desk::drop_dead(&app.pool, id).await?;
    Ok(Success::ok("The job is dropped.", Named { id }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct IncidentFilter {
    /// `open` if not given.
    #[param(inline)]
    status: Option<Which>,
}

/// Incidents, newest first: money or stock that did not go the usual way.
///
/// Only open ones unless `status` says otherwise; a resolved incident says who closed it, when and why.
#[utoipa::path(get, path = "/api/admin/incidents", tag = "operations", params(Paging<IncidentId>, IncidentFilter),
    security(("bearer" = [])), responses((status = 200, body = Envelope<Listed<Incident>>)))]
async fn list_incidents(
    State(app): State<App>,
    Admin(_admin): Admin,
    paging: Paging<IncidentId>,
    Query(filter): Query<IncidentFilter>,
) -> Result<Success<Listed<Incident>>, ApiError> {
    let page = desk::incidents(&app.pool, filter.status.unwrap_or_default(), &paging.asked).await?;
    Ok(Success::list("Incidents.", page, &paging))
}

#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = IncidentNote)]
struct Note {
    /// What you did about it.
    #[schema(min_length = 1, max_length = 500)]
    note: String,
}

impl Body for Note {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        note_problems(&self.note)
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Resolved {
    id: IncidentId,
}

/// Close an incident that you have dealt with.
///
/// Your note is stored with your name. The reconciliation difference that it reports is closed too.
#[utoipa::path(post, path = "/api/admin/incidents/{id}/resolve", tag = "operations", params(("id" = IncidentId, Path)),
    security(("bearer" = [])),
    responses(
        (status = 200, body = Envelope<Resolved>),
        (status = 404, description = "`incident_not_found`"),
        (status = 409, description = "`incident_resolved`: it is closed already"),
    ))]
async fn resolve_incident(
    State(app): State<App>,
    Admin(admin): Admin,
    Path(id): Path<IncidentId>,
    Json(note): Json<Note>,
) -> Result<Success<Resolved>, ApiError> {
    let note = note.note.trim();
    desk::resolve(&app.pool, id, admin.user, note, app.clock.now()).await?;
    Ok(Success::ok("The incident is closed.", Resolved { id }))
}
