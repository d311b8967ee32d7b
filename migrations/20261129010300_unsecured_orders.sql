-- What nobody has paid for: whether a shop takes cash on delivery, and how many pieces an order has, for the limits of
-- checkout. Owned by `shared::vendors` and `shared::orders`.
set local lock_timeout = '10s';
alter table vendors add column cash_on_delivery boolean not null default true;
-- Null in orders from before, and in those that the version before writes while this one rolls out: their lines are
-- counted then.
alter table orders add column pieces integer;
