-- Owner: orders. The key by which the order numbers of this installation are scrambled. Whoever has the source knows how
-- numbers are made of the sequence; without the key that tells nobody how many orders there are.
set local lock_timeout = '10s';

create table order_number_key (
  single boolean not null default true constraint order_number_key_pkey primary key,
  rounds bigint[] not null, -- one for each round, see `shared::orders::number`; never changed
  constraint order_number_key_one_row check (single),
  constraint order_number_key_four_rounds check (array_length(rounds, 1) = 4)
);

-- Where numbers have been given out already, the key stays what it was: another one would make some of them again.
insert into order_number_key (rounds)
select case
         when is_called then array[-7046029254386353131, -4417276706812531889, 1609587929392839161, 2870177450012600261]::bigint[]
         else (select array_agg(('x' || left(md5(gen_random_uuid()::text), 16))::bit(64)::bigint)
               from generate_series(1, 4))
       end
from order_numbers;
