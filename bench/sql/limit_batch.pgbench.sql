-- What the database can take in batches: all rows of 128 accepted orders in one statement.
\set customer random(1, :customers - 128)
\set product random(1, 660)
with o as (
  insert into orders (id, number, customer_id, status, payment_method, currency, total, shipping_address, placed_at, updated_at)
  select bench_new_id(), 'L' || nextval('order_numbers'), bench_id(0, :customer + n), 'pending', 'cash_on_delivery', 'USD',
         150, '{"name": "Ada Rahman", "line1": "12 Lake Road", "city": "Dhaka", "country": "BD"}', now(), now()
  from generate_series(1, 128) n
  returning id, customer_id
), p as (
  insert into vendor_orders (id, order_id, vendor_id, vendor_name, status, total, commission_rate, commission)
  select bench_new_id(), id, bench_id(2, 1), 'Shop 1', 'pending', 150, 0.1, 15
  from o
), l as (
  insert into order_items (order_id, line_no, vendor_id, variant_id, product_id, sku, title, unit_price, quantity)
  select id, line, bench_id(2, 1), bench_id(4, :product + line), bench_id(3, :product + line), 'SKU', 'Thing', 50, 1
  from o
  cross join generate_series(1, 3) line
), h as (
  insert into order_history (order_id, version, status, actor, at)
  select id, 1, 'pending', 'customer', now()
  from o
), k as (
  insert into idempotency_keys (caller_id, operation, key, fingerprint, status_code, answer, created_at)
  select customer_id, 'checkout', id::text, sha256(id::text::bytea), 202, jsonb_build_object('id', id, 'status', 'pending'), now()
  from o
)
insert into jobs (id, queue, kind, payload, max_attempts, run_at, created_at)
select bench_new_id(), 'orders', 'reserve_stock', jsonb_build_object('order_id', id), 20, now(), now()
from o;
