//! Creates, changes and archives variants.

use std::collections::HashSet;

use money::Money;
use sqlx::PgConnection;

use super::options::named_in_use;
use super::store::products::{self, ProductRow};
use super::store::skus;
use super::store::variants as store;
use super::{Editor, Error, MOST_VARIANTS, Options, Reach, Variant, Viewer, fields, gathered};
use crate::inventory::{self, Opening};
use crate::kernel::Timestamp;
use crate::kernel::ids::{ProductId, VariantId};

/// What a request calls them.
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
    gathered::of_variant(new).done()?;
    let made = insert_all(db, editor, &parent, std::slice::from_ref(new), now).await;
    let mut made = made.map_err(Error::alone)?;
    products::touch(db, product, now).await?;
    made.pop().ok_or(Error::VariantMissing)
}

/// Changes a variant and increases its product's version. Runs in a transaction.
pub async fn update_variant(
    db: &mut PgConnection,
    editor: Editor,
    id: VariantId,
    change: &VariantChange,
    now: Timestamp,
) -> Result<Variant, Error> {
    let (parent, before) = lock_with_product(db, editor.reach, id).await?;
    gathered::of_variant_change(change, before.price).done()?;
    let mut after = changed(before.clone(), change)?;
    let reworded = after.options != before.options;
    let recoined = after.price.currency() != before.price.currency();
    if reworded || recoined || (after.active && !before.active) {
        let had = store::of_product(db, parent.id).await?;
        if after.active {
            // While it was archived, another variant may have got its options.
            refuse_twins(&had, std::slice::from_ref(&after)).map_err(Error::alone)?;
            refuse_mixture(&had, std::slice::from_ref(&after)).map_err(Error::alone)?;
        }
        if reworded {
            let others = had.iter().filter(|other| other.id != id).map(|other| &other.options);
            let options: Vec<&Options> = others.chain([&after.options]).collect();
            let names = order_options(db, &parent, &options).await?;
            after.options = after.options.in_order_of(&names);
        }
    }
    store::update(db, std::slice::from_ref(&after), now).await?;
    if after.sku != before.sku {
        let claims: Vec<_> = after.sku.as_deref().map(|sku| (sku, id)).into_iter().collect();
        skus::rename(db, parent.vendor_id, &[id], &claims).await?;
    }
    products::touch(db, parent.id, now).await?;
    Ok(after)
}

/// Archives a variant. It keeps its SKU and its stock.
pub async fn archive_variant(
    db: &mut PgConnection,
    editor: Editor,
    id: VariantId,
    now: Timestamp,
) -> Result<(), Error> {
    let (parent, row) = lock_with_product(db, editor.reach, id).await?;
    store::update(db, &[Variant { active: false, ..row }], now).await?;
    products::touch(db, parent.id, now).await?;
    Ok(())
}

/// Adds variants to a product that this transaction has created or locked, with SKUs and stock rows.
/// [`Error::ProductFull`] beyond [`MOST_VARIANTS`]. Their fields were checked by `gathered`. A conflict between variants names
/// the place of one in the list `variants`.
pub(super) async fn insert_all(
    db: &mut PgConnection,
    editor: Editor,
    parent: &ProductRow,
    new: &[NewVariant],
    now: Timestamp,
) -> Result<Vec<Variant>, Error> {
    let had = store::of_product(db, parent.id).await?;
    if had.len() + new.len() > MOST_VARIANTS {
        return Err(Error::ProductFull { what: "variants", most: MOST_VARIANTS });
    }
    let first = had.iter().map(|variant| variant.position + 1).max().unwrap_or(0);
    let options: Vec<Options> =
        new.iter().map(|new| fields::options(&new.options)).collect::<Result<_, _>>()?;
    let all: Vec<&Options> = had.iter().map(|variant| &variant.options).chain(&options).collect();
    let names = order_options(db, parent, &all).await?;
    let mut rows = Vec::with_capacity(new.len());
    for ((position, new), options) in (first..).zip(new).zip(options) {
        rows.push(fresh(new, parent.id, position, options.in_order_of(&names))?);
    }
    refuse_twins(&had, &rows)?;
    refuse_mixture(&had, &rows)?;
    store::insert(db, &rows, now).await?;
    claim_skus(db, parent, &rows).await?;
    let openings: Vec<_> =
        rows.iter().zip(new).map(|(row, new)| Opening { variant: row.id, quantity: new.quantity }).collect();
    inventory::open(db, &openings, Some(editor.user), now).await?;
    Ok(rows)
}

