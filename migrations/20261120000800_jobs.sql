-- The to-do list that survives everything. Owned by `shared::jobs`.

--   queued     waits for `run_at`, then for a relay
--   published  handed to Redis as part of delivery number `delivery`; lost ones come back when the lease ends
--   running    claimed by a worker; `delivery` is its fencing token, `attempt` was counted before it began
--   done, dead final; a dead job can be queued again by an operator
create table jobs (
    id              uuid primary key,
    queue           text not null,
    kind            text not null,
    payload         jsonb not null,
    dedupe_key      text,
    status          text not null default 'queued',
    attempt         integer not null default 0,
    max_attempts    integer not null,
    delivery        integer not null default 0,
    run_at          timestamptz not null,
    lease_until     timestamptz,
    last_error      text,
    trace_context   text,                       -- W3C traceparent of the request that caused the job
    created_at      timestamptz not null,
    finished_at     timestamptz,
    constraint jobs_dedupe_key unique (dedupe_key),
    constraint jobs_status_known check (status in ('queued', 'published', 'running', 'done', 'dead'))
) with (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);
-- What the relay takes, oldest first, per queue.
create index jobs_due on jobs (queue, run_at) where status = 'queued';
-- What the sweeper takes back.
create index jobs_leased on jobs (lease_until) where status in ('published', 'running');
-- What operators look at.
create index jobs_dead on jobs (id) where status = 'dead';
