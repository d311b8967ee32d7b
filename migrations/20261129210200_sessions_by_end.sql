-- no-transaction
-- What the cleaning deletes. Owned by `shared::identity`.
create index concurrently sessions_by_end on sessions (least(ended_at, expires_at));
