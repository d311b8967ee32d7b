-- Variant :hot has exactly :pieces left, by a correction that the journal knows.
begin;
insert into stock_movements (variant_id, kind, quantity, reason, at)
select variant_id, 'adjusted', :pieces - (on_hand - reserved), 'recount', now()
from inventory
where variant_id = bench_id(4, :hot) and on_hand - reserved <> :pieces;
update inventory
set on_hand = reserved + :pieces
where variant_id = bench_id(4, :hot);
commit;
