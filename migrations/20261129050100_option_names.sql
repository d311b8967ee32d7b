-- The order of a product's options. Owned by `shared::catalog`.
--
-- `variants.options` is jsonb, which sorts its keys; the order in which the vendor names the options is kept here, once
-- per product. Empty for products of before: their options come in the order of the alphabet until an import or a new
-- variant names them. A constant default rewrites no row, and the version before goes on without the column.

set local lock_timeout = '10s';
alter table products
    add column option_names text[] not null default '{}';
