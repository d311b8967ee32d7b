-- 200,000 products of a shop that nobody approved, newer than all that is for sale: lists must not walk over them.
-- Owner and shop have the number 99.
begin;

insert into users (id, email, password_hash, role, full_name, created_at, updated_at)
values (bench_id(1, 99), 'vendor-99@bench.example', 'none', 'vendor', 'Owner 99', now(), now());

insert into vendors (id, owner_id, slug, name, status, commission_rate, created_at)
values (bench_id(2, 99), bench_id(1, 99), 'shop-99', 'Shop 99', 'pending', 0.1, now());

insert into products (id, vendor_id, handle, title, description, status, created_at, updated_at)
select bench_id(3, 1000000 + n), bench_id(2, 99), 'hidden-' || n, 'Hidden ' || n, repeat('Made by hand. ', 10),
       'approved', now(), now()
from generate_series(1, 200000) n;

commit;
vacuum analyze products;
