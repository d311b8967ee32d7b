-- What moves on our accounts at the gateways and bears none of our marks: another system uses the same account. Owned by
-- `shared::foreign`. Kept and counted, not raised. One row per thing at the gateway, however often it is met.
create table foreign_movements (
    id              uuid primary key,
    gateway         text not null,
    kind            text not null,
    subject         text not null,              -- the gateway's name for it
    day             date not null,              -- UTC, by the gateway's own time
    detail          jsonb not null,
    found_at        timestamptz not null,
    constraint foreign_movements_once unique (gateway, kind, subject),
    constraint foreign_movements_kind_known check (kind in ('payment', 'refund'))
);
-- What operators count by.
create index foreign_movements_by_day on foreign_movements (day, gateway, kind);

-- Wider than before, so every row that stands fits: checked in a second step that locks nobody out.
set local lock_timeout = '10s';
-- `unasked`: the gateway could not be asked about it, although it answered about others. A worker of the version before
-- does not know the word: its gauges of differences rest until it is replaced, and nothing else.
alter table reconciliation_differences drop constraint reconciliation_differences_kind_known;
alter table reconciliation_differences add constraint reconciliation_differences_kind_known
    check (kind in ('missed', 'unknown', 'amount', 'absent', 'unasked')) not valid;
-- `foreign`: bears none of our marks. `unreadable`: could not be read; the gateway was asked, or operators were told.
alter table webhook_events drop constraint webhook_events_status_known;
alter table webhook_events add constraint webhook_events_status_known
    check (status in ('received', 'applied', 'ignored', 'unmatched', 'foreign', 'unreadable')) not valid;
