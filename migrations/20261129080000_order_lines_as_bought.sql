-- What an order's line shows beside its title and price, as it was at checkout. Owned by `shared::orders`.
--
-- Null on lines of orders that were placed before, or by a version before this one: they show without.
set local lock_timeout = '10s';
alter table order_items
    add column options jsonb,
    add column product_handle text,
    add column image_url text;
