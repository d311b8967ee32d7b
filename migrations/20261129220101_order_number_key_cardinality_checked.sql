-- The second step of `order_number_key_rounds_counted`: reads the table and locks nobody out. Owned by `shared::orders`.
alter table order_number_key validate constraint order_number_key_rounds_counted;
