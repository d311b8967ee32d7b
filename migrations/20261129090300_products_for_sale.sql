-- no-transaction
-- Public lists walk what is listed, from the newest to the oldest. The indexes of before, `products_listed` and
-- `products_listed_in_category`, serve the version before and go in a later release. Owned by `shared::catalog`.
create index concurrently products_for_sale on products (id desc) where listed;
