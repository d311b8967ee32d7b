//! Stock as a shop maintains it: the count, its corrections, the journal.

use axum::extract::State;
use serde::Deserialize;
use shared::inventory::{self, JournalLine, Stock, Target};
use shared::kernel::db;
use shared::kernel::ids::VariantId;
use shared::{catalog, inventory::Error as StockError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::envelope::{Envelope, Listed, Success};
use crate::error::ApiError;
use crate::extract::{Body, CatalogEditor, Json, Paging, Path, Problems, present};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show_stock, change_stock)).routes(routes!(list_stock_movements))
}

/// Either a difference or a count.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = StockChange)]
struct ChangeBody {
    /// Pieces that arrived, or left if negative; not 0.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = i32)]
    delta: Option<i32>,
    /// The pieces on hand, for example after counting them.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = i32, minimum = 0, maximum = 100_000_000)]
    set: Option<i32>,
    /// For the journal.
    #[schema(max_length = 200)]
    reason: Option<String>,
}

enum Wanted {
    Delta(i32),
    Count(i32),
}

impl ChangeBody {
    /// The change, or what is wrong with it.
    fn wanted(&self, unread: &Problems) -> Result<Wanted, Problems> {
        let mut found = Problems::default();
        if !unread.is_empty() {
            return Err(found); // both would have to be known
        }
        match (self.delta, self.set) {
            (Some(delta), None) => return Ok(Wanted::Delta(delta)),
            (None, Some(on_hand)) => return Ok(Wanted::Count(on_hand)),
            (Some(_), Some(_)) => {
                found.add("delta", "can't be sent together with `set`");
                found.add("set", "can't be sent together with `delta`");
            }
            (None, None) => found.add("delta", "is missing: send `delta`, or `set` instead"),
        }
        Err(found)
    }
}

impl Body for ChangeBody {
    fn problems(&self, _: &App, unread: &Problems) -> Problems {
        let mut found = self.wanted(unread).err().unwrap_or_default();
        found.merge(Problems::of(inventory::check(self.delta, self.set, self.reason.as_deref())));
        found
    }
}

/// The stock of a variant: on hand, and reserved for orders.
#[utoipa::path(get, path = "/api/variants/{id}/stock", tag = "stock", params(("id" = VariantId, Path)),
    security(("bearer" = [])),
    responses((status = 200, description = "The stock.", body = Envelope<Stock>),
        (status = 404, description = "`variant_not_found`")))]
async fn show_stock(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Path(id): Path<VariantId>,
) -> Result<Success<Stock>, ApiError> {
    let stock = db::connected(&app.pool, async |db| {
        catalog::own_variant(db, id, editor.reach).await?;
        inventory::stock_of(db, id).await.map_err(catalog::Error::from)
    })
    .await?;
    Ok(Success::ok("The stock.", stock))
}

/// Correct the stock of a variant, by a difference (`delta`) or to a count (`set`).
#[utoipa::path(post, path = "/api/variants/{id}/stock", tag = "stock", request_body = ChangeBody,
    params(("id" = VariantId, Path)), security(("bearer" = [])),
    responses(
        (status = 200, description = "The stock as it is now.", body = Envelope<Stock>),
        (status = 409, description = "`stock_below_reserved`: `errors` says what orders hold."),
        (status = 422, description = "`invalid`, also for both or neither of `delta` and `set`; or \
            `stock_out_of_range`: with this `delta` there would be less than nothing, or too much."),
        (status = 404, description = "`variant_not_found`"),
    ))]
async fn change_stock(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Path(id): Path<VariantId>,
    Json(body): Json<ChangeBody>,
) -> Result<Success<Stock>, ApiError> {
    let (actor, reason, now) = (Some(editor.user), body.reason.as_deref(), app.clock.now());
    let wanted = body.wanted(&Problems::default()).map_err(ApiError::invalid)?;
    let stock = db::transaction(&app.pool, async |db| {
        catalog::own_variant(db, id, editor.reach).await?;
        let changed: Result<Stock, StockError> = match wanted {
            Wanted::Delta(delta) => inventory::adjust(db, id, delta, actor, reason, now).await,
            Wanted::Count(on_hand) => {
                let target = Target { variant: id, on_hand };
                inventory::set_on_hand(db, target, actor, reason, now).await
            }
        };
        changed.map_err(catalog::Error::from)
    })
    .await?;
    Ok(Success::ok("The stock is changed.", stock))
}

/// Every change of a variant's stock, the newest first.
#[utoipa::path(get, path = "/api/variants/{id}/stock/movements", tag = "stock",
    params(("id" = VariantId, Path), Paging<i64>), security(("bearer" = [])),
    responses((status = 200, description = "A page.", body = Envelope<Listed<JournalLine>>),
        (status = 404, description = "`variant_not_found`")))]
async fn list_stock_movements(
    State(app): State<App>,
    CatalogEditor(editor): CatalogEditor,
    Path(id): Path<VariantId>,
    paging: Paging<i64>,
) -> Result<Success<Listed<JournalLine>>, ApiError> {
    let page = db::connected(&app.pool, async |db| {
        catalog::own_variant(db, id, editor.reach).await?;
        inventory::journal(db, id, &paging.asked).await.map_err(catalog::Error::from)
    })
    .await?;
    Ok(Success::list("The journal.", page, &paging))
}
