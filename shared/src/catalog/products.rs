//! Creates, changes and archives products.

use sqlx::PgConnection;

use super::images::{self, Image, NewImage};
use super::options::choices;
use super::store::products::{self as store, ProductRow};
use super::variants::{self, NewVariant};
use super::{
    Editor, Error, Product, ProductStatus, Publication, Reach, Rules, Variant, Viewer, fields, limits,
};
use crate::kernel::ids::{CategoryId, ProductId, VendorId};
use crate::kernel::{Gathered, Timestamp, slug};

#[derive(Clone, Debug)]
pub struct NewProduct {
    pub title: String,
    /// Made from the title if not given.
    pub handle: Option<String>,
    pub description: String,
    pub product_type: Option<String>,
    pub tags: Vec<String>,
    pub category: Option<CategoryId>,
    /// Published if not given.
    pub status: Option<ProductStatus>,
    pub variants: Vec<NewVariant>,
    pub images: Vec<NewImage>,
}

/// The fields to change; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct ProductChange {
    pub title: Option<String>,
    pub handle: Option<String>,
    pub description: Option<String>,
    pub product_type: Option<Option<String>>,
    pub tags: Option<Vec<String>>,
    pub category: Option<Option<CategoryId>>,
    pub status: Option<ProductStatus>,
}

impl NewProduct {
    /// Every problem of its fields, and of entries that contradict each other. Pure.
    pub fn check(&self) -> Result<(), Error> {
        // An administrator in a shop without reviews: only the caller's rights could refuse a status.
        let (reach, publication) = (Reach::Everything, Publication::Direct);
        drafted(VendorId::new(), self, reach, publication).map(drop)
    }

    /// Every problem of its single values, for a request of which a part could not be read: nothing is compared. Pure.
    pub fn check_values(&self) -> Result<(), Error> {
        let mut found = Gathered::default();
        let alone = Self { variants: Vec::new(), images: Vec::new(), ..self.clone() };
        found.checked(alone.check());
        found.checked(variants::check_values(&self.variants));
        found.checked(images::check_values(&self.images));
        found.done((), Error::Several)
    }
}

impl ProductChange {
    /// Every problem of the given fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        let any = ProductRow {
            id: ProductId::new(),
            vendor_id: VendorId::new(),
            category_id: None,
            handle: String::new(),
            title: String::new(),
            description: String::new(),
            product_type: None,
            tags: Vec::new(),
            status: ProductStatus::Draft,
            option_names: Vec::new(),
            version: 1,
        };
        changed(any, self, Reach::Everything, Publication::Direct).map(drop)
    }
}

/// A product with its variants and pictures. [`Error::ProductMissing`] also if the viewer may not see it.
pub async fn product(db: &mut PgConnection, id: ProductId, viewer: Viewer) -> Result<Product, Error> {
    let mut product = store::view(db, id, viewer).await?.ok_or(Error::ProductMissing)?;
    let whole = viewer.sees_all() || viewer.shop() == Some(product.vendor.id);
    product.variants = super::store::variants::of_product(db, id).await?;
    let active = product.variants.iter().filter(|variant| variant.active);
    product.options = choices(std::mem::take(&mut product.options), active.map(|variant| &variant.options));
    product.variants.retain(|variant| variant.active || whole);
    product.images = super::store::images::of_product(db, id).await?;
    Ok(product)
}

/// A product by its shop's slug and its handle. [`Error::ProductMissing`] also if the viewer may not see it.
pub async fn product_by_handle(
    db: &mut PgConnection,
    vendor_slug: &str,
    handle: &str,
    viewer: Viewer,
) -> Result<Product, Error> {
    let slug = slug::composed(vendor_slug);
    let handle = fields::handle(handle).map_err(|_| Error::ProductMissing)?;
    if !slug::is_slug(&slug) {
        return Err(Error::ProductMissing);
    }
    let id = store::find_by_handle(db, &slug, &handle).await?.ok_or(Error::ProductMissing)?;
    product(db, id, viewer).await
}

/// A new product of a shop, with its first variants and images: all or nothing, in the caller's transaction.
/// [`Error::ShopFull`] if the shop may not have another.
pub async fn create_product(
    db: &mut PgConnection,
    editor: Editor,
    vendor: VendorId,
    new: &NewProduct,
    rules: Rules,
    now: Timestamp,
) -> Result<Product, Error> {
    let (row, variants, images) = drafted(vendor, new, editor.reach, rules.publication)?;
    limits::make_room(db, vendor, 1, rules.limits).await?;
    let mut found = Gathered::default();
    find_clashes(db, &row, None, &mut found).await?;
    variants::find_taken_skus(db, &row, &variants, &mut found).await?;
    found.done((), Error::Several)?;
    store::insert(db, std::slice::from_ref(&row), now).await?;
    variants::insert(db, editor, &row, &variants, now).await?;
    super::store::images::write(db, &images).await?;
    product(db, row.id, Viewer::Admin).await
}

