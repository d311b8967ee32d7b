-- Accounts, sign-in sessions and shops. Owned by `shared::identity` and `shared::vendors`.

create table users (
    id              uuid primary key,
    email           text not null,
    password_hash   text not null,              -- argon2id, PHC string
    role            text not null,
    full_name       text not null,
    phone           text,
    status          text not null default 'active',
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    constraint users_role_known check (role in ('super_admin', 'vendor', 'vendor_staff', 'customer', 'delivery')),
    constraint users_status_known check (status in ('active', 'suspended')),
    constraint users_email_bounded check (char_length(email) between 3 and 254)
);
-- One account per address, whatever its case.
create unique index users_email_key on users (lower(email));

-- A session is a family of refresh tokens: each use replaces the token, and a token used twice ends the family.
create table sessions (
    id              uuid primary key,
    user_id         uuid not null references users,
    created_at      timestamptz not null,
    last_used_at    timestamptz not null,
    expires_at      timestamptz not null,
    ended_at        timestamptz,
    end_reason      text,
    user_agent      text,
    constraint sessions_end_reason_known check (end_reason in ('logout', 'token_reused', 'suspended', 'password_changed'))
);
create index sessions_of_user on sessions (user_id, id);

-- Only the SHA-256 of a token is stored: a copy of this table signs nobody in.
create table refresh_tokens (
    token_hash      bytea primary key,
    session_id      uuid not null references sessions on delete cascade,
    issued_at       timestamptz not null,
    expires_at      timestamptz not null,
    used_at         timestamptz
);
create index refresh_tokens_of_session on refresh_tokens (session_id);

create table vendors (
    id              uuid primary key,
    owner_id        uuid not null references users,
    slug            text not null,
    name            text not null,
    status          text not null default 'pending',
    commission_rate numeric(5, 4) not null,     -- fraction of a sale the marketplace keeps; frozen on each order
    created_at      timestamptz not null,
    verified_at     timestamptz,
    constraint vendors_slug_key unique (slug),
    constraint vendors_one_shop_per_owner unique (owner_id),
    constraint vendors_status_known check (status in ('pending', 'approved', 'suspended')),
    constraint vendors_commission_is_a_fraction check (commission_rate between 0 and 1)
);
