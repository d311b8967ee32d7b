//! The whole state of a marketplace, to compare before and after.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::World;

/// Every row that a flow writes, by table, without the moments at which it was touched.
pub type Tables = BTreeMap<&'static str, Vec<Value>>;

/// What flows write. Jobs are left out: how often one ran is no part of the result.
const TABLES: &[&str] = &[
    "inventory",
    "stock_movements",
    "reservations",
    "orders",
    "vendor_orders",
    "order_items",
    "order_history",
    "payments",
    "refunds",
    "refund_lines",
    "refund_shares",
    "webhook_events",
    "incidents",
    "ledger_transactions",
    "ledger_entries",
];

impl World {
    /// All rows, sorted.
    pub async fn tables(&self) -> Tables {
        let mut tables = Tables::new();
        for table in TABLES {
            let sql = format!(
                "select to_jsonb(t) - '{{updated_at,asked_at,applied_at}}'::text[] from {table} t order by t::text"
            );
            let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await;
            tables.insert(table, rows.expect("the tables"));
        }
        tables
    }
}

/// A wish for pieces of one line.
#[must_use]
pub fn line(line_no: i16, quantity: i32, restock: bool) -> Value {
    json!({ "lines": [{ "line_no": line_no, "quantity": quantity, "restock": restock }] })
}
