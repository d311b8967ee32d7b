//! What is more than single calls.

mod lists;
