-- Which refund of ours an event told of. Owned by `shared::webhooks`. Chapa's messages about refunds need not name theirs:
-- each tells of one, so that a refund made in its dashboard is not taken for one of ours that another message told of.
-- A new column without a default: no row is rewritten.
set local lock_timeout = '10s';
alter table webhook_events add column refund_id uuid;
