-- Orders, their parts per vendor, their lines and their history. Owned by `shared::orders`.

create sequence order_numbers;      -- scrambled into the number people read out, see `shared::orders::number`

-- No index on status: a change of status stays a heap-only update.
create table orders (
    id              uuid primary key,
    number          text not null,
    customer_id     uuid not null references users,
    status          text not null,
    version         integer not null default 1, -- grows with every visible change: the ETag, and the key of history
    payment_method  text not null,
    currency        text not null,
    total           numeric(19, 4) not null,
    shipping_address jsonb not null,            -- a snapshot: later changes of an address book do not reach it
    rejected_items  jsonb,                      -- what was short, when the order was rejected
    hold_until      timestamptz,                -- until when unpaid stock is held
    placed_at       timestamptz not null,
    updated_at      timestamptz not null,
    constraint orders_number_key unique (number),
    constraint orders_status_known check (status in (
        'pending', 'awaiting_payment', 'confirmed', 'paid', 'processing', 'shipped', 'delivered',
        'rejected', 'expired', 'cancelled', 'refunded')),
    constraint orders_payment_method_known check (payment_method in ('stripe', 'cash_on_delivery')),
    constraint orders_total_not_negative check (total >= 0)
) with (fillfactor = 70);
create index orders_of_customer on orders (customer_id, id desc);

create table vendor_orders (
    id              uuid primary key,
    order_id        uuid not null references orders,
    vendor_id       uuid not null references vendors,
    vendor_name     text not null,
    status          text not null,
    total           numeric(19, 4) not null,
    commission_rate numeric(5, 4) not null,     -- frozen at the sale
    commission      numeric(19, 4) not null,
    constraint vendor_orders_once unique (order_id, vendor_id),
    constraint vendor_orders_status_known check (status in (
        'pending', 'awaiting_payment', 'confirmed', 'paid', 'processing', 'shipped', 'delivered',
        'rejected', 'expired', 'cancelled', 'refunded')),
    constraint vendor_orders_commission_within_total check (commission between 0 and total)
) with (fillfactor = 70);
create index vendor_orders_of_vendor on vendor_orders (vendor_id, id desc);

-- Names and prices as they were at checkout. No foreign key to variants: they are never deleted, and the
-- check would cost every line of every order (`verify` looks at it instead).
create table order_items (
    order_id        uuid not null references orders,
    line_no         smallint not null,
    vendor_id       uuid not null,
    variant_id      uuid not null,
    product_id      uuid not null,
    sku             text,
    title           text not null,
    unit_price      numeric(19, 4) not null,
    quantity        integer not null,
    refunded_quantity integer not null default 0,   -- by refunds that are requested, pending or succeeded
    restocked_quantity integer not null default 0,  -- pieces that went back on the shelf: each at most once
    primary key (order_id, line_no),
    constraint order_items_quantity_positive check (quantity > 0),
    constraint order_items_refunded_within_quantity check (refunded_quantity between 0 and quantity),
    constraint order_items_restocked_within_quantity check (restocked_quantity between 0 and quantity)
);

-- One row per step of an order's status, written in the transaction that takes the step.
create table order_history (
    order_id        uuid not null references orders,
    version         integer not null,
    status          text not null,
    actor           text not null,
    note            text,
    at              timestamptz not null,
    primary key (order_id, version)
);

-- The answer of a request with an Idempotency-Key, in the transaction of its effect.
create table idempotency_keys (
    caller_id       uuid not null,
    operation       text not null,
    key             text not null,
    fingerprint     bytea not null,             -- SHA-256 of the request: another body under the same key is refused
    status_code     smallint not null,
    answer          jsonb not null,
    created_at      timestamptz not null,
    primary key (caller_id, operation, key),
    constraint idempotency_keys_key_bounded check (char_length(key) between 1 and 255)
);
create index idempotency_keys_by_age on idempotency_keys using brin (created_at);
