//! The caller's own profile.

use axum::extract::State;
use axum::routing::{get, put};
use serde::Deserialize;
use shared::identity::{self, ProfileChange, User};
use shared::kernel::db;
use utoipa::ToSchema;
use utoipa::openapi::HttpMethod;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Success};
use crate::error::ApiError;
use crate::extract::{Body, Json, Problems, SignedIn, present};
use crate::openapi::Aliases;

pub(super) const ME: &str = "/api/users/me";
const PROFILE: &str = "/api/auth/profile";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_me, update_me))
        .alias(HttpMethod::Get, PROFILE, ME, get(show_me))
        .alias_of((HttpMethod::Put, PROFILE), (HttpMethod::Patch, ME), put(update_me))
}

/// The fields to change; absent fields stay as they are.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = ProfileChange)]
struct Change {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, min_length = 1, max_length = 120)]
    full_name: Option<String>,
    /// Null removes the number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
}

impl Change {
    fn meant(self) -> ProfileChange {
        ProfileChange { full_name: self.full_name, phone: self.phone }
    }
}

impl Body for Change {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        Problems::of(self.clone().meant().check())
    }
}

/// Your own account.
#[utoipa::path(get, path = "/api/users/me", tag = "accounts", security(("bearer" = [])),
    responses((status = 200, description = "The account.", body = Envelope<User>),
        (status = 404, description = "`user_not_found`")))]
async fn show_me(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Success<User>, ApiError> {
    let user = db::connected(&app.pool, async |db| identity::profile(db, caller.user).await).await?;
    Ok(Success::ok("Your account.", user))
}

/// Change your own account.
#[utoipa::path(patch, path = "/api/users/me", tag = "accounts", request_body = Change, security(("bearer" = [])),
    responses((status = 200, description = "The account as it is now.", body = Envelope<User>),
        (status = 404, description = "`user_not_found`")))]
async fn update_me(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Json(change): Json<Change>,
) -> Result<Success<User>, ApiError> {
    let (change, now) = (change.meant(), app.clock.now());
    let user =
        db::connected(&app.pool, async |db| identity::update_profile(db, caller.user, &change, now).await)
            .await?;
    Ok(Success::ok("Changed.", user))
}