/// Stores the order of a product's options after its variants have changed to these.
async fn order_options(
    db: &mut PgConnection,
    parent: &ProductRow,
    options: &[&Options],
) -> Result<Vec<String>, Error> {
    let names = fields::option_names(named_in_use(&parent.option_names, options))?;
    if parent.option_names != names {
        products::name_options(db, parent.id, &names).await?;
    }
    Ok(names)
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
    skus::claim(db, parent.vendor_id, &claims).await.map_err(|error| {
        let Error::SkuTaken { sku } = &error else { return error };
        match rows.iter().rposition(|row| row.sku.as_ref() == Some(sku)) {
            Some(place) => error.within(LIST, place),
            None => error,
        }
    })
}

/// Refuses rows whose options equal those of another active variant of the product, or of each other. Pure.
fn refuse_twins(had: &[Variant], rows: &[Variant]) -> Result<(), Error> {
    let ids: HashSet<VariantId> = rows.iter().map(|row| row.id).collect();
    let others = had.iter().filter(|other| other.active && !ids.contains(&other.id));
    let mut seen: HashSet<&Options> = others.map(|other| &other.options).collect();
    match rows.iter().position(|row| !seen.insert(&row.options)) {
        Some(place) => Err(Error::OptionsTaken.within(LIST, place)),
        None => Ok(()),
    }
}

/// Refuses rows whose currency or option names differ from those of the product's active variants. If a product is
/// mixed already, a row may equal any of its other variants. Pure.
fn refuse_mixture(had: &[Variant], rows: &[Variant]) -> Result<(), Error> {
    let ids: HashSet<VariantId> = rows.iter().map(|row| row.id).collect();
    let mut others: Vec<&Variant> =
        had.iter().filter(|other| other.active && !ids.contains(&other.id)).collect();
    for (place, row) in rows.iter().enumerate() {
        if let Some(mixture) = mixture(row, &others) {
            return Err(Error::from(mixture).within(LIST, place));
        }
        others.push(row);
    }
    Ok(())
}

/// What the variants of a product must have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mixture {
    Currency,
    OptionNames,
}

impl From<Mixture> for Error {
    fn from(mixture: Mixture) -> Self {
        match mixture {
            Mixture::Currency => Self::CurrencyDiffers,
            Mixture::OptionNames => Self::OptionsDiffer,
        }
    }
}

/// How a variant differs from all the others; `None` if it does not, or if there are no others. Pure.
pub(super) fn mixture(row: &Variant, others: &[&Variant]) -> Option<Mixture> {
    let like =
        |alike: &dyn Fn(&Variant) -> bool| others.is_empty() || others.iter().any(|other| alike(other));
    if !like(&|other| other.price.currency() == row.price.currency()) {
        Some(Mixture::Currency)
    } else if !like(&|other| other.options.has_names_of(&row.options)) {
        Some(Mixture::OptionNames)
    } else {
        None
    }
}

/// With checked options.
fn fresh(new: &NewVariant, product: ProductId, position: i32, options: Options) -> Result<Variant, Error> {
    let price = fields::price("price", new.price)?;
    Ok(Variant {
        id: VariantId::new(),
        product_id: product,
        sku: fields::sku(new.sku.as_deref())?,
        title: fields::variant_title(new.title.as_deref(), &options)?,
        options,
        price,
        compare_at: fields::compare_at(new.compare_at, price)?,
        position,
        active: true,
        barcode: fields::barcode(new.barcode.as_deref())?,
        weight_grams: fields::weight_grams(new.weight_grams)?,
        image_id: None,
        available: new.quantity,
    })
}

