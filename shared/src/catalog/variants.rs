//! Creates, changes and archives variants.

mod conflicts;

use std::collections::HashSet;

use money::Money;
use sqlx::PgConnection;

use conflicts::conflicts;
pub(super) use conflicts::{Mixture, mixture};

use super::options::named_in_use;
use super::store::products::{self, ProductRow};
use super::store::skus;
use super::store::variants as store;
use super::{Editor, Error, MOST_VARIANTS, Options, Reach, Variant, Viewer, fields};
use crate::inventory::{self, Opening};
use crate::kernel::ids::{ProductId, VariantId};
use crate::kernel::{Gathered, Timestamp};

/// The name of their list in a request.
const LIST: &str = "variants";

#[derive(Clone, Debug)]
pub struct NewVariant {
    pub sku: Option<String>,
    /// Made from the options if not given.
    pub title: Option<String>,
    pub options: Options,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub barcode: Option<String>,
    pub weight_grams: Option<i32>,
    /// First stock, in pieces.
    pub quantity: i32,
}

/// The fields to change; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct VariantChange {
    pub sku: Option<Option<String>>,
    pub title: Option<String>,
    pub options: Option<Options>,
    pub price: Option<Money>,
    pub compare_at: Option<Option<Money>>,
    pub barcode: Option<Option<String>>,
    pub weight_grams: Option<Option<i32>>,
    pub position: Option<i32>,
    pub active: Option<bool>,
}

impl NewVariant {
    /// Every problem of its fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        fresh(self, ProductId::new(), 0, fields::options(&self.options)).map(drop)
    }

    /// Every problem of its single values: the prices are not compared. Pure.
    pub fn check_values(&self) -> Result<(), Error> {
        let mut found = Gathered::default();
        found.checked(Self { compare_at: None, ..self.clone() }.check());
        found.sound(self.compare_at.map_or(Ok(self.price), |before| fields::price("compare_at", before)));
        found.done((), Error::Several)
    }
}

impl VariantChange {
    /// Every problem of the given fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        // A compare-at price without a price is compared with the stored one, which is not known here.
        let before = self.compare_at.flatten().map(Money::currency);
        let price = Money::zero(
            before
                .or(self.price.map(Money::currency))
                .unwrap_or_else(|| "USD".parse().expect("a known code")),
        );
        let any = Variant {
            id: VariantId::new(),
            product_id: ProductId::new(),
            sku: None,
            title: String::new(),
            options: Options::new(),
            price,
            compare_at: None,
            position: 0,
            active: true,
            barcode: None,
            weight_grams: None,
            image_id: None,
            available: 0,
        };
        changed(any, self).map(drop)
    }
}

/// One variant, if the viewer may see it.
pub async fn variant(db: &mut PgConnection, id: VariantId, viewer: Viewer) -> Result<Variant, Error> {
    store::view(db, id, viewer).await?.ok_or(Error::VariantMissing)
}

/// The variants of a product that the viewer may see, in their order.
pub async fn variants(
    db: &mut PgConnection,
    product: ProductId,
    viewer: Viewer,
) -> Result<Vec<Variant>, Error> {
    Ok(super::product(db, product, viewer).await?.variants)
}

/// Refuses a variant that the caller may not change. Its stock is the task of [`crate::inventory`].
pub async fn own_variant(db: &mut PgConnection, id: VariantId, reach: Reach) -> Result<(), Error> {
    if store::is_within(db, id, reach).await? { Ok(()) } else { Err(Error::VariantMissing) }
}

/// Adds a variant with its first stock. [`Error::SkuTaken`] or [`Error::OptionsTaken`] if another variant has the same
/// SKU or options. Runs in a transaction.
pub async fn add_variant(
    db: &mut PgConnection,
    editor: Editor,
    product: ProductId,
    new: &NewVariant,
    now: Timestamp,
) -> Result<Variant, Error> {
    let parent = products::lock(db, product, editor.reach).await?.ok_or(Error::ProductMissing)?;
    let had = store::of_product(db, product).await?;
    let mut found = Gathered::default();
    let sku = fields::sku(new.sku.as_deref())?;
    let drafted = drafted(&parent, &had, std::slice::from_ref(new)).map_err(Error::alone);
    let (names, mut made) = found.checked(drafted);
    if let Some(sku) = sku
        && is_taken(db, &parent, &sku, None).await?
    {
        found.add(Error::SkuTaken { sku });
    }
    found.done((), Error::Several)?;
    order_options(db, &parent, &names).await?;
    insert(db, editor, &parent, &made, now).await.map_err(Error::alone)?;
    products::touch(db, product, now).await?;
    made.pop().ok_or(Error::VariantMissing)
}

