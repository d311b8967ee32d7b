-- Which of its product's pictures shows a variant. Owned by `shared::catalog`.
--
-- A table of its own: the large table of variants is not touched, and most variants have no picture of their own.

create table variant_images (
    variant_id      uuid primary key references variants on delete cascade,
    image_id        uuid not null references product_images on delete cascade
);
-- A picture that is removed takes its rows along.
create index variant_images_of_image on variant_images (image_id);
