-- A cart of three lines for every customer, anew: three products of one shop, spread evenly over the catalog. If :hot
-- is not 0 but the number of the hot product, that is everybody's first line, and the others are of its shop.
begin;
truncate cart_items;
insert into cart_items (id, customer_id, variant_id, quantity, added_at)
select bench_id(5, n * 3 + line), bench_id(0, n),
       bench_id(4, case
         when :hot = 0 then 1 + (n * 20 + (n + n / 100) % 20 + line * 660) % 2000
         when line = 0 then :hot
         else 1 + (n * 20 + line * 660) % 2000
       end),
       1 + line % 2, now()
from generate_series(1, :customers) n
cross join generate_series(0, 2) line
order by n, line;
commit;
vacuum analyze cart_items;
