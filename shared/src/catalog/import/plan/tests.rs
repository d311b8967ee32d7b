//! What an import would write, for a shop that has one product with two variants.

use std::sync::atomic::AtomicBool;

use chrono::DateTime;

use super::*;

use crate::catalog::import::draft;
use crate::catalog::{Limits, MOST_VARIANTS, Publication, Rules};
use crate::inventory::Stock;

const HEADER: &str =
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n";

/// A shop that has what this file says, with two of the first variant promised to orders.
struct ShopWith {
    known: Known,
    vendor: VendorId,
    context: Context,
}

impl ShopWith {
    fn file(rows: &str) -> Self {
        Self::of(&format!("{HEADER}{rows}"))
    }

    fn of(file: &str) -> Self {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let currency = "USD".parse().unwrap();
        let limits = Limits { unapproved: 10, approved: 10 };
        let rules = Rules { publication: Publication::Direct, limits };
        let context = Context { currency, rules, actor: None, now };
        let mut shop = Self { known: Known::default(), vendor: VendorId::new(), context };
        let plan = shop.plan(file).unwrap().0;
        for product in plan.new_products {
            shop.known.products.insert(product.handle.clone(), product);
        }
        for (place, (row, opening)) in plan.new_variants.into_iter().zip(plan.openings).enumerate() {
            let reserved = if place == 0 { 2 } else { 0 };
            shop.known.stocks.insert(row.id, Stock { on_hand: opening.quantity, reserved });
            shop.known.skus.extend(row.sku.clone().map(|sku| (sku, row.id)));
            shop.known.variants.entry(row.product_id).or_default().push(row);
        }
        for image in plan.images {
            shop.known.images.entry(image.product_id).or_default().push(image);
        }
        shop
    }

    fn import(&self, rows: &str) -> Result<Plan, Vec<LineError>> {
        self.plan(&format!("{HEADER}{rows}")).map(|(plan, _)| plan)
    }

    /// The plan, and its notices: line and message.
    fn plan(&self, file: &str) -> Result<(Plan, Vec<Told>), Vec<LineError>> {
        let read = draft::read(file.as_bytes(), self.context.currency, &AtomicBool::new(false))?;
        let mut notices = Notices::default();
        let plan = plan(read.products, &self.known, &mut notices, self.vendor, &self.context)?;
        Ok((plan, notices.listed().into_iter().map(|notice| (notice.line, notice.message)).collect()))
    }

    fn product(&mut self) -> &mut ProductRow {
        self.known.products.values_mut().next().unwrap()
    }

    fn complaints(&self, rows: &str) -> Vec<String> {
        let wrong = self.import(rows).err().unwrap_or_default();
        wrong.into_iter().map(|error| format!("{}: {}", error.line, error.message)).collect()
    }
}

/// A line and its message.
type Told = (u64, String);

const POTS: &str = "pot,Pot,Size,S,POT-S,5,9.99\npot,,,L,POT-L,3,19.50\n";

#[test]
fn the_same_file_again_changes_nothing() {
    let plan = ShopWith::file(POTS).import(POTS).unwrap();
    assert!(plan.new_products.is_empty() && plan.new_variants.is_empty());
    assert!(plan.changed_variants.is_empty() && plan.targets.is_empty() && plan.changed.is_empty());
}

#[test]
fn a_variant_is_known_by_its_sku_and_else_by_its_options() {
    let shop = ShopWith::file(POTS);
    let small = shop.known.skus["POT-S"];
    let large = shop.known.skus["POT-L"];
    // The first names the small pot by SKU and gives it another size; the second names the large one by size.
    let plan = shop.import("pot,Pot,Size,XS,POT-S,5,9.99\npot,,,L,,7,19.50\n").unwrap();
    let changed: Vec<VariantId> = plan.changed_variants.iter().map(|row| row.id).collect();
    assert_eq!(changed, [small]);
    assert_eq!(plan.changed_variants[0].title, "XS");
    let targets: Vec<_> = plan.targets.iter().map(|target| (target.variant, target.on_hand)).collect();
    assert_eq!(targets, [(large, 7)]);
    assert!(plan.new_variants.is_empty() && plan.renamed.is_empty());
}

#[test]
fn variants_may_swap_their_skus() {
    let shop = ShopWith::file(POTS);
    let plan = shop.import("pot,Pot,Size,L,POT-S,5,9.99\npot,,,S,POT-L,3,19.50\n").unwrap();
    assert_eq!(plan.changed_variants.len(), 2);
    assert!(plan.new_variants.is_empty());
}

