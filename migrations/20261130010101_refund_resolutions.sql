-- How an administrator has closed a refund whose outcome only a person could find out. Owned by `shared::refunds`.
--   not_made         it was not made: its amount is free again
--   made             the gateway has made it
--   paid_otherwise   the customer got the money in another way
-- New columns without defaults: no row is rewritten.
set local lock_timeout = '10s';
alter table refunds add column resolution text;
alter table refunds add column resolution_reason text;
alter table refunds add column resolved_by uuid;
alter table refunds add column resolved_at timestamptz;
alter table refunds add constraint refunds_resolution_known
  check (resolution in ('not_made', 'made', 'paid_otherwise')) not valid;
alter table refunds add constraint refunds_resolution_complete
  check (num_nulls(resolution, resolution_reason, resolved_by, resolved_at) in (0, 4)) not valid;