/// Changes a variant and increases its product's version, if it is changed at all. Runs in a transaction.
pub async fn update_variant(
    db: &mut PgConnection,
    editor: Editor,
    id: VariantId,
    change: &VariantChange,
    now: Timestamp,
) -> Result<Variant, Error> {
    let (parent, before) = lock_with_product(db, editor.reach, id).await?;
    let mut after = changed(before.clone(), change)?;
    if after == before {
        return Ok(after);
    }
    let mut found = Gathered::default();
    if let Some(sku) = after.sku.clone().filter(|sku| before.sku.as_ref() != Some(sku))
        && is_taken(db, &parent, &sku, Some(id)).await?
    {
        found.add(Error::SkuTaken { sku });
    }
    let reworded = after.options != before.options;
    let recoined = after.price.currency() != before.price.currency();
    let had = if reworded || recoined || (after.active && !before.active) {
        store::of_product(db, parent.id).await?
    } else {
        Vec::new()
    };
    if after.active {
        // While it was archived, another variant may have got its options.
        conflicts(&had, &[Some(&after)]).into_iter().for_each(|(_, error)| found.add(error));
    }
    found.done((), Error::Several)?;
    if reworded {
        let others = had.iter().filter(|other| other.id != id).map(|other| &other.options);
        let options: Vec<&Options> = others.chain([&after.options]).collect();
        let names = fields::option_names(named_in_use(&parent.option_names, &options))?;
        order_options(db, &parent, &names).await?;
        after.options = after.options.in_order_of(&names);
    }
    store::update(db, std::slice::from_ref(&after), now).await?;
    if after.sku != before.sku {
        let claims: Vec<_> = after.sku.as_deref().map(|sku| (sku, id)).into_iter().collect();
        skus::rename(db, parent.vendor_id, &[id], &claims).await?;
    }
    products::touch(db, parent.id, now).await?;
    Ok(after)
}

/// Archives a variant. It keeps its SKU and its stock. Repeating it changes nothing.
pub async fn archive_variant(
    db: &mut PgConnection,
    editor: Editor,
    id: VariantId,
    now: Timestamp,
) -> Result<(), Error> {
    let (parent, row) = lock_with_product(db, editor.reach, id).await?;
    if !row.active {
        return Ok(());
    }
    store::update(db, &[Variant { active: false, ..row }], now).await?;
    products::touch(db, parent.id, now).await?;
    Ok(())
}

/// New variants of a product that has these, and the order of its options with them. [`Error::ProductFull`] beyond
/// [`MOST_VARIANTS`]. An error of a variant has its place in the list `variants`. Variants of one request that clash with
/// each other are an [`Error::Contradiction`]. Pure.
pub(super) fn drafted(
    parent: &ProductRow,
    had: &[Variant],
    new: &[NewVariant],
) -> Result<(Vec<String>, Vec<Variant>), Error> {
    if new.len() > MOST_VARIANTS {
        return Err(Error::TooMany { field: LIST, most: MOST_VARIANTS });
    }
    if had.len() + new.len() > MOST_VARIANTS {
        return Err(Error::ProductFull { what: "variants", most: MOST_VARIANTS });
    }
    let mut found = Gathered::default();
    let options: Vec<_> = new.iter().map(|new| fields::options(&new.options)).collect();
    let sound = options.iter().filter_map(|options| options.as_ref().ok());
    let all: Vec<&Options> = had.iter().map(|variant| &variant.options).chain(sound).collect();
    let names = found.checked(fields::option_names(named_in_use(&parent.option_names, &all)));
    let first = had.iter().map(|variant| variant.position + 1).max().unwrap_or(0);
    let mut rows = Vec::with_capacity(new.len());
    for (place, ((position, new), options)) in (first..).zip(new).zip(options).enumerate() {
        let options = options.map(|options| options.in_order_of(&names));
        let row = fresh(new, parent.id, position, options);
        rows.push(found.sound(row.map_err(|error| error.within(LIST, place))));
    }
    let compared: Vec<_> = rows.iter().map(Option::as_ref).collect();
    for (place, conflict) in conflicts(had, &compared) {
        let conflict = conflict.within(LIST, place);
        found.add(if had.is_empty() { Error::Contradiction(Box::new(conflict)) } else { conflict });
    }
    found.done((names, rows.into_iter().flatten().collect()), Error::Several)
}

/// Every problem of the single values of new variants, which are not compared with each other. Pure.
pub(super) fn check_values(new: &[NewVariant]) -> Result<(), Error> {
    if new.len() > MOST_VARIANTS {
        return Err(Error::TooMany { field: LIST, most: MOST_VARIANTS });
    }
    let mut found = Gathered::default();
    for (place, new) in new.iter().enumerate() {
        found.checked(new.check_values().map_err(|error| error.within(LIST, place)));
    }
    found.done((), Error::Several)
}

/// Adds drafted variants to a product that this transaction has created or locked, with SKUs and stock rows. A SKU that
/// another product has is reported with the place of its variant.
pub(super) async fn insert(
    db: &mut PgConnection,
    editor: Editor,
    parent: &ProductRow,
    rows: &[Variant],
    now: Timestamp,
) -> Result<(), Error> {
    store::insert(db, rows, now).await?;
    claim_skus(db, parent, rows).await?;
    let openings: Vec<_> =
        rows.iter().map(|row| Opening { variant: row.id, quantity: row.available }).collect();
    inventory::open(db, &openings, Some(editor.user), now).await?;
    Ok(())
}

