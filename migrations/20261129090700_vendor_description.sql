-- What a shop says of itself. Owned by `shared::vendors`. A constant default rewrites no row, and the version before goes
-- on without the column.
set local lock_timeout = '10s';
alter table vendors add column description text not null default '';
