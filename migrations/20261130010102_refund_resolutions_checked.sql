-- The second step of both checks of resolutions: reads the table and locks nobody out. Owned by `shared::refunds`.
alter table refunds validate constraint refunds_resolution_known;
alter table refunds validate constraint refunds_resolution_complete;
