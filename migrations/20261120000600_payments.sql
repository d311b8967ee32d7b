-- Attempts to be paid, refunds, and what gateways told us. Owned by `shared::payments` and `shared::refunds`.

-- One attempt of one order at one gateway. Its id is the gateway's idempotency key, for ever.
--   creating   committed before the first call; unknown: a call went out and no clear answer came back
--   open       the hosted page waits; processing: the customer is done, the money is not there yet
--   captured   pays the order; surplus: money came that does not pay the order, and is refunded by itself
create table payments (
    id              uuid primary key,
    order_id        uuid not null references orders,
    gateway         text not null,
    status          text not null,
    currency        text not null,
    amount          numeric(19, 4) not null,
    captured_currency text,                     -- of what really came; a surplus may be in another
    captured_amount numeric(19, 4) not null default 0,
    refunding_amount numeric(19, 4) not null default 0, -- promised to refunds that have no final answer yet
    refunded_amount numeric(19, 4) not null default 0,
    reference       text,                       -- the gateway's id of the hosted payment
    charge_reference text,                      -- the gateway's id of the money, what a refund names
    redirect_url    text,
    failure         text,
    closes_at       timestamptz not null,       -- when its page is to close: part of the call, so never changed
    asked_at        timestamptz,                -- when the gateway was last asked about it
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    constraint payments_status_known check (status in (
        'creating', 'unknown', 'open', 'processing', 'captured', 'surplus', 'failed', 'expired')),
    constraint payments_gateway_known check (gateway in ('stripe')),
    constraint payments_amounts_not_negative
        check (amount >= 0 and captured_amount >= 0 and refunding_amount >= 0 and refunded_amount >= 0),
    constraint payments_refunds_within_captured check (refunded_amount + refunding_amount <= captured_amount),
    constraint payments_captured_only_when_final
        check (captured_amount = 0 or status in ('captured', 'surplus'))
) with (fillfactor = 70);
create unique index payments_one_open_per_order on payments (order_id)
    where status in ('creating', 'unknown', 'open', 'processing');
create unique index payments_one_captured_per_order on payments (order_id) where status = 'captured';
create unique index payments_reference_key on payments (gateway, reference);
create index payments_of_order on payments (order_id);

-- One refund. Its id is the gateway's idempotency key, for ever.
create table refunds (
    id              uuid primary key,
    payment_id      uuid not null references payments,
    order_id        uuid not null references orders,
    status          text not null,
    currency        text not null,
    amount          numeric(19, 4) not null,
    reason          text not null,
    requested_by    text not null,
    reference       text,                       -- the gateway's id
    failure         text,
    restocked_at    timestamptz,                -- stock goes back once, with the first success
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    constraint refunds_status_known check (status in (
        'requested', 'submitted', 'pending', 'succeeded', 'failed', 'needs_attention', 'cancelled')),
    constraint refunds_amount_positive check (amount > 0)
);
create index refunds_of_order on refunds (order_id, id);
create index refunds_of_payment on refunds (payment_id);
create unique index refunds_reference_key on refunds (reference);

create table refund_lines (
    refund_id       uuid not null references refunds,
    line_no         smallint not null,
    quantity        integer not null,
    restock         boolean not null,
    primary key (refund_id, line_no),
    constraint refund_lines_quantity_positive check (quantity > 0)
);

-- What each vendor bears of a refund, decided when it is requested: the share taken back and, within it,
-- the commission the marketplace gives back.
create table refund_shares (
    refund_id       uuid not null references refunds,
    vendor_id       uuid not null references vendors,
    amount          numeric(19, 4) not null,
    commission      numeric(19, 4) not null,
    primary key (refund_id, vendor_id),
    constraint refund_shares_commission_within_amount check (commission between 0 and amount)
);

-- The inbox: one row per event of a gateway, however often it is delivered. The body is kept as it came.
create table webhook_events (
    id              uuid primary key,
    gateway         text not null,
    event_id        text not null,
    kind            text not null,
    body            text not null,
    status          text not null default 'received',
    note            text,
    received_at     timestamptz not null,
    applied_at      timestamptz,
    constraint webhook_events_once unique (gateway, event_id),
    constraint webhook_events_status_known check (status in ('received', 'applied', 'ignored', 'unmatched'))
);

-- What a person should look at: money or stock that did not go the usual way. Nothing of the kind is dropped.
create table incidents (
    id              uuid primary key,
    kind            text not null,
    dedupe_key      text not null,
    order_id        uuid,
    detail          jsonb not null,
    opened_at       timestamptz not null,
    resolved_at     timestamptz,
    constraint incidents_once unique (dedupe_key)
);
create index incidents_open on incidents (id) where resolved_at is null;
