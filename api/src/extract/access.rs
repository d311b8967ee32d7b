//! Access as a type: a handler that takes one of these runs only for callers with that role.
//!
//! The bearer token is verified without the database. The answer is 401 for a missing or bad token and 403 for the
//! wrong role. Whether a *thing* belongs to the caller is decided by the function that reads it, and answered with 404.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use shared::identity::{Caller, Role};
use shared::kernel::ids::VendorId;

use crate::app::App;
use crate::error::ApiError;

/// Any caller with a valid access token. `Option<SignedIn>` also accepts a request without a token, but refuses a bad
/// one.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn(pub Caller);

/// A buyer: a customer's account.
#[derive(Clone, Copy, Debug)]
pub struct Customer(pub Caller);

/// A seller: a shop's owner or staff.
#[derive(Clone, Copy, Debug)]
pub struct VendorCaller {
    pub caller: Caller,
    /// The shop the caller acts for.
    pub vendor: VendorId,
}

/// An administrator of the marketplace.
#[derive(Clone, Copy, Debug)]
pub struct Admin(pub Caller);

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        match bearer(&parts.headers)? {
            Some(token) => verified(token, app),
            None => Err(ApiError::unauthenticated("token_required", "Sign in, and send the access token.")),
        }
    }
}

impl OptionalFromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        bearer(&parts.headers)?.map(|token| verified(token, app)).transpose()
    }
}

impl FromRequestParts<App> for Customer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let SignedIn(caller) = signed_in(parts, app).await?;
        match caller.role {
            Role::Customer => Ok(Self(caller)),
            Role::SuperAdmin | Role::Vendor | Role::VendorStaff | Role::Delivery => {
                Err(ApiError::denied("Only a customer's account can do this."))
            }
        }
    }
}

impl FromRequestParts<App> for VendorCaller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let SignedIn(caller) = signed_in(parts, app).await?;
        match caller.role {
            Role::Vendor | Role::VendorStaff => Ok(Self { caller, vendor: shop_of(&caller)? }),
            Role::SuperAdmin | Role::Customer | Role::Delivery => {
                Err(ApiError::denied("Only a shop's account can do this."))
            }
        }
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let SignedIn(caller) = signed_in(parts, app).await?;
        match caller.role {
            Role::SuperAdmin => Ok(Self(caller)),
            Role::Vendor | Role::VendorStaff | Role::Customer | Role::Delivery => {
                Err(ApiError::denied("Only an administrator can do this."))
            }
        }
    }
}

pub(super) async fn signed_in(parts: &mut Parts, app: &App) -> Result<SignedIn, ApiError> {
    <SignedIn as FromRequestParts<App>>::from_request_parts(parts, app).await
}

/// The shop that an owner or member of staff acts for.
pub(super) fn shop_of(caller: &Caller) -> Result<VendorId, ApiError> {
    caller.vendor.ok_or_else(|| ApiError::denied("This account has no shop."))
}

/// The token of `Authorization: Bearer …`; the scheme's name has no case (RFC 9110, section 11.1).
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(ApiError::unauthenticated("token_invalid", "Send one access token, not several."));
    }
    let credentials = value.to_str().ok().and_then(|text| text.trim().split_once(' '));
    match credentials {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        Some(_) | None => {
            Err(ApiError::unauthenticated("token_invalid", "Send the access token as `Bearer <token>`."))
        }
    }
}

fn verified(token: &str, app: &App) -> Result<SignedIn, ApiError> {
    let caller = app.tokens.verify(token, app.clock.now())?;
    tracing::Span::current().record("user.id", tracing::field::display(caller.user));
    Ok(SignedIn(caller))
}