/// A new product with its variants and images. The error has every problem that does not depend on the database. Pure.
fn drafted(
    vendor: VendorId,
    new: &NewProduct,
    reach: Reach,
    publication: Publication,
) -> Result<(ProductRow, Vec<Variant>, Vec<Image>), Error> {
    let (id, mut found) = (ProductId::new(), Gathered::default());
    let title = found.checked(fields::title(&new.title));
    let handle = new.handle.as_deref().map_or_else(|| Ok(fields::handle_of(&title, id)), fields::handle);
    let mut row = ProductRow {
        id,
        vendor_id: vendor,
        category_id: new.category,
        handle: found.checked(handle),
        title,
        description: found.checked(fields::description(&new.description)),
        product_type: found.checked(fields::product_type(new.product_type.as_deref())),
        tags: found.checked(fields::tags(new.tags.iter().map(String::as_str))),
        status: ProductStatus::Draft.asked_for(
            new.status.unwrap_or(ProductStatus::Approved),
            reach,
            publication,
        ),
        option_names: Vec::new(), // of the variants, below
        version: 1,
    };
    let variants;
    (row.option_names, variants) = found.checked(variants::drafted(&row, &[], &new.variants));
    let images = found.checked(images::drafted(id, &[], &new.images));
    if let Some(wanted) = new.status {
        found.checked(ProductStatus::Draft.may_become(wanted, reach, publication));
    }
    found.done((row, variants, images), Error::Several)
}

/// Finds everything by which a product clashes with stored data. Constraints refuse what another transaction writes
/// meanwhile.
async fn find_clashes(
    db: &mut PgConnection,
    after: &ProductRow,
    before: Option<&ProductRow>,
    found: &mut Gathered<Error>,
) -> Result<(), sqlx::Error> {
    let is_new = |same: &dyn Fn(&ProductRow) -> bool| before.is_none_or(|before| !same(before));
    if is_new(&|before| before.handle == after.handle)
        && store::handle_exists(db, after.vendor_id, &after.handle).await?
    {
        found.add(Error::HandleTaken);
    }
    if let Some(category) =
        after.category_id.filter(|_| is_new(&|before| before.category_id == after.category_id))
        && !store::category_exists(db, category).await?
    {
        found.add(Error::CategoryUnknown { field: "category_id" });
    }
    Ok(())
}

/// Changes a product, if it still has the version that the editor has read. A change to what it is already writes
/// nothing. Runs in a transaction.
pub async fn update_product(
    db: &mut PgConnection,
    editor: Editor,
    id: ProductId,
    seen: Option<i32>,
    change: &ProductChange,
    publication: Publication,
    now: Timestamp,
) -> Result<Product, Error> {
    if change.status.is_some() {
        store::hold_shop(db, id).await?;
    }
    let before = lock_seen(db, editor.reach, id, seen).await?;
    let after = changed(before.clone(), change, editor.reach, publication)?;
    if after != before {
        let mut found = Gathered::default();
        find_clashes(db, &after, Some(&before), &mut found).await?;
        found.done((), Error::Several)?;
        store::update(db, &[after], now).await?;
    }
    product(db, id, Viewer::Admin).await
}

/// Archives a product. Carts drop it with a notice; orders keep their copies. Repeating it changes nothing.
pub async fn archive_product(
    db: &mut PgConnection,
    editor: Editor,
    id: ProductId,
    seen: Option<i32>,
    now: Timestamp,
) -> Result<(), Error> {
    let row = lock_seen(db, editor.reach, id, seen).await?;
    if row.status == ProductStatus::Archived {
        return Ok(());
    }
    store::update(db, &[ProductRow { status: ProductStatus::Archived, ..row }], now).await
}

async fn lock_seen(
    db: &mut PgConnection,
    reach: Reach,
    id: ProductId,
    seen: Option<i32>,
) -> Result<ProductRow, Error> {
    let row = store::lock(db, id, reach).await?.ok_or(Error::ProductMissing)?;
    if seen.is_some_and(|seen| seen != row.version) {
        return Err(Error::VersionChanged { current: row.version });
    }
    Ok(row)
}

