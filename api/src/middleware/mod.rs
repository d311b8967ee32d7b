//! What happens around every request, in one place and one layer.
//!
//! [`around`] gives a request its id, trace, span, room, time limit and metrics, and writes failures; the other
//! files are its parts. Trailing slashes and CORS are handled outside of it, before a route is chosen.

mod around;
mod gate;
mod headers;
mod origins;
mod queries;
mod render;
mod request_id;

pub(crate) use around::around;
pub(crate) use gate::Gate;
pub(crate) use origins::cors;
pub(crate) use queries::OPEN;

#[cfg(test)]
mod tests;
