//! The demo shops with little stock, one or two for each currency, an admin and some customers, made over HTTP before
//! anything breaks.

use serde_json::json;

use super::dice::Dice;
use super::fleet::Fleet;
use crate::console::Step;
use crate::failure::{Failure, Result};
use crate::up::client::{Client, text};
use crate::up::marketplace::{self, ADMIN, SHOPS};
use crate::workspace;

const PURPOSE: u64 = 2;
/// Of each shop: few, so that they sell out and are fought over.
const VARIANTS_PER_SHOP: usize = 5;

/// The people and goods of a run. Tokens are valid for the whole run.
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
    /// The variants sold in a currency.
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
    marketplace::create_admin(fleet.binary("haat-api"), &password)?;
    let admin = visitor.token(ADMIN, &password)?;
    let operator = visitor.with_token(&admin);
    let mut shops = Vec::new();
    for demo in &SHOPS {
        marketplace::open_shop(
            &visitor,
            &operator,
            fleet.binary("haat-worker"),
            demo,
            &marketplace::shop_file(demo),
            &password,
        )?;
        let token = visitor.token(demo.email, &password)?;
        let shop = Shop { token, currency: demo.currency, variants: variants(&visitor, demo.slug)? };
        count(&visitor.with_token(&shop.token), &shop, &mut dice)?;
        shops.push(shop);
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

/// How many pieces of each there are.
fn count(owner: &Client, shop: &Shop, dice: &mut Dice) -> Result<()> {
    for variant in &shop.variants {
        let stock = json!({ "set": dice.between(5, 60), "reason": "opening count" });
        owner.post(&format!("/api/variants/{variant}/stock"), &stock)?;
    }
    Ok(())
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