#[test]
fn what_the_shop_can_not_take_is_named_by_line() {
    let shop = ShopWith::file(POTS);
    let foreign = shop.complaints("cup,Cup,Size,S,POT-S,1,5\n");
    assert_eq!(foreign, ["2: another product of the shop has the SKU POT-S"]);
    let promised = shop.complaints("pot,Pot,Size,S,POT-S,1,9.99\n");
    assert_eq!(promised, ["2: 2 are reserved for orders: stock can't go below that"]);
    let twin = shop.complaints("pot,Pot,Size,L,POT-S,5,9.99\n");
    assert_eq!(twin, ["2: another variant of the product has these options"]);
}

#[test]
fn an_empty_quantity_leaves_the_stock_and_what_is_archived_stays_so() {
    let mut shop = ShopWith::file(POTS);
    shop.product().status = ProductStatus::Archived;
    shop.known.variants.values_mut().next().unwrap()[0].active = false;
    let (plan, told) = shop.plan(&format!("{HEADER}pot,Pot,Size,S,POT-S,,8.99\n")).unwrap();
    assert!(plan.targets.is_empty());
    assert_eq!(plan.kept_products[0].status, ProductStatus::Archived);
    assert!(!plan.changed_variants[0].active);
    assert_eq!(told.len(), 2, "{told:?}");
    let back = "Handle,Title,Status,Variant SKU,Variant Price\npot,Pot,active,POT-S,9.99\n";
    assert_eq!(shop.plan(back).unwrap().0.kept_products[0].status, ProductStatus::Approved);
}

#[test]
fn a_price_update_changes_prices_and_nothing_else() {
    let full = "Handle,Title,Body (HTML),Type,Tags,Status,Option1 Name,Option1 Value,Variant SKU,Variant Price,\
        Variant Compare At Price,Image Src,Image Alt Text\n\
        bag,Bag,<p>Felt.</p>,Bags,felt,draft,Size,S,BAG-S,10,12,https://img.example.com/bag.jpg?v=1,A bag\n\
        bag,,,,,,,M,BAG-M,11,13,,\n";
    let mut shop = ShopWith::of(full);
    let before = shop.product().clone();
    let plan = shop.plan("Handle,Title,Variant SKU,Variant Price\nbag,Bag,BAG-S,9.50\n").unwrap().0;
    assert_eq!(plan.kept_products, [before]);
    assert_eq!(plan.changed_variants.len(), 1);
    let changed = &plan.changed_variants[0];
    let had = &shop.known.variants.values().next().unwrap()[0];
    assert_eq!(changed.price.amount().to_string(), "9.50");
    assert_eq!(Variant { price: had.price, ..changed.clone() }, *had);
    assert!(plan.images.is_empty() && plan.removed_images.is_empty() && plan.new_variants.is_empty());
    let unclear = shop.plan("Handle,Title,Variant Price\nbag,Bag,9.50\n").err().unwrap();
    assert_eq!((unclear.len(), unclear[0].line, unclear[0].column), (1, 2, Some("Variant SKU")));
}

#[test]
fn a_blank_cell_empties_what_can_be_empty() {
    let full = "Handle,Title,Body (HTML),Type,Tags,Variant SKU,Variant Price,Variant Compare At Price\n\
        bag,Bag,<p>Felt.</p>,Bags,felt,BAG,10,12\n";
    let shop = ShopWith::of(full);
    let plan = shop.plan(&full.replace("<p>Felt.</p>,Bags,felt,BAG,10,12", ",,,BAG,10,")).unwrap().0;
    let after = &plan.kept_products[0];
    assert_eq!((after.description.as_str(), after.product_type.as_ref(), after.tags.len()), ("", None, 0));
    assert_eq!(plan.changed_variants[0].compare_at, None);
}

const SHIRTS: &str = "shirt,Shirt,Color,Red,,5,35\nshirt,,,Blue,,5,35\n";

#[test]
fn a_renamed_option_renames_and_makes_nothing_new() {
    let mut shop = ShopWith::file(SHIRTS);
    for row in shop.known.stocks.values_mut() {
        row.reserved = 0;
    }
    for renamed in
        [SHIRTS.replace("Color", "Colour"), SHIRTS.replace("Red", "red"), SHIRTS.replace("Color", "COLOR")]
    {
        let (plan, _) = shop.plan(&format!("{HEADER}{renamed}")).unwrap();
        assert!(plan.new_variants.is_empty() && plan.targets.is_empty(), "{renamed}");
        assert!(!plan.changed_variants.is_empty(), "{renamed}");
    }
    let (plan, told) = shop.plan(&format!("{HEADER}shirt,Shirt,Colour,Red,,5,35\n")).unwrap();
    let names: Vec<_> = plan.changed_variants.iter().flat_map(|row| row.options.names()).collect();
    assert_eq!(names, ["Colour", "Colour"]); // including the variant that the file does not name
    assert_eq!(plan.kept_products[0].option_names, ["Colour"]);
    assert_eq!(told, [(2, "the option Color is called Colour from now on".to_owned())]);
}

