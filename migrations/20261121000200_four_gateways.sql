-- bKash, Paystack and Chapa beside Stripe; attempts know who is to pay; what reconciliation found.

-- Wider than before, so every row that stands fits: checked in a second step that locks nobody out.
alter table orders drop constraint orders_payment_method_known;
alter table orders add constraint orders_payment_method_known
    check (payment_method in ('stripe', 'bkash', 'paystack', 'chapa', 'cash_on_delivery')) not valid;
alter table orders validate constraint orders_payment_method_known;
alter table payments drop constraint payments_gateway_known;
alter table payments add constraint payments_gateway_known
    check (gateway in ('stripe', 'bkash', 'paystack', 'chapa')) not valid;
alter table payments validate constraint payments_gateway_known;

-- E-mail, name and phone as they were when the attempt was made: gateways ask for them, and a repeated call must
-- carry the same. Null in attempts from before.
alter table payments add column payer jsonb;
-- Disputes and lists name the money, not the page.
create index payments_of_charge on payments (gateway, charge_reference) where charge_reference is not null;

-- How far each gateway's own list has been compared with our books, and where a run stands that has not ended.
create table reconciliations (
    gateway         text primary key,
    reached         timestamptz,                -- all that the gateway wrote before this was compared
    window_from     timestamptz,                -- of the run that has not ended, if there is one
    window_until    timestamptz,
    cursor          text,                       -- its next page
    compared        bigint not null default 0,  -- rows of it so far, or of the last one that ended
    updated_at      timestamptz not null,
    constraint reconciliations_gateway_known check (gateway in ('stripe', 'bkash', 'paystack', 'chapa'))
);

-- One row per difference between a gateway's list and our books, however often it is found.
--   missed      the gateway had moved and we had not heard: repaired by the same path as its message
--   unknown     the gateway has something that is none of ours
--   amount      the gateway's amount is another than ours
--   absent      we hold it as done, and the gateway does not list it
create table reconciliation_differences (
    id              uuid primary key,
    gateway         text not null,
    kind            text not null,
    subject         text not null,              -- the gateway's name for what differs
    payment_id      uuid,
    refund_id       uuid,
    detail          jsonb not null,
    found_at        timestamptz not null,
    seen_at         timestamptz not null,       -- when it was found last
    repaired_at     timestamptz,
    constraint reconciliation_differences_once unique (gateway, kind, subject),
    constraint reconciliation_differences_kind_known check (kind in ('missed', 'unknown', 'amount', 'absent'))
);
create index reconciliation_differences_open on reconciliation_differences (id) where repaired_at is null;
