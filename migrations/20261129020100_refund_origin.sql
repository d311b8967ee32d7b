-- Refunds that were made in a gateway's own dashboard are booked too. Owned by `shared::refunds`.
--   marketplace   requested here, carried out by a job
--   gateway       made at the gateway by somebody else; we learnt of it from a message, a list or an answer

-- A constant default: no row is rewritten. The version before writes none of the other kind.
set local lock_timeout = '10s';
alter table refunds add column origin text not null default 'marketplace';
alter table refunds add constraint refunds_origin_known check (origin in ('marketplace', 'gateway')) not valid;
