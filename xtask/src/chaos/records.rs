//! The database as an auditor reads it: with `psql`, not with the product's code, which is being tested.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::command;
use crate::failure::{Explain, Result};
use crate::services::Fragile;

pub struct Records {
    psql: PathBuf,
    url: String,
}

impl Records {
    pub fn of(fragile: &Fragile) -> Result<Self> {
        Ok(Self { psql: fragile.psql()?, url: fragile.database_url.clone() })
    }

    /// Rows as JSON objects.
    pub fn rows(&self, query: &str) -> Result<Vec<Value>> {
        let sql = format!("select coalesce(json_agg(r), '[]') from ({query}) r");
        let mut psql = Command::new(&self.psql);
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", &sql, &self.url]);
        let text = command::output(&mut psql, "see postgres-chaos.log in target/services/logs")?;
        serde_json::from_str(&text).explain(format!("psql answered {text}"), "correct the query")
    }
}
