-- The price that a cart's line was last shown with, so that a change of price is told before it is charged. Owned by
-- `shared::carts`.
-- Null in lines from before, and in lines that the version before adds while this one rolls out: the next look at
-- the cart fills it in.
set local lock_timeout = '10s';
alter table cart_items add column shown_price numeric(19, 4);
alter table cart_items add column shown_currency text;
alter table cart_items add constraint cart_items_shown_price_whole
    check ((shown_price is null) = (shown_currency is null)) not valid;
