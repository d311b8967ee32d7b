//! Creates, changes and archives variants.

use std::collections::HashSet;

use money::Money;
use sqlx::PgConnection;

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
    let (names, mut made) = drafted(&parent, &had, std::slice::from_ref(new)).map_err(Error::alone)?;
    order_options(db, &parent, &names).await?;
    insert(db, editor, &parent, &made, now).await.map_err(Error::alone)?;
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
    let mut after = changed(before.clone(), change)?;
    let reworded = after.options != before.options;
    let recoined = after.price.currency() != before.price.currency();
    if reworded || recoined || (after.active && !before.active) {
        let had = store::of_product(db, parent.id).await?;
        if after.active {
            // While it was archived, another variant may have got its options.
            let mut found = Gathered::default();
            conflicts(&had, &[Some(&after)]).into_iter().for_each(|(_, error)| found.add(error));
            found.done((), Error::Several)?;
        }
        if reworded {
            let others = had.iter().filter(|other| other.id != id).map(|other| &other.options);
            let options: Vec<&Options> = others.chain([&after.options]).collect();
            let names = fields::option_names(named_in_use(&parent.option_names, &options))?;
            order_options(db, &parent, &names).await?;
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

/// New variants of a product that has these, and the order of its options with them. [`Error::ProductFull`] beyond
/// [`MOST_VARIANTS`]. An error of a variant has its place in the list `variants`. Pure.
pub(super) fn drafted(
    parent: &ProductRow,
    had: &[Variant],
    new: &[NewVariant],
) -> Result<(Vec<String>, Vec<Variant>), Error> {
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
    let sound: Vec<_> = rows.iter().map(Option::as_ref).collect();
    for (place, conflict) in conflicts(had, &sound) {
        found.add(conflict.within(LIST, place));
    }
    found.done((names, rows.into_iter().flatten().collect()), Error::Several)
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
    skus::claim(db, parent.vendor_id, &claims).await.map_err(|error| {
        let Error::SkuTaken { sku } = &error else { return error };
        match rows.iter().rposition(|row| row.sku.as_ref() == Some(sku)) {
            Some(place) => error.within(LIST, place),
            None => error,
        }
    })
}

/// The conflicts of rows with the product's other active variants and with each other, by the places of the rows: the
/// same options or SKU, another currency, other option names. If a product is mixed already, a row may equal any of its
/// variants. A row that is wrong by itself is `None`. Pure.
fn conflicts(had: &[Variant], rows: &[Option<&Variant>]) -> Vec<(usize, Error)> {
    let ids: HashSet<VariantId> = rows.iter().flatten().map(|row| row.id).collect();
    let mut others: Vec<&Variant> =
        had.iter().filter(|other| other.active && !ids.contains(&other.id)).collect();
    let mut options: HashSet<&Options> = others.iter().map(|other| &other.options).collect();
    let (mut skus, mut found) = (HashSet::new(), Vec::new());
    for (place, row) in rows.iter().enumerate().filter_map(|(place, row)| Some((place, (*row)?))) {
        if !options.insert(&row.options) {
            found.push((place, Error::OptionsTaken));
        }
        if let Some(sku) = row.sku.as_ref().filter(|sku| !skus.insert(*sku)) {
            found.push((place, Error::SkuTaken { sku: sku.clone() }));
        }
        match mixture(row, &others) {
            Some(mixture) => found.push((place, mixture.into())),
            None => others.push(row),
        }
    }
    found
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Fault as _;

    fn variant(options: Options, code: &str) -> Variant {
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
        fresh(&new, ProductId::new(), 0, Ok(options)).unwrap()
    }

    fn sized(size: &str, code: &str) -> Variant {
        variant(Options::from([("Size", size)]), code)
    }

    fn refused(had: &[Variant], rows: &[Variant]) -> Vec<(usize, &'static str)> {
        let rows: Vec<_> = rows.iter().map(Some).collect();
        conflicts(had, &rows).into_iter().map(|(place, error)| (place, error.code())).collect()
    }

    #[test]
    fn only_active_variants_must_be_told_apart() {
        let (small, large) = (sized("S", "USD"), sized("L", "USD"));
        let had = [small.clone(), Variant { active: false, ..large.clone() }];
        assert_eq!(refused(&had, &[small.clone(), large.clone()]), []);
        assert_eq!(refused(&had, &[sized("S", "USD")]), [(0, "options_taken")]);
        assert_eq!(refused(&had, &[large, sized("L", "USD")]), [(1, "options_taken")]);
        let named = |size: &str| Variant { sku: Some("ONE".into()), ..sized(size, "USD") };
        assert_eq!(refused(&[small], &[named("M"), named("L")]), [(1, "sku_taken")]);
    }

    #[test]
    fn variants_have_one_currency_and_one_set_of_option_names() {
        let small = sized("S", "USD");
        let (euro, red) = (sized("L", "EUR"), variant(Options::from([("Color", "Red")]), "USD"));
        let had = [small.clone()];
        assert_eq!(refused(&had, &[sized("L", "USD")]), []);
        assert_eq!(refused(&had, std::slice::from_ref(&euro)), [(0, "currency_differs")]);
        assert_eq!(refused(&had, std::slice::from_ref(&red)), [(0, "options_differ")]);
        assert_eq!(refused(&[], &[small.clone(), euro.clone()]), [(1, "currency_differs")]);
        // The only variant may change; archived ones don't count; a product that is mixed already can be repaired.
        assert_eq!(refused(&had, &[Variant { id: small.id, ..euro.clone() }]), []);
        assert_eq!(refused(&[Variant { active: false, ..small.clone() }], std::slice::from_ref(&red)), []);
        assert_eq!(refused(&[small.clone(), euro.clone()], &[sized("M", "EUR")]), []);
        // Each conflict is reported, and rows that conflict are no example for others.
        let all = [small, euro, red, sized("S", "EUR")];
        let expected =
            [(1, "currency_differs"), (2, "options_differ"), (3, "options_taken"), (3, "currency_differs")];
        assert_eq!(refused(&[], &all), expected);
    }
}
