-- no-transaction
-- The flag of the products that were there before. One shop at a time, under the share lock that new products take, so
-- that no shop is suspended between being read and its products being written. Repeating it changes nothing.
do $$
declare
    shop uuid;
begin
    for shop in select id from vendors loop
        perform from vendors where id = shop and status = 'approved' for share;
        if found then
            update products set listed = true where vendor_id = shop and status = 'approved' and not listed;
        end if;
        commit;
    end loop;
end
$$;