#[test]
fn what_may_be_the_same_goods_in_other_words_is_refused() {
    let shop = ShopWith::file(SHIRTS);
    let sizes = shop.complaints("shirt,Shirt,Size,L,,5,35\nshirt,,,M,,5,35\n");
    assert_eq!(sizes.len(), 1, "{sizes:?}");
    assert!(sizes[0].starts_with("2: the product has the variant “Red” with other options"), "{sizes:?}");
    let lamp = ShopWith::file("lamp,Lamp,Title,Default Title,LAMP,5,9\n");
    assert_eq!(lamp.complaints("lamp,Lamp,Shade,Green,,5,9\n").len(), 1);
    assert!(lamp.import("lamp,Lamp,Shade,Green,LAMP,5,9\n").is_ok());
    let (plan, told) = shop.plan(&format!("{HEADER}shirt,Shirt,Color,Green,,5,35\n")).unwrap();
    assert_eq!((plan.new_variants.len(), told.len()), (1, 1));
}

#[test]
fn the_order_of_options_is_the_files() {
    let header = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Price\n";
    let shop = ShopWith::of(&format!("{header}shirt,Shirt,Size,Small,Color,Red,9\n"));
    let variant = &shop.known.variants.values().next().unwrap()[0];
    assert_eq!(variant.title, "Small / Red");
    let plan = shop.plan(&format!("{header}shirt,Shirt,Color,Red,Size,Small,9\n")).unwrap().0;
    assert_eq!(plan.kept_products[0].option_names, ["Color", "Size"]);
    assert_eq!(plan.changed_variants[0].title, "Red / Small");
    assert!(plan.new_variants.is_empty());
}

#[test]
fn variants_are_counted_over_all_files() {
    let file =
        |from: usize, to: usize| (from..to).map(|n| format!("pot,Pot,Size,{n},,1,9\n")).collect::<String>();
    let shop = ShopWith::file(&file(0, MOST_VARIANTS - 1));
    assert!(shop.import(&file(MOST_VARIANTS - 1, MOST_VARIANTS)).is_ok());
    let more = shop.complaints(&file(MOST_VARIANTS - 1, MOST_VARIANTS + 1));
    assert_eq!(more, ["2: a product may have at most 2000 variants, and this one has 1999"]);
}

#[test]
fn a_variant_keeps_the_picture_that_shows_it() {
    let header = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src,Variant Image\n";
    let url = "https://img.example.com/";
    let rows =
        format!("shirt,Shirt,Color,Red,9,{url}all.jpg,{url}red.jpg\nshirt,,,Blue,9,,{url}all.jpg?v=2\n");
    let shop = ShopWith::of(&format!("{header}{rows}"));
    let product = shop.known.products["shirt"].id;
    let positions: Vec<_> =
        shop.known.images[&product].iter().map(|image| (image.url.clone(), image.position)).collect();
    assert_eq!(positions, [(format!("{url}all.jpg"), 1), (format!("{url}red.jpg"), 2)]);
    let shown: Vec<_> = shop.known.variants[&product].iter().map(|row| row.image_id).collect();
    let ids: Vec<_> = shop.known.images[&product].iter().map(|image| Some(image.id)).collect();
    assert_eq!(shown, [ids[1], ids[0]]);
    let again = shop.plan(&format!("{header}{rows}")).unwrap().0;
    assert!(again.changed.is_empty() && again.shown_by.is_empty());
    // A file without the column leaves the variant's picture, and the picture itself.
    let gallery = format!(
        "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src\nshirt,Shirt,Color,Red,9,{url}all.jpg\n"
    );
    let plan = shop.plan(&gallery).unwrap().0;
    assert!(plan.removed_images.is_empty() && plan.shown_by.is_empty());
}

#[test]
fn of_two_with_the_same_options_the_active_one_is_meant() {
    let mut shop = ShopWith::file("pot,Pot,Size,S,,5,9.99\n");
    let rows = shop.known.variants.values_mut().next().unwrap();
    let active = rows[0].clone();
    rows.insert(0, Variant { id: VariantId::new(), active: false, ..active.clone() });
    let plan = shop.import("pot,Pot,Size,S,,7,9.99\n").unwrap();
    let targets: Vec<VariantId> = plan.targets.iter().map(|target| target.variant).collect();
    assert_eq!(targets, [active.id]);
    assert!(plan.changed_variants.is_empty() && plan.new_variants.is_empty());
}
