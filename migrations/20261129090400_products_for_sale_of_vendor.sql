-- no-transaction
-- What is listed of one shop. Owned by `shared::catalog`.
create index concurrently products_for_sale_of_vendor on products (vendor_id, id desc) where listed;
