//! Products that come in as files.
