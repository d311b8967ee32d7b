-- One cart per customer. Owned by `shared::carts`; emptied by `shared::checkout`.

create table carts (
    customer_id     uuid primary key references users,
    updated_at      timestamptz not null
);

create table cart_items (
    id              uuid primary key,
    customer_id     uuid not null references carts,
    variant_id      uuid not null references variants,
    quantity        integer not null,
    added_at        timestamptz not null,
    constraint cart_items_variant_once unique (customer_id, variant_id),
    constraint cart_items_quantity_bounded check (quantity between 1 and 10000)
);
