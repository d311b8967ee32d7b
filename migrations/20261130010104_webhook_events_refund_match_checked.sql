-- The second step of `webhook_events_refund_match_known`: reads the table and locks nobody out. Owned by `shared::webhooks`.
alter table webhook_events validate constraint webhook_events_refund_match_known;
