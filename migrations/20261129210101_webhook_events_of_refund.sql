-- no-transaction
-- Which events told of a refund. Owned by `shared::webhooks`.
create index concurrently webhook_events_of_refund on webhook_events (refund_id) where refund_id is not null;
