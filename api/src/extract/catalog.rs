//! Access to the catalog as a type: readers and editors, by their access token.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use shared::catalog::{Editor, Reach, Viewer};
use shared::identity::Role;

use super::SignedIn;
use super::access::{shop_of, signed_in};
use crate::app::App;
use crate::error::ApiError;

/// A caller with the right to change products: a shop its own, an administrator all.
#[derive(Clone, Copy, Debug)]
pub struct CatalogEditor(pub Editor);

/// A reader of products. A token is optional, but a bad one is refused.
#[derive(Clone, Copy, Debug)]
pub struct CatalogViewer(pub Viewer);

impl FromRequestParts<App> for CatalogEditor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let SignedIn(caller) = signed_in(parts, app).await?;
        let reach = match caller.role {
            Role::SuperAdmin => Reach::Everything,
            Role::Vendor | Role::VendorStaff => Reach::Shop(shop_of(&caller)?),
            Role::Customer | Role::Delivery => {
                return Err(ApiError::denied("Only a shop's account or an administrator can do this."));
            }
        };
        Ok(Self(Editor { user: caller.user, reach }))
    }
}

impl FromRequestParts<App> for CatalogViewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = <SignedIn as OptionalFromRequestParts<App>>::from_request_parts(parts, app).await?;
        let Some(SignedIn(caller)) = caller else { return Ok(Self(Viewer::Public)) };
        let viewer = match (caller.role, caller.vendor) {
            (Role::SuperAdmin, _) => Viewer::Admin,
            (Role::Vendor | Role::VendorStaff, Some(vendor)) => Viewer::Shop(vendor),
            (Role::Vendor | Role::VendorStaff | Role::Customer | Role::Delivery, _) => Viewer::Public,
        };
        Ok(Self(viewer))
    }
}
