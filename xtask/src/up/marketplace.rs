//! The demo marketplace: an admin and shops that sell in the money of each gateway, made through the public interfaces
//! only, from CSV files in Shopify's format. What exists already is left as it is. Chaos opens the same shops.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::client::{Client, text};
use super::pictures;
use super::stack::Stack;
use crate::command;
use crate::console::Step;
use crate::failure::{Failure, Result};
use crate::services::state_dir;
use crate::workspace;

pub const ADMIN: &str = "admin@haat.example";

pub struct Shop {
    pub slug: &'static str,
    name: &'static str,
    owner: &'static str,
    pub email: &'static str,
    pub currency: &'static str,
}

pub const SHOPS: [Shop; 5] = [
    Shop {
        slug: "potters-lane",
        name: "Potters Lane",
        owner: "Rokeya Sultana",
        email: "rokeya@potters-lane.example",
        currency: "USD",
    },
    Shop {
        slug: "tea-and-spice",
        name: "Tea & Spice",
        owner: "Imran Hossain",
        email: "imran@tea-and-spice.example",
        currency: "USD",
    },
    Shop {
        slug: "nokshi-house",
        name: "Nokshi House",
        owner: "Shirin Akter",
        email: "shirin@nokshi-house.example",
        currency: "BDT",
    },
    Shop {
        slug: "lagos-loom",
        name: "Lagos Loom",
        owner: "Adaeze Okafor",
        email: "adaeze@lagos-loom.example",
        currency: "NGN",
    },
    Shop {
        slug: "addis-roast",
        name: "Addis Roast",
        owner: "Hirut Bekele",
        email: "hirut@addis-roast.example",
        currency: "ETB",
    },
];

/// The accounts that can sign in, and the admin.
pub struct Market {
    pub admin: Client,
    pub accounts: Vec<&'static str>,
    pub password: String,
}

/// The categories that `up` makes, each with the products' types that belong to it.
const CATEGORIES: [(&str, &[&str]); 6] = [
    ("Tableware", &["Mugs", "Bowls", "Plates"]),
    ("Kitchen", &["Kitchen", "Teaware"]),
    ("Home & garden", &["Home", "Vases", "Planters", "Lamps"]),
    ("Textiles & clothing", &["Textiles", "Clothing", "Shoes"]),
    ("Coffee & tea", &["Coffee", "Tea"]),
    ("Spices & pantry", &["Spices", "Pantry", "Gifts"]),
];

/// The admin's and the shops' accounts, categories, and products with pictures at the address `pictures`.
pub fn open(stack: &Stack, pictures: &str) -> Result<Market> {
    let password = match workspace::setting("HAAT_ADMIN_PASSWORD") {
        Some(password) => password,
        None => workspace::secret(&state_dir()?, "demo.password")?,
    };
    let admin = admin(stack, &password)?;
    let visitor = Client::new(&stack.api_url);
    for shop in &SHOPS {
        let step = Step::begin();
        let file = pictures::file_naming(pictures, shop.slug)?;
        let is_new = open_shop(&visitor, &admin, stack.binary("haat-worker"), shop, &file, &password)?;
        let state = if is_new { "opened, products imported" } else { "open" };
        step.done(&format!("{} ({}): {state}", shop.name, shop.currency));
    }
    sort_into_categories(&admin)?;
    let accounts = std::iter::once(ADMIN).chain(SHOPS.iter().map(|shop| shop.email)).collect();
    Ok(Market { admin, accounts, password })
}

fn admin(stack: &Stack, password: &str) -> Result<Client> {
    let step = Step::begin();
    create_admin(stack.binary("haat-api"), password)?;
    let client = Client::new(&stack.api_url).sign_in(ADMIN, password).map_err(|failure| {
        let advice = format!(
            "if {ADMIN} was made with another password, set HAAT_ADMIN_PASSWORD to it, or use an empty database"
        );
        Failure::new(failure.what, advice)
    })?;
    step.done("admin signed in");
    Ok(client)
}

/// Makes [`ADMIN`], if there is none; `api` is the binary with the settings of its product.
pub fn create_admin(mut api: Command, password: &str) -> Result<()> {
    api.args(["create-admin", "--email", ADMIN, "--name", "Demo Admin"]);
    api.env("HAAT_ADMIN_PASSWORD", password);
    command::output(&mut api, "see what it says; the database may need `haat-api migrate`").map(drop)
}

/// A shop that may sell and has products; whether they were imported now, by the binary `worker`.
pub fn open_shop(
    visitor: &Client,
    admin: &Client,
    worker: Command,
    shop: &Shop,
    products: &Path,
    password: &str,
) -> Result<bool> {
    let registered = match find(admin, shop)? {
        Some(vendor) => vendor,
        None => {
            register(visitor, shop, password)?;
            let what = format!("the shop {} was registered and is not found", shop.slug);
            find(admin, shop)?
                .ok_or_else(|| Failure::new(what, "see haat-api.log in target/services/logs"))?
        }
    };
    if registered["status"] == "pending" {
        let id = text(&registered, "/id")?;
        admin.post(&format!("/api/admin/vendors/{id}/verify"), &json!({}))?;
    }
    let listed = admin.get(&format!("/api/products?vendor={}", shop.slug))?;
    let is_empty = listed["results"].as_array().is_none_or(Vec::is_empty);
    if is_empty {
        import(worker, shop, products)?;
    }
    Ok(is_empty)
}

fn find(admin: &Client, shop: &Shop) -> Result<Option<Value>> {
    let page = admin.get(&format!("/api/admin/vendors?slug={}", shop.slug))?;
    Ok(page["results"].as_array().and_then(|results| results.first()).cloned())
}

fn register(visitor: &Client, shop: &Shop, password: &str) -> Result<()> {
    let application = json!({
        "email": shop.email,
        "password": password,
        "full_name": shop.owner,
        "shop_name": shop.name,
        "shop_slug": shop.slug,
    });
    visitor.post("/api/auth/register/vendor", &application).map(drop)
}

fn import(mut worker: Command, shop: &Shop, file: &Path) -> Result<()> {
    worker.args(["import", "products", "--vendor", shop.slug, "--format", "shopify"]);
    worker.args(["--currency", shop.currency]).arg(file);
    command::output(&mut worker, &format!("correct {}", shop_file(shop).display())).map(drop)
}

/// The products of a demo shop, in the repository.
pub fn shop_file(shop: &Shop) -> PathBuf {
    workspace::root().join("demo").join(format!("{}.csv", shop.slug))
}

/// Done once: if there are categories, the user has made them.
fn sort_into_categories(admin: &Client) -> Result<()> {
    if admin.get("/api/categories")?.as_array().is_some_and(|categories| !categories.is_empty()) {
        return Ok(());
    }
    let step = Step::begin();
    let products = admin.get("/api/products?limit=100")?;
    for (name, types) in CATEGORIES {
        let category = admin.post("/api/categories", &json!({ "name": name }))?;
        for product in products["results"].as_array().into_iter().flatten() {
            let path = format!("/api/products/{}", text(product, "/id")?);
            let kind = admin.get(&path)?["product_type"].clone();
            if kind.as_str().is_some_and(|kind| types.contains(&kind)) {
                admin.change(&path, &json!({ "category_id": category["id"] }))?;
            }
        }
    }
    step.done(&format!("{} categories made", CATEGORIES.len()));
    Ok(())
}
