-- How the refund that an event reported was found. Owned by `shared::webhooks`. A later event that names the refund shows
-- that one which was matched by elimination reported another.
--   name          the event has our mark or the gateway's reference of the refund
--   elimination   it has neither: no other refund of the payment could be meant
-- Null for events that report no refund, and for those that were applied before this column existed. A new column without
-- a default: no row is rewritten.
set local lock_timeout = '10s';
alter table webhook_events add column refund_match text;
alter table webhook_events add constraint webhook_events_refund_match_known
  check (refund_match in ('name', 'elimination')) not valid;