/// Stores the order of a product's options after its variants have changed.
async fn order_options(db: &mut PgConnection, parent: &ProductRow, names: &[String]) -> Result<(), Error> {
    if parent.option_names != names {
        products::name_options(db, parent.id, names).await?;
    }
    Ok(())
}

/// Locks the product first, then the variant: the product's lock protects options and positions of its variants.
async fn lock_with_product(
    db: &mut PgConnection,
    reach: Reach,
    id: VariantId,
) -> Result<(ProductRow, Variant), Error> {
    let product = store::product_of(db, id).await?.ok_or(Error::VariantMissing)?;
    let parent = products::lock(db, product, reach).await?.ok_or(Error::VariantMissing)?;
    let row = store::find(db, id).await?.ok_or(Error::VariantMissing)?;
    Ok((parent, row))
}

async fn claim_skus(db: &mut PgConnection, parent: &ProductRow, rows: &[Variant]) -> Result<(), Error> {
    let claims: Vec<_> = rows.iter().filter_map(|row| row.sku.as_deref().map(|sku| (sku, row.id))).collect();
    let taken = skus::claim(db, parent.vendor_id, &claims).await?;
    skus_taken(rows, |row| taken.contains(&row.id))
}

/// Refuses each of these rows whose SKU is taken, by its place.
fn skus_taken(rows: &[Variant], is_taken: impl Fn(&Variant) -> bool) -> Result<(), Error> {
    let mut found = Gathered::default();
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| is_taken(row)) {
        if let Some(sku) = row.sku.clone() {
            found.add(Error::SkuTaken { sku }.within(LIST, place));
        }
    }
    found.done((), Error::Several)
}

/// Finds new rows of a shop whose SKUs another variant has, each by its place. One that is taken meanwhile is refused
/// when it is claimed.
pub(super) async fn find_taken_skus(
    db: &mut PgConnection,
    parent: &ProductRow,
    rows: &[Variant],
    found: &mut Gathered<Error>,
) -> Result<(), sqlx::Error> {
    let wanted: Vec<&str> = rows.iter().filter_map(|row| row.sku.as_deref()).collect();
    let owners = skus::owners(db, parent.vendor_id, &wanted).await?;
    let taken: HashSet<String> = owners.into_iter().map(|(sku, _)| sku).collect();
    found.checked(skus_taken(rows, |row| row.sku.as_ref().is_some_and(|sku| taken.contains(sku))));
    Ok(())
}

/// Whether another variant of the shop has this SKU. For a variant that gets another SKU, its old and its new one are
/// locked first: the answer holds until the transaction ends.
async fn is_taken(
    db: &mut PgConnection,
    parent: &ProductRow,
    sku: &str,
    own: Option<VariantId>,
) -> Result<bool, Error> {
    if let Some(own) = own {
        skus::lock(db, parent.vendor_id, &[own], &[(sku, own)]).await?;
    }
    let owners = skus::owners(db, parent.vendor_id, &[sku]).await?;
    Ok(owners.iter().any(|(_, owner)| Some(*owner) != own))
}

fn fresh(
    new: &NewVariant,
    product: ProductId,
    position: i32,
    options: Result<Options, Error>,
) -> Result<Variant, Error> {
    let mut found = Gathered::default();
    let options = found.checked(options);
    found.checked(inventory::check_opening(new.quantity));
    let row = Variant {
        id: VariantId::new(),
        product_id: product,
        sku: found.checked(fields::sku(new.sku.as_deref())),
        title: found.checked(fields::variant_title(new.title.as_deref(), &options)),
        options,
        price: found.sound(fields::price("price", new.price)).unwrap_or(new.price),
        compare_at: found.checked(fields::compare_at(new.compare_at, new.price)),
        position,
        active: true,
        barcode: found.checked(fields::barcode(new.barcode.as_deref())),
        weight_grams: found.checked(fields::weight_grams(new.weight_grams)),
        image_id: None,
        available: new.quantity,
    };
    found.done(row, Error::Several)
}

fn changed(row: Variant, change: &VariantChange) -> Result<Variant, Error> {
    let mut found = Gathered::default();
    let asked = change.price.map(|price| fields::price("price", price));
    let price = asked.and_then(|price| found.sound(price)).or(change.price).unwrap_or(row.price);
    let options = found.checked(change.options.as_ref().map_or(Ok(row.options), fields::options));
    let row = Variant {
        sku: match &change.sku {
            Some(given) => found.checked(fields::sku(given.as_deref())),
            None => row.sku,
        },
        title: match &change.title {
            Some(given) => found.checked(fields::variant_title(Some(given), &options)),
            None => row.title,
        },
        options,
        price,
        compare_at: found.checked(fields::compare_at(change.compare_at.unwrap_or(row.compare_at), price)),
        position: found.checked(change.position.map_or(Ok(row.position), fields::position)),
        active: change.active.unwrap_or(row.active),
        barcode: match &change.barcode {
            Some(given) => found.checked(fields::barcode(given.as_deref())),
            None => row.barcode,
        },
        weight_grams: found.checked(fields::weight_grams(change.weight_grams.unwrap_or(row.weight_grams))),
        ..row
    };
    found.done(row, Error::Several)
}
