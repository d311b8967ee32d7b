//! The statement that determines the extent of a list. The `store.rs` of each list spells it out for its own rows.

/// Counts a list's rows and finds where the page begins that is requested by its end: an [`super::Extent`].
///
/// `$key` is the type of the key, `$id` its column, and `$rows` the list from its `from` to the end of its `where`, to
/// which a condition can be added by `and`. Parameters of `$rows` are numbered from `$3`. Both halves walk the index
/// that the list itself walks; the count stops one row beyond the most that are counted.
macro_rules! extent {
    ($db:expr, $asked:expr, $key:literal, $id:literal, $rows:literal $(+ $more:literal)* $(, $argument:expr)* $(,)?) => {
        sqlx::query!(
            "select (select count(*) from (select 1 as one "
                + $rows
                $(+ $more)*
                + r#" limit 10001) as counted) as "counted!", (select "#
                + $id
                + " "
                + $rows
                $(+ $more)*
                + " and "
                + $id
                + " >= $1 order by "
                + $id
                + r#" offset $2 limit 1) as "begins_after?: "#
                + $key
                + r#"""#,
            $asked.until() as _,
            $asked.size
            $(, $argument)*
        )
        .fetch_one($db)
        .await
        .map(|row| $crate::kernel::page::Extent {
            total: $crate::kernel::page::Total::of(row.counted),
            begins_after: row.begins_after,
        })
    };
}

pub(crate) use extent;
