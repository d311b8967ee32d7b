-- For the limit only: ids that grow with time, as the product's own do.
create function bench_new_id() returns uuid language sql volatile as $$
    select encode(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000000)::bigint) from 3) from 1 for 6), 'hex')::uuid
$$;
