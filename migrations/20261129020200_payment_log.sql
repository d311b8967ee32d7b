-- What gateways answered to our calls, as it came, without secrets and personal data. Owned by `shared::payment_log`.
-- One row per request of a call that moves or may move money, or asks about it. The bodies of webhooks are in
-- `webhook_events`.

create table payment_log (
    id              uuid primary key,
    order_id        uuid,                       -- null where the gateway was asked about none of ours
    payment_id      uuid,
    refund_id       uuid,
    gateway         text not null,
    operation       text not null,              -- of the adapter, as `create_refund`
    request         text not null,              -- method and path, as `POST /v1/refunds`
    status          smallint,                   -- of HTTP; null: no answer came
    body            text,                       -- bounded and redacted; null: none came, or it is not kept
    problem         text,                       -- why there is no answer
    took_ms         integer not null,
    at              timestamptz not null
);
create index payment_log_of_order on payment_log (order_id, id);
-- Rows are written in the order of time: the ones past their retention are together.
create index payment_log_by_age on payment_log using brin (at);

-- What was written stays as it is until its retention is over.
create function payment_log_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the payment log is append-only' using errcode = 'restrict_violation';
end $$;
create trigger payment_log_append_only before update on payment_log
    for each row execute function payment_log_is_append_only();
