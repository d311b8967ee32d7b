-- A difference ends when the gateway and the books agree again (`repaired_at`), or when an operator has dealt with it.

alter table reconciliation_differences add column closed_at timestamptz;
alter table reconciliation_differences add column closed_by uuid;
alter table reconciliation_differences add column note text;  -- what the operator did about it

-- A small table; the one lock is held for as long as it takes to read it.
drop index reconciliation_differences_open;
create index reconciliation_differences_standing on reconciliation_differences (id)
    where repaired_at is null and closed_at is null;
-- Each page of a list asks whether what it agrees on was recorded as different.
create index reconciliation_differences_of_payment on reconciliation_differences (payment_id)
    where repaired_at is null;
create index reconciliation_differences_of_refund on reconciliation_differences (refund_id)
    where repaired_at is null;
