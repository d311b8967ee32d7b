//! The whole state of a marketplace, to compare before and after.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::World;

impl World {
    /// Every table that the product writes.
    pub async fn table_names(&self) -> Vec<String> {
        sqlx::query_scalar(
            "select tablename::text from pg_tables where schemaname = 'public' and tablename not like '\\_sqlx%' order by 1",
        )
        .fetch_all(&self.pool)
        .await
        .expect("the catalog")
    }

    /// Every row by table, sorted, without the moments at which it was touched. Jobs are left out: how often one ran
    /// is no part of the result.
    pub async fn tables(&self) -> BTreeMap<String, Vec<Value>> {
        let mut tables = BTreeMap::new();
        for table in self.table_names().await.into_iter().filter(|table| table != "jobs") {
            let sql = format!(
                "select to_jsonb(t) - '{{updated_at,asked_at,applied_at}}'::text[] from {table} t order by t::text"
            );
            let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await;
            tables.insert(table, rows.expect("the rows"));
        }
        tables
    }
}
