//! Shops with little stock, one or two for each currency, an admin and some customers, made over HTTP before anything breaks.

use std::path::Path;

use serde_json::json;

use super::dice::Dice;
use super::fleet::Fleet;
use crate::command;
use crate::console::Step;
use crate::failure::{Failure, Result};
use crate::up::client::{Client, text};
use crate::up::marketplace::{SHOPS, Shop as DemoShop};
use crate::workspace;

const PURPOSE: u64 = 2;
/// Of each shop: few, so that they sell out and are fought over.
const VARIANTS_PER_SHOP: usize = 5;
const ADMIN: &str = "admin@haat.example";

/// Who and what there is. Tokens are good for the whole run.
pub struct Market {
    pub admin: String,
    pub shops: Vec<Shop>,
    pub customers: Vec<String>,
}

pub struct Shop {
    pub token: String,
    pub currency: &'static str,
    pub variants: Vec<String>,
}

impl Market {
    /// What is sold in a currency.
    pub fn variants(&self, currency: &str) -> Vec<&str> {
        let shops = self.shops.iter().filter(|shop| shop.currency == currency);
        shops.flat_map(|shop| &shop.variants).map(String::as_str).collect()
    }
}

pub fn open(fleet: &Fleet, customers: usize, seed: u64) -> Result<Market> {
    let step = Step::begin();
    let mut dice = Dice::new(seed, PURPOSE);
    let password = workspace::hex(&workspace::random::<16>()?);
    let visitor = Client::new(&fleet.apis[0].url);
    let mut create = fleet.binary("haat-api");
    create.args(["create-admin", "--email", ADMIN, "--name", "Chaos Admin"]);
    create.env("HAAT_ADMIN_PASSWORD", &password);
    command::output(&mut create, "see what it says")?;
    let admin = visitor.token(ADMIN, &password)?;
    let mut shops = Vec::new();
    for shop in &SHOPS {
        shops.push(open_shop(fleet, &visitor, shop, &password, &mut dice)?);
    }
    let customers = (0..customers).map(|number| register(&visitor, number, &password));
    let customers = customers.collect::<Result<Vec<_>>>()?;
    step.done(&format!("{} shops are open, {} customers registered", shops.len(), customers.len()));
    Ok(Market { admin, shops, customers })
}

fn register(visitor: &Client, number: usize, password: &str) -> Result<String> {
    let email = format!("customer-{number}@mail.example");
    let account = json!({ "email": email, "password": password, "full_name": "Nadia Rahman" });
    visitor.post("/api/auth/register", &account)?;
    visitor.token(&email, password)
}

fn open_shop(
    fleet: &Fleet,
    visitor: &Client,
    demo: &DemoShop,
    password: &str,
    dice: &mut Dice,
) -> Result<Shop> {
    let DemoShop { slug, currency, .. } = *demo;
    let email = format!("owner@{slug}.example");
    let application = json!({
        "email": email, "password": password, "full_name": "Rokeya Sultana", "shop_name": slug, "shop_slug": slug,
    });
    visitor.post("/api/auth/register/vendor", &application)?;
    let admin = visitor.sign_in(ADMIN, password)?;
    let found = admin.get(&format!("/api/admin/vendors?slug={slug}"))?;
    admin.post(&format!("/api/admin/vendors/{}/verify", text(&found, "/results/0/id")?), &json!({}))?;
    import(fleet, slug, currency, &workspace::root().join("demo").join(format!("{slug}.csv")))?;
    let owner = visitor.sign_in(&email, password)?;
    let variants = variants(visitor, slug)?;
    for variant in &variants {
        let stock = json!({ "set": dice.between(5, 60), "reason": "opening count" });
        owner.post(&format!("/api/variants/{variant}/stock"), &stock)?;
    }
    Ok(Shop { token: visitor.token(&email, password)?, currency, variants })
}

fn import(fleet: &Fleet, slug: &str, currency: &str, file: &Path) -> Result<()> {
    let mut import = fleet.binary("haat-worker");
    import.args(["import", "products", "--vendor", slug, "--format", "shopify"]);
    import.args(["--currency", currency]).arg(file);
    command::output(&mut import, &format!("correct {}", file.display())).map(drop)
}

fn variants(visitor: &Client, slug: &str) -> Result<Vec<String>> {
    let page = visitor.get(&format!("/api/products?vendor={slug}"))?;
    let mut variants = Vec::new();
    for product in page["results"].as_array().into_iter().flatten() {
        let product = visitor.get(&format!("/api/products/{}", text(product, "/id")?))?;
        let own = product["variants"].as_array().into_iter().flatten();
        variants.extend(own.filter_map(|variant| variant["id"].as_str().map(str::to_owned)));
    }
    variants.truncate(VARIANTS_PER_SHOP);
    if variants.is_empty() {
        let what = format!("the shop {slug} has no variants: {page}");
        return Err(Failure::new(what, "look at demo/ and at the API's log"));
    }
    Ok(variants)
}
