-- Whether a product is in the public lists: it is approved, and so is its shop. Owned by `shared::catalog`.
--
-- The flag stands on the product so that an index can hold what is listed and nothing else: however much a shop has that
-- nobody approved, lists don't walk over it. Triggers keep it, in the transaction of whoever changes a product or a
-- shop: no writer can forget it, and the version before, which does not know it, keeps it too while this one rolls out.
-- `haat-worker verify` has a law for it.
set local lock_timeout = '10s';
alter table products add column listed boolean not null default false;

-- A product that comes to be approved takes a share lock of its shop: whether the shop is approved must not change before
-- this transaction ends. What leaves the lists needs no lock.
create function products_keep_listed() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.status = old.status then
        return new;
    end if;
    new.listed := false;
    if new.status = 'approved' then
        -- By its id alone: a shop that is being approved must be waited for, and a search by status would not find it.
        select v.status = 'approved' into new.listed from vendors v where v.id = new.vendor_id for share;
    end if;
    return new;
end
$$;
create trigger products_keep_listed before insert or update of status on products
    for each row execute function products_keep_listed();

-- The shop's row is locked by the update itself, so products that are approved meanwhile wait for it.
create function vendors_keep_listed() returns trigger language plpgsql as $$
begin
    update products
    set listed = (new.status = 'approved')
    where vendor_id = new.id
      and status = 'approved'
      and listed <> (new.status = 'approved');
    return null;
end
$$;
create trigger vendors_keep_listed after update of status on vendors
    for each row when ((old.status = 'approved') <> (new.status = 'approved')) execute function vendors_keep_listed();
