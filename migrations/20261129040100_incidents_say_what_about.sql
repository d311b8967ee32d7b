-- An incident names what it is about in columns, and keeps who closed it and why. Owned by `shared::incidents`.
-- Constant defaults: no row is rewritten, and each lock is held for a moment.
set local lock_timeout = '10s';

alter table incidents add column payment_id uuid;
alter table incidents add column refund_id uuid;
alter table incidents add column gateway text;
alter table incidents add column reference text;        -- the gateway's name of the payment, refund or dispute
alter table incidents add column difference_id uuid;    -- of `reconciliation_differences`: the two are closed together
alter table incidents add column resolved_by uuid;      -- null if it ended by itself
alter table incidents add column note text;             -- what was done about it
-- Who closed it and why before it opened again, oldest first: {resolved_at, resolved_by, note}.
alter table incidents add column earlier jsonb not null default '[]';
-- Closing a difference looks for its incident.
create index incidents_of_difference on incidents (difference_id) where resolved_at is null;
