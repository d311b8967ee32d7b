-- Categories, products, their variants and pictures. Owned by `shared::catalog`.

create table categories (
    id              uuid primary key,
    parent_id       uuid references categories,
    slug            text not null,
    name            text not null,
    position        integer not null default 0,
    constraint categories_slug_key unique (slug),
    constraint categories_not_own_parent check (parent_id is distinct from id)
);
create index categories_of_parent on categories (parent_id, position);

create table products (
    id              uuid primary key,
    vendor_id       uuid not null references vendors,
    category_id     uuid references categories,
    handle          text not null,
    title           text not null,
    description     text not null default '',   -- as the vendor wrote it, possibly HTML: a frontend sanitises it
    product_type    text,
    tags            text[] not null default '{}',
    status          text not null,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    version         integer not null default 1, -- grows with every change: the ETag
    constraint products_handle_key unique (vendor_id, handle),
    constraint products_status_known check (status in ('draft', 'pending', 'approved', 'archived'))
);
-- Public lists walk approved products from the newest to the oldest, all of them, of one vendor or of one category.
create index products_listed on products (id desc) where status = 'approved';
create index products_listed_of_vendor on products (vendor_id, id desc);
create index products_listed_in_category on products (category_id, id desc) where status = 'approved';

-- Variants are archived, never deleted: order lines and the stock journal name them for ever.
create table variants (
    id              uuid primary key,
    product_id      uuid not null references products,
    sku             text,
    title           text not null,
    options         jsonb not null default '{}',    -- {"Size": "Small"}, in the product's own words
    price           numeric(19, 4) not null,
    compare_at      numeric(19, 4),
    currency        text not null,
    position        integer not null,
    active          boolean not null default true,
    barcode         text,
    weight_grams    integer,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    constraint variants_price_not_negative check (price >= 0),
    constraint variants_currency_is_a_code check (currency ~ '^[A-Z]{3}$')
);
create index variants_of_product on variants (product_id, position);

-- A SKU names one variant of one vendor. The vendor stands on the product, so a table of its own holds the rule.
create table vendor_skus (
    vendor_id       uuid not null references vendors,
    sku             text not null,
    variant_id      uuid not null unique references variants on delete cascade,
    constraint vendor_skus_key primary key (vendor_id, sku)
);

create table product_images (
    id              uuid primary key,
    product_id      uuid not null references products,
    url             text not null,
    alt             text,
    position        integer not null,
    constraint product_images_once unique (product_id, url)
);
