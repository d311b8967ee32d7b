//! The stories of the marketplace, each on real parts.

mod paying;
mod selling_out;
