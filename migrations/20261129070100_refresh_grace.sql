-- A refresh token that comes again a moment after its use gets a successor, if the same browser brings it.
-- Owned by `shared::identity`.

-- The browser (its User-Agent, shortened, empty if it names none) that used the token first. Null for a token that is
-- not used, and for one that an earlier version used: that one has no grace.
set local lock_timeout = '10s';
alter table refresh_tokens
    add column used_by text;
