-- no-transaction
-- What administrators list by status. Owned by `shared::catalog`.
create index concurrently products_by_status on products (status, id desc);
