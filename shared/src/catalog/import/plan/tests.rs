//! What an import would write, for a shop that has one product with two variants.

use chrono::DateTime;

use super::*;
use crate::catalog::Publication;
use crate::catalog::import::draft;
use crate::kernel::ids::ProductId;

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
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let currency = "USD".parse().unwrap();
        let context = Context { currency, publication: Publication::Direct, actor: None, now };
        let nothing = Known {
            products: HashMap::new(),
            variants: HashMap::new(),
            skus: HashMap::new(),
            stocks: HashMap::new(),
        };
        let mut shop = Self { known: nothing, vendor: VendorId::new(), context };
        let plan = shop.import(rows).unwrap();
        for product in plan.new_products {
            shop.known.products.insert(product.handle.clone(), product);
        }
        for (place, (row, opening)) in plan.new_variants.into_iter().zip(plan.openings).enumerate() {
            let reserved = if place == 0 { 2 } else { 0 };
            shop.known.stocks.insert(row.id, Stock { on_hand: opening.quantity, reserved });
            shop.known.skus.extend(row.sku.clone().map(|sku| (sku, row.id)));
            shop.known.variants.entry(row.product_id).or_default().push(row);
        }
        shop
    }

    fn import(&self, rows: &str) -> Result<Plan, Vec<LineError>> {
        let file = format!("{HEADER}{rows}");
        let (_, drafts) = draft::read(file.as_bytes(), self.context.currency).unwrap();
        plan(drafts, &self.known, self.vendor, &self.context)
    }

    fn complaints(&self, rows: &str) -> Vec<String> {
        let wrong = self.import(rows).err().unwrap_or_default();
        wrong.into_iter().map(|error| format!("{}: {}", error.line, error.message)).collect()
    }
}

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
    assert_eq!(promised, ["2: 2 are promised to orders: stock can't go below that"]);
    let twin = shop.complaints("pot,Pot,Size,L,POT-S,5,9.99\n");
    assert_eq!(twin, ["2: another variant of the product has these options"]);
}

#[test]
fn an_empty_quantity_leaves_the_stock_and_an_archived_product_comes_back() {
    let mut shop = ShopWith::file(POTS);
    let product = shop.known.products.get_mut("pot").unwrap();
    product.status = ProductStatus::Archived;
    let id: ProductId = product.id;
    let plan = shop.import("pot,Pot,Size,S,POT-S,,9.99\n").unwrap();
    assert!(plan.targets.is_empty());
    assert!(plan.changed.contains(&id));
    assert_eq!(plan.kept_products[0].status, ProductStatus::Approved);
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
