-- The second step of `refunds_origin_known`: reads the table and locks nobody out. Owned by `shared::refunds`.
alter table refunds validate constraint refunds_origin_known;
