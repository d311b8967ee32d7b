-- When a gateway last said that it is processing a refund. From then on counts how long it does not find it. Owned by
-- `shared::refunds`. Null for refunds that it has not confirmed since it accepted them, and for those of earlier versions:
-- then `updated_at` counts. A new column without a default: no row is rewritten.
set local lock_timeout = '10s';
alter table refunds add column last_seen_at timestamptz;
