-- Double entry. Owned by `shared::ledger`.

-- One posting per fact: `source_id` is the payment or refund it stands for, and it stands once.
create table ledger_transactions (
    id              uuid primary key,
    kind            text not null,
    source_id       uuid not null,
    order_id        uuid not null,
    posted_at       timestamptz not null,
    constraint ledger_transactions_once unique (kind, source_id),
    constraint ledger_transactions_kind_known
        check (kind in ('sale', 'surplus', 'refund', 'refund_failed'))
);

-- Debits are positive, credits negative. `subject` is the gateway's name or the vendor's id.
create table ledger_entries (
    transaction_id  uuid not null references ledger_transactions,
    line_no         smallint not null,
    account         text not null,
    subject         text not null,
    currency        text not null,
    amount          numeric(19, 4) not null,
    primary key (transaction_id, line_no),
    constraint ledger_entries_account_known
        check (account in ('gateway_clearing', 'vendor_payable', 'commission_revenue', 'customer_funds')),
    constraint ledger_entries_amount_not_zero check (amount <> 0)
);
create index ledger_entries_of_subject on ledger_entries (account, subject, currency);

-- Checked at commit: a transaction sums to zero in every currency, or it does not exist.
create function ledger_transaction_balances() returns trigger language plpgsql as $$
begin
    if exists (
        select from ledger_entries
        where transaction_id = new.transaction_id
        group by currency
        having sum(amount) <> 0
    ) then
        raise exception 'ledger transaction % does not sum to zero', new.transaction_id
            using errcode = 'check_violation', constraint = 'ledger_transactions_balance';
    end if;
    return null;
end $$;

create constraint trigger ledger_transactions_balance
    after insert on ledger_entries
    deferrable initially deferred
    for each row execute function ledger_transaction_balances();

-- Postings are corrected by further postings, never by hand.
create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only' using errcode = 'restrict_violation';
end $$;

create trigger ledger_entries_append_only before update or delete on ledger_entries
    for each row execute function ledger_is_append_only();
create trigger ledger_transactions_append_only before update or delete on ledger_transactions
    for each row execute function ledger_is_append_only();
