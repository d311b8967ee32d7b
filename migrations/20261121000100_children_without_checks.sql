-- Parts, lines and history of an order are written in one statement with it, or under its lock, and no order is ever
-- deleted: a check per row proved nothing, and took a sixth of what a checkout costs the database. `haat-worker verify`
-- looks instead (`children_have_orders`). Without them the tables can also be partitioned by time.
-- Each statement holds its lock for a moment only; none reads the table.
set local lock_timeout = '10s';
alter table vendor_orders drop constraint vendor_orders_order_id_fkey;
alter table order_items drop constraint order_items_order_id_fkey;
alter table order_history drop constraint order_history_order_id_fkey;

-- An order is updated soon after it was written, and so are its parts: with room for a second version of every row on
-- its page the update touches no index. Holds for new pages.
alter table orders set (fillfactor = 50);
alter table vendor_orders set (fillfactor = 50);