fn changed(
    row: ProductRow,
    change: &ProductChange,
    reach: Reach,
    publication: Publication,
) -> Result<ProductRow, Error> {
    let mut found = Gathered::default();
    let status = match change.status {
        Some(wanted) => {
            found.checked(row.status.may_become(wanted, reach, publication));
            row.status.asked_for(wanted, reach, publication)
        }
        None => row.status,
    };
    let row = ProductRow {
        title: found.checked(change.title.as_deref().map_or(Ok(row.title), fields::title)),
        handle: found.checked(change.handle.as_deref().map_or(Ok(row.handle), fields::handle)),
        description: found
            .checked(change.description.as_deref().map_or(Ok(row.description), fields::description)),
        product_type: match &change.product_type {
            Some(given) => found.checked(fields::product_type(given.as_deref())),
            None => row.product_type,
        },
        tags: match &change.tags {
            Some(tags) => found.checked(fields::tags(tags.iter().map(String::as_str))),
            None => row.tags,
        },
        category_id: change.category.unwrap_or(row.category_id),
        status,
        ..row
    };
    found.done(row, Error::Several)
}

#[cfg(test)]
mod tests {
    use money::Money;
    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::Options;
    use crate::kernel::{Fault as _, Kind};

    fn variant(cents: i64, quantity: i32, size: &str) -> NewVariant {
        NewVariant {
            sku: None,
            title: None,
            options: Options::from([("Size", size)]),
            price: Money::from_minor_units(cents, "USD".parse().unwrap()).unwrap(),
            compare_at: None,
            barcode: None,
            weight_grams: None,
            quantity,
        }
    }

    fn product(title: &str, tags: Vec<String>, variants: Vec<NewVariant>) -> NewProduct {
        NewProduct {
            title: title.into(),
            handle: None,
            description: String::new(),
            product_type: None,
            tags,
            category: None,
            status: None,
            variants,
            images: Vec::new(),
        }
    }

    fn refused(new: &NewProduct) -> (Kind, &'static str, Value) {
        let vendor = VendorId::new();
        let error = drafted(vendor, new, Reach::Shop(vendor), Publication::Reviewed).unwrap_err();
        (error.kind(), error.code(), error.detail().unwrap())
    }

    #[test]
    fn what_is_wrong_in_a_list_is_told_by_its_place() {
        let wrong = product("Pot", Vec::new(), vec![variant(100, 1, "S"), variant(-1, 1, "M")]);
        let told = json!({ "variants[1].price": ["price must not be negative"] });
        assert_eq!(refused(&wrong), (Kind::Invalid, "invalid", told));
        let vendor = VendorId::new();
        let right = product("Pot", Vec::new(), vec![variant(100, 1, "S")]);
        assert!(drafted(vendor, &right, Reach::Shop(vendor), Publication::Reviewed).is_ok());
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let heavy = NewVariant { weight_grams: Some(-5), ..variant(100, -1, "M") };
        let euro = Money::from_minor_units(100, "EUR".parse().unwrap()).unwrap();
        let twin = NewVariant { price: euro, ..variant(100, 1, "L") };
        let variants = vec![variant(-1, 0, "S"), heavy, variant(100, 1, "L"), twin];
        let image = |url: &str| NewImage { url: url.into(), alt: None, position: None };
        let twice = image("https://x.example/pot.jpg");
        let images = vec![NewImage { position: Some(-1), ..image("ftp://x") }, twice.clone(), twice];
        let tags = vec!["kitchen".into(), "x".repeat(300)];
        let status = Some(ProductStatus::Approved);
        let wrong = NewProduct { images, status, ..product(" ", tags, variants) };
        let (kind, code, detail) = refused(&wrong);
        let keys: Vec<&String> = detail.as_object().unwrap().keys().collect();
        let expected = [
            "images[0].position",
            "images[0].url",
            "images[2].url",
            "status",
            "tags[1]",
            "title",
            "variants[0].price",
            "variants[1].quantity",
            "variants[1].weight_grams",
            "variants[3].options",
            "variants[3].price",
        ];
        assert_eq!(keys, expected);
        assert_eq!((kind, code), (Kind::Invalid, "invalid"));
    }

    #[test]
    fn entries_that_clash_with_each_other_are_wrong_whatever_is_stored() {
        let twins = vec![variant(100, 1, "S"), variant(100, 1, "S"), variant(100, 1, "S")];
        let twins = product("Pot", Vec::new(), twins);
        let (kind, code, detail) = refused(&twins);
        assert_eq!((kind, code), (Kind::Invalid, "invalid"));
        assert_eq!(detail.as_object().unwrap().len(), 2, "{detail}");
        // Nothing is compared if one could not be read.
        let before = Money::from_minor_units(200, "EUR".parse().unwrap()).ok();
        let priced = NewVariant { compare_at: before, ..variant(100, 1, "M") };
        let unlike = product("Pot", Vec::new(), vec![variant(100, 1, "S"), priced]);
        assert!(twins.check_values().is_ok() && unlike.check_values().is_ok() && unlike.check().is_err());
    }
}