fn changed(row: Variant, change: &VariantChange) -> Result<Variant, Error> {
    let price = change.price.map_or(Ok(row.price), |price| fields::price("price", price))?;
    let options = change.options.as_ref().map_or(Ok(row.options), fields::options)?;
    Ok(Variant {
        sku: match &change.sku {
            Some(given) => fields::sku(given.as_deref())?,
            None => row.sku,
        },
        title: match &change.title {
            Some(given) => fields::variant_title(Some(given), &options)?,
            None => row.title,
        },
        options,
        price,
        compare_at: fields::compare_at(change.compare_at.unwrap_or(row.compare_at), price)?,
        position: change.position.map_or(Ok(row.position), fields::position)?,
        active: change.active.unwrap_or(row.active),
        barcode: match &change.barcode {
            Some(given) => fields::barcode(given.as_deref())?,
            None => row.barcode,
        },
        weight_grams: fields::weight_grams(change.weight_grams.unwrap_or(row.weight_grams))?,
        ..row
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_active_variants_must_be_told_apart() {
        let sized = |size: &str| {
            let new = NewVariant {
                sku: None,
                title: None,
                options: Options::from([("Size", size)]),
                price: Money::from_minor_units(999, "USD".parse().unwrap()).unwrap(),
                compare_at: None,
                barcode: None,
                weight_grams: None,
                quantity: 1,
            };
            fresh(&new, ProductId::new(), 0, new.options.clone()).unwrap()
        };
        let (small, large) = (sized("S"), sized("L"));
        let had = [small.clone(), Variant { active: false, ..large }];
        assert!(refuse_twins(&had, &[small, sized("L")]).is_ok());
        let twin = |rows: &[Variant]| match refuse_twins(&had, rows) {
            Err(Error::Within { place, error, .. }) if matches!(*error, Error::OptionsTaken) => Some(place),
            Ok(()) | Err(_) => None,
        };
        assert_eq!(twin(&[sized("S")]), Some(0));
        assert_eq!(twin(&[sized("L"), sized("L")]), Some(1));
    }

    #[test]
    fn variants_have_one_currency_and_one_set_of_option_names() {
        let variant = |options: Options, code: &str| {
            let new = NewVariant {
                sku: None,
                title: None,
                options: options.clone(),
                price: Money::from_minor_units(999, code.parse().unwrap()).unwrap(),
                compare_at: None,
                barcode: None,
                weight_grams: None,
                quantity: 1,
            };
            fresh(&new, ProductId::new(), 0, options).unwrap()
        };
        let small = variant(Options::from([("Size", "S")]), "USD");
        let (euro, red) = (
            variant(Options::from([("Size", "L")]), "EUR"),
            variant(Options::from([("Color", "Red")]), "USD"),
        );
        let had = [small.clone()];
        assert!(refuse_mixture(&had, &[variant(Options::from([("Size", "L")]), "USD")]).is_ok());
        let refused = |had: &[Variant], rows: &[Variant]| refuse_mixture(had, rows).map_err(Error::alone);
        assert!(matches!(refused(&had, std::slice::from_ref(&euro)), Err(Error::CurrencyDiffers)));
        assert!(matches!(refused(&had, std::slice::from_ref(&red)), Err(Error::OptionsDiffer)));
        assert!(matches!(refused(&[], &[small.clone(), euro.clone()]), Err(Error::CurrencyDiffers)));
        // The only variant may change; archived ones don't count; a product that is mixed already can be repaired.
        assert!(refuse_mixture(&had, &[Variant { id: small.id, ..euro.clone() }]).is_ok());
        assert!(refuse_mixture(&[Variant { active: false, ..small.clone() }], &[red]).is_ok());
        let another = variant(Options::from([("Size", "M")]), "EUR");
        assert!(refuse_mixture(&[small, euro], &[another]).is_ok());
    }
}
