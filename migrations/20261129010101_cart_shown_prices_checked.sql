-- The second step of `cart_items_shown_price_whole`: reads the table and locks nobody out. Owned by `shared::carts`.
alter table cart_items validate constraint cart_items_shown_price_whole;
