//! Stripe's JSON of a Checkout Session and of what it sells. Prices, products and shipping rates are made for
//! one session each, and are found nowhere but in it.

use serde_json::{Value, json};

use super::model::{Line, Session, SessionStatus, Shipping, shipping_amount};
use super::render::{client_secret, merge, present};

pub fn session(session: &Session, public_url: &str) -> Value {
    let open = session.status == SessionStatus::Open;
    let url = (open && session.is_hosted()).then(|| format!("{public_url}/stripe/pay/{}", session.id));
    let shipping = shipping_amount(&session.shipping);
    let mut object = json!({
        "id": session.id,
        "object": "checkout.session",
        "adaptive_pricing": null,
        "after_expiration": null,
        "allow_promotion_codes": null,
        "allowed_payment_method_types": null,
        "amount_subtotal": session.subtotal(),
        "amount_total": session.total(),
        "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
        "billing_address_collection": null,
        "cancel_url": session.cancel_url,
        "client_reference_id": session.client_reference_id,
        "client_secret": (open && !session.is_hosted()).then(|| client_secret(&session.id)),
        "collected_information": collected(session),
        "consent": null,
        "consent_collection": null,
        "created": session.created,
        "currency": session.currency,
        "currency_conversion": null,
        "custom_fields": [],
        "custom_text": custom_text(),
        "customer": session.customer,
        "customer_account": null,
        "customer_creation": session.customer_creation,
        "customer_details": customer_details(session),
        "customer_email": session.customer_email,
        "discounts": [],
        "expires_at": session.expires_at,
        "integration_identifier": null,
        "invoice": null,
        "invoice_creation": null,
        "livemode": false,
        "locale": null,
        "managed_payments": null,
        "metadata": session.metadata,
        "mode": "payment",
        "origin_context": null,
        "payment_intent": session.payment,
        "payment_link": null,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": session.payment_status(),
        "permissions": null,
        "phone_number_collection": {"enabled": false},
        "recovered_from": null,
        "saved_payment_method_options": null,
        "setup_intent": null,
        "shipping_address_collection": null,
        "shipping_cost": shipping_cost(session),
        "shipping_options": session.shipping.iter().map(shipping_option).collect::<Vec<_>>(),
        "status": session.status.as_str(),
        "submit_type": null,
        "subscription": null,
        "success_url": session.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": shipping, "amount_tax": 0},
        "ui_mode": session.ui_mode,
        "url": url,
        "wallet_options": null,
    });
    let (redirect, back) = (session.redirect_on_completion, session.return_url.as_deref());
    present(&mut object, &[("redirect_on_completion", redirect), ("return_url", back)]);
    merge(&mut object, &session.shown);
    object
}

fn custom_text() -> Value {
    json!({"after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null})
}

fn customer_details(session: &Session) -> Option<Value> {
    (session.status == SessionStatus::Complete || session.customer_email.is_some()).then(|| {
        json!({
            "address": null,
            "business_name": null,
            "email": session.customer_email.as_deref().unwrap_or("customer@example.com"),
            "individual_name": null,
            "name": null,
            "phone": null,
            "tax_exempt": "none",
            "tax_ids": [],
        })
    })
}

/// Where to send the goods: what the shop has set, or what the customer told on the page that asked him.
fn collected(session: &Session) -> Option<Value> {
    let asked = || {
        let countries = session.shown.get("shipping_address_collection")?.get("allowed_countries")?;
        let country = countries.get(0)?;
        (session.status == SessionStatus::Complete).then(|| {
            let address = json!({"city": "Springfield", "country": country, "line1": "1 Main Street", "line2": null,
                "postal_code": "12345", "state": null});
            json!({"address": address, "name": "Sandbox Customer"})
        })
    };
    let shipping = session.collected_shipping.clone().or_else(asked)?;
    Some(json!({"business_name": null, "individual_name": null, "shipping_details": shipping}))
}

fn shipping_cost(session: &Session) -> Option<Value> {
    session.shipping.first().map(|option| {
        json!({"amount_subtotal": option.amount, "amount_tax": 0, "amount_total": option.amount,
            "shipping_rate": option.id})
    })
}

fn shipping_option(option: &Shipping) -> Value {
    json!({"shipping_amount": option.amount, "shipping_rate": option.id})
}

pub fn line(line: &Line, session: &Session) -> Value {
    json!({
        "id": line.id,
        "object": "item",
        "adjustable_quantity": null,
        "amount_discount": 0,
        "amount_subtotal": line.amount,
        "amount_tax": 0,
        "amount_total": line.amount,
        "currency": session.currency,
        "description": line.product.name,
        "metadata": line.metadata,
        "price": price(line, session),
        "quantity": line.quantity,
    })
}

fn price(line: &Line, session: &Session) -> Value {
    json!({
        "id": line.price,
        "object": "price",
        "active": false,
        "billing_scheme": "per_unit",
        "created": session.created,
        "currency": session.currency,
        "custom_unit_amount": null,
        "livemode": false,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": line.product.id,
        "recurring": null,
        "tax_behavior": line.tax_behavior.unwrap_or("unspecified"),
        "tiers_mode": null,
        "transform_quantity": null,
        "type": "one_time",
        "unit_amount": line.unit.whole(),
        "unit_amount_decimal": line.unit.decimal(),
    })
}

/// The product, if a line of the session sells it.
pub fn product(session: &Session, id: &str) -> Option<Value> {
    let line = session.lines.iter().find(|line| line.product.id == id)?;
    let product = &line.product;
    Some(json!({
        "id": product.id,
        "object": "product",
        "active": false,
        "created": session.created,
        "default_price": null,
        "description": product.description,
        "images": product.images,
        "livemode": false,
        "marketing_features": [],
        "metadata": product.metadata,
        "name": product.name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "tax_details": null,
        "type": "service",
        "unit_label": product.unit_label,
        "updated": session.created,
        "url": null,
    }))
}

/// The shipping rate, if the session offers it.
pub fn shipping_rate(session: &Session, id: &str) -> Option<Value> {
    let option = session.shipping.iter().find(|option| option.id == id)?;
    Some(json!({
        "id": option.id,
        "object": "shipping_rate",
        "active": true,
        "created": session.created,
        "delivery_estimate": null,
        "display_name": option.name,
        "fixed_amount": {"amount": option.amount, "currency": session.currency},
        "livemode": false,
        "metadata": option.metadata,
        "tax_behavior": option.tax_behavior.unwrap_or("unspecified"),
        "tax_code": null,
        "type": "fixed_amount",
    }))
}
