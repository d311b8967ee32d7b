-- no-transaction
-- What waits for an administrator's look. Owned by `shared::catalog`.
create index concurrently products_to_review on products (id desc) where status = 'pending';
