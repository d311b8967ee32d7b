-- What of a rejected order went back into its customer's cart, as [{"variant_id": .., "quantity": ..}]. Null in orders that
-- were not rejected, and in those that were rejected before. Owned by `shared::orders`.
set local lock_timeout = '10s';
alter table orders add column returned_items jsonb;
