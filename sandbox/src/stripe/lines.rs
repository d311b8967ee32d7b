//! Reading the line items and shipping options of a Checkout Session. There are no prices and rates by id:
//! each is made of its data.

use super::amounts::{UnitAmount, check, read_currency, too_large};
use super::model::{Line, Product, Shipping};
use super::params::Params;
use super::refusal::Refusal;
use crate::ids::token;

/// The lines and their currency.
pub fn read_lines(params: &mut Params) -> Result<(String, Vec<Line>), Refusal> {
    let items = params.objects("line_items")?;
    if items.is_empty() {
        return Err(Refusal::parameter_missing("line_items"));
    }
    if items.len() > 100 {
        return Err(Refusal::invalid(
            "line_items",
            "Array line_items exceeded maximum 100 allowed elements.",
        ));
    }
    let mut currency: Option<String> = None;
    let mut lines = Vec::with_capacity(items.len());
    for item in items {
        let (here, place, line) = read_line(item)?;
        if *currency.get_or_insert_with(|| here.clone()) != here {
            let message = "You cannot combine currencies on a single Checkout Session.";
            return Err(Refusal::invalid(&place, message));
        }
        lines.push(line);
    }
    let currency = currency.unwrap_or_default();
    let expected = params.text("currency")?.map(|expected| expected.to_ascii_lowercase());
    if let Some(expected) = expected.filter(|expected| *expected != currency) {
        let message = format!(
            "The price specified only supports `{currency}`. This doesn't match the expected currency: `{expected}`."
        );
        return Err(Refusal::invalid("currency", message));
    }
    Ok((currency, lines))
}

/// A line, with its currency and where in the request that is named.
fn read_line(mut item: Params) -> Result<(String, String, Line), Refusal> {
    if let Some(price) = item.text("price")? {
        let message = format!("No such price: '{price}'");
        return Err(Refusal::coded("resource_missing", &item.name_of("price"), message));
    }
    let mut price = item.object("price_data")?.ok_or_else(|| item.missing("price_data"))?;
    let (place, currency) = (price.name_of("currency"), read_currency(&mut price)?);
    let quantity = item.positive("quantity")?.ok_or_else(|| item.missing("quantity"))?;
    let unit = UnitAmount::read(&mut price, &currency)?;
    let amount = unit.times(quantity).ok_or_else(|| too_large(&price.name_of("unit_amount")))?;
    let tail = token("", 23);
    let line = Line {
        id: format!("li_1{tail}"),
        price: format!("price_1{tail}"),
        unit,
        amount,
        quantity,
        metadata: item.metadata()?,
        tax_behavior: price.word("tax_behavior"),
        product: read_product(&mut price)?,
    };
    item.finish()?;
    price.finish()?;
    Ok((currency, place, line))
}

fn read_product(price: &mut Params) -> Result<Product, Refusal> {
    let (data, id) = (price.object("product_data")?, price.text("product")?);
    let Some(mut data) = data else {
        let id = id.ok_or_else(|| price.missing("product_data"))?;
        return Ok(Product { name: id.clone(), id, ..Product::default() });
    };
    if id.is_some() {
        let message = "You may only specify one of these parameters: product, product_data.";
        return Err(Refusal::invalid(&price.name_of("product"), message));
    }
    let product = Product {
        id: token("prod_", 14),
        name: data.required("name")?,
        description: data.text("description")?,
        images: data.texts("images")?,
        metadata: data.metadata()?,
        unit_label: data.text("unit_label")?,
    };
    data.finish()?;
    Ok(product)
}

pub fn read_shipping(params: &mut Params, currency: &str) -> Result<Vec<Shipping>, Refusal> {
    let options = params.objects("shipping_options")?;
    if options.len() > 5 {
        return Err(Refusal::invalid("shipping_options", "At most 5 shipping options are allowed."));
    }
    options.into_iter().map(|option| read_option(option, currency)).collect()
}

fn read_option(mut option: Params, currency: &str) -> Result<Shipping, Refusal> {
    if let Some(rate) = option.text("shipping_rate")? {
        let message = format!("No such shipping rate: '{rate}'");
        return Err(Refusal::coded("resource_missing", &option.name_of("shipping_rate"), message));
    }
    let mut data =
        option.object("shipping_rate_data")?.ok_or_else(|| option.missing("shipping_rate_data"))?;
    option.finish()?;
    data.word("type");
    let mut fixed = data.object("fixed_amount")?.ok_or_else(|| data.missing("fixed_amount"))?;
    let amount = fixed.natural("amount")?.ok_or_else(|| fixed.missing("amount"))?;
    if read_currency(&mut fixed)? != currency {
        let message = "The shipping rate must have the currency of the line items.";
        return Err(Refusal::invalid(&fixed.name_of("currency"), message));
    }
    check(amount, currency, &fixed.name_of("amount"))?;
    fixed.finish()?;
    let shipping = Shipping {
        id: token("shr_1", 23),
        name: data.required("display_name")?,
        amount,
        metadata: data.metadata()?,
        tax_behavior: data.word("tax_behavior"),
    };
    data.finish()?;
    Ok(shipping)
}
