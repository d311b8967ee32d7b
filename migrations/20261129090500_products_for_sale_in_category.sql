-- no-transaction
-- What is listed in one category. Owned by `shared::catalog`.
create index concurrently products_for_sale_in_category on products (category_id, id desc) where listed;
