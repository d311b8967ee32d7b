-- Stock and its journal. Owned by `shared::inventory`.

-- Narrow on purpose: this is the row that every sale locks, and a wide or indexed one costs three times as much.
-- available = on_hand - reserved. The checks are the last line against overselling.
create table inventory (
    variant_id      uuid primary key references variants,
    on_hand         integer not null,
    reserved        integer not null default 0,
    constraint inventory_on_hand_not_negative check (on_hand >= 0),
    constraint inventory_reserved_not_negative check (reserved >= 0),
    constraint inventory_reserved_within_on_hand check (reserved <= on_hand)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- Every change of `inventory` has a row here, written in the same transaction, never changed afterwards:
--   on_hand  = received + restocked + adjusted - sold
--   reserved = reserved - released - sold
-- The key serves both the audit of one variant and the conservation check.
create table stock_movements (
    variant_id      uuid not null,
    id              bigint generated always as identity,
    kind            text not null,
    quantity        integer not null,
    order_id        uuid,
    refund_id       uuid,
    actor_id        uuid,
    reason          text,
    at              timestamptz not null,
    primary key (variant_id, id),
    constraint stock_movements_kind_known
        check (kind in ('received', 'adjusted', 'reserved', 'released', 'sold', 'restocked')),
    constraint stock_movements_quantity_sign
        check (case when kind = 'adjusted' then quantity <> 0 else quantity > 0 end)
);

-- What one order holds of one variant, and what became of it.
create table reservations (
    order_id        uuid not null,
    variant_id      uuid not null,
    quantity        integer not null,
    state           text not null default 'held',
    primary key (order_id, variant_id),
    constraint reservations_quantity_positive check (quantity > 0),
    constraint reservations_state_known check (state in ('held', 'sold', 'released'))
) with (fillfactor = 80);
