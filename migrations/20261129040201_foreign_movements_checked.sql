-- The second step of the checks that became wider: reads the tables and locks nobody out. Owned by
-- `shared::reconciliation` and `shared::webhooks`.
alter table reconciliation_differences validate constraint reconciliation_differences_kind_known;
alter table webhook_events validate constraint webhook_events_status_known;
