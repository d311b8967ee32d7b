-- The marketplace of a benchmark: 20 shops of 100 products, each with one variant and plenty of stock, a hot product
-- beside them (the last one, of shop 2), and :customers customers. Ids follow from numbers, so that `haat-bench` knows them without asking:
--   customer n …8000-n   owner n …8001-n   shop n …8002-n   product n …8003-n   variant n …8004-n
\set vendors 20
\set products 2001

begin;

create function bench_id(kind int, n int) returns uuid language sql immutable as $$
    select ('01900000-0000-7000-' || to_hex(32768 + kind) || '-' || lpad(to_hex(n), 12, '0'))::uuid
$$;

insert into users (id, email, password_hash, role, full_name, created_at, updated_at)
select bench_id(0, n), 'customer-' || n || '@bench.example', 'none', 'customer', 'Customer ' || n, now(), now()
from generate_series(1, :customers) n
union all
select bench_id(1, n), 'vendor-' || n || '@bench.example', 'none', 'vendor', 'Owner ' || n, now(), now()
from generate_series(1, :vendors) n;

insert into vendors (id, owner_id, slug, name, status, commission_rate, created_at, verified_at)
select bench_id(2, n), bench_id(1, n), 'shop-' || n, 'Shop ' || n, 'approved', 0.1, now(), now()
from generate_series(1, :vendors) n;

insert into products (id, vendor_id, handle, title, description, status, created_at, updated_at)
select bench_id(3, n), bench_id(2, 1 + n % :vendors), 'thing-' || n, 'Thing ' || n, repeat('Made by hand. ', 10),
       'approved', now(), now()
from generate_series(1, :products) n;

insert into variants (id, product_id, sku, title, price, currency, position, created_at, updated_at)
select bench_id(4, n), bench_id(3, n), 'SKU-' || n, 'Default Title', 5 + n % 90 + 0.95, 'USD', 1, now(), now()
from generate_series(1, :products) n;

insert into inventory (variant_id, on_hand)
select bench_id(4, n), 1000000
from generate_series(1, :products) n;

insert into stock_movements (variant_id, kind, quantity, reason, at)
select bench_id(4, n), 'received', 1000000, 'opening stock', now()
from generate_series(1, :products) n;

insert into carts (customer_id, updated_at)
select bench_id(0, n), now()
from generate_series(1, :customers) n;

commit;
vacuum analyze;
