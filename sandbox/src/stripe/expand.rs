//! `expand[]`: ids in an answer replaced by the objects they name, by Stripe's rule: any field that holds an
//! object, four levels deep, the `data` of a list being one. What is null stays null; any other field is
//! refused. The table says which fields hold what; objects that the sandbox does not have are shown as their
//! id and kind.

use serde_json::{Value, json};

use super::books::Books;
use super::model::Session;
use super::params::Params;
use super::refusal::Refusal;
use super::{dispute, methods, payouts, render, session_view, transfer, warnings};

const DEEPEST: usize = 4;

/// By kind of object, its fields that can be expanded, and after `>` what they hold: a kind, several, or the
/// list of one (`[item]`). A field without that is part of the object itself and there anyway.
const FIELDS: [(&str, &str); 25] = [
    (
        "checkout.session",
        "customer>customer invoice>invoice line_items>[item] payment_intent>payment_intent \
         payment_link>payment_link setup_intent>setup_intent shipping_cost>shipping_cost \
         shipping_options>shipping_option subscription>subscription total_details>total_details after_expiration \
         automatic_tax collected_information consent consent_collection currency_conversion custom_fields \
         custom_text customer_details discounts invoice_creation payment_method_options phone_number_collection \
         shipping_address_collection tax_id_collection",
    ),
    ("shipping_cost", "shipping_rate>shipping_rate taxes"),
    ("shipping_option", "shipping_rate>shipping_rate"),
    ("shipping_rate", "tax_code>tax_code delivery_estimate fixed_amount"),
    ("total_details", "breakdown"),
    ("item", "price>price discounts taxes"),
    ("price", "product>product currency_options custom_unit_amount recurring tiers transform_quantity"),
    ("product", "default_price>price tax_code>tax_code package_dimensions"),
    (
        "payment_intent",
        "application>application customer>customer invoice>invoice latest_charge>charge on_behalf_of>account \
         payment_method>payment_method payment_record>payment_record review>review source>source \
         transfer_data>transfer_data amount_details automatic_payment_methods last_payment_error next_action \
         payment_method_options processing shipping",
    ),
    ("transfer_data", "destination>account"),
    (
        "charge",
        "application>application application_fee>application_fee balance_transaction>balance_transaction \
         customer>customer dispute>dispute failure_balance_transaction>balance_transaction invoice>invoice \
         on_behalf_of>account payment_intent>payment_intent refunds>[refund] review>review source>source \
         source_transfer>transfer transfer>transfer transfer_data>transfer_data billing_details fraud_details \
         outcome payment_method_details radar_options shipping",
    ),
    (
        "refund",
        "balance_transaction>balance_transaction charge>charge customer>customer \
         failure_balance_transaction>balance_transaction payment_intent>payment_intent \
         payment_method>payment_method source_transfer_reversal>transfer_reversal \
         transfer_reversal>transfer_reversal destination_details next_action",
    ),
    (
        "dispute",
        "balance_transactions>balance_transaction charge>charge evidence>evidence payment_intent>payment_intent \
         evidence_details payment_method_details",
    ),
    (
        "evidence",
        "cancellation_policy>file customer_communication>file customer_signature>file \
         duplicate_charge_documentation>file receipt>file refund_policy>file service_documentation>file \
         shipping_documentation>file uncategorized_file>file enhanced_evidence",
    ),
    ("radar.early_fraud_warning", "charge>charge payment_intent>payment_intent"),
    (
        "transfer",
        "balance_transaction>balance_transaction destination>account destination_payment>charge \
         reversals>[transfer_reversal] source_transaction>charge",
    ),
    (
        "transfer_reversal",
        "balance_transaction>balance_transaction destination_payment_refund>refund source_refund>refund \
         transfer>transfer",
    ),
    (
        "payout",
        "application_fee>application_fee balance_transaction>balance_transaction destination>bank_account \
         failure_balance_transaction>balance_transaction original_payout>payout reversed_by>payout trace_id",
    ),
    (
        "balance_transaction",
        "source>charge|refund|dispute|transfer|transfer_reversal|payout|topup fee_details",
    ),
    ("balance", "available connect_reserved instant_available issuing pending refund_and_dispute_prefunding"),
    ("event", "data request"),
    (
        "customer",
        "default_source>source discount invoice_settings>invoice_settings test_clock>test_clock address \
         cash_balance shipping sources subscriptions tax tax_ids",
    ),
    ("invoice_settings", "default_payment_method>payment_method"),
    ("payment_method", "customer>customer billing_details card us_bank_account"),
    ("account", "business_profile capabilities company external_accounts individual requirements settings"),
];

/// The fields that are left out of an object until they are asked for.
const ON_DEMAND: [(&str, &str); 4] = [
    ("checkout.session", "line_items"),
    ("charge", "refunds"),
    ("charge", "dispute"),
    ("total_details", "breakdown"),
];

#[derive(Debug)]
pub struct Expand {
    kind: &'static str,
    listed: bool,
    paths: Vec<String>,
}

impl Expand {
    /// Of an endpoint that answers with one object of this kind.
    ///
    /// # Errors
    /// When a path is asked for that cannot be expanded.
    pub fn read(params: &mut Params, kind: &'static str) -> Result<Self, Refusal> {
        Self::checked(params, kind, false)
    }

    /// Of an endpoint that answers with a list of them: every path leads through `data`.
    ///
    /// # Errors
    /// When a path is asked for that cannot be expanded.
    pub fn read_listed(params: &mut Params, kind: &'static str) -> Result<Self, Refusal> {
        Self::checked(params, kind, true)
    }

    fn checked(params: &mut Params, kind: &'static str, listed: bool) -> Result<Self, Refusal> {
        let paths = params.texts("expand")?;
        for path in &paths {
            if path.split('.').count() > DEEPEST {
                let message =
                    format!("You cannot expand more than {DEEPEST} levels of a property. Property: {path}");
                return Err(Refusal::invalid("expand", message));
            }
            let within = if listed { leads(&format!("[{kind}]"), path) } else { leads(kind, path) };
            if let Err(field) = within {
                let message = format!("This property cannot be expanded ({field}).");
                return Err(Refusal::invalid("expand", message));
            }
        }
        Ok(Self { kind, listed, paths })
    }

    pub fn apply(&self, books: &Books, answer: Value) -> Value {
        self.apply_near(books, answer, None)
    }

    /// `near` is the session that the answer is a part of.
    pub fn apply_near(&self, books: &Books, mut answer: Value, near: Option<&Session>) -> Value {
        for path in &self.paths {
            let path: Vec<&str> = path.split('.').collect();
            if self.listed {
                if let Some(items) = answer.get_mut("data") {
                    open(books, items, self.kind, &path[1..], near);
                }
            } else {
                open(books, &mut answer, self.kind, &path, near);
            }
        }
        answer
    }
}

/// What a field of one of these kinds holds: kinds, a list, or nothing further.
fn held(kinds: &str, field: &str) -> Option<&'static str> {
    kinds.split('|').find_map(|kind| {
        let (_, fields) = FIELDS.iter().find(|(known, _)| *known == kind)?;
        fields.split_whitespace().find_map(|known| {
            let (name, holds) = known.split_once('>').unwrap_or((known, ""));
            (name == field).then_some(holds)
        })
    })
}

/// Whether a path can be followed; else the field where it cannot.
fn leads<'a>(kinds: &str, path: &'a str) -> Result<(), &'a str> {
    let (field, rest) = path.split_once('.').map_or((path, None), |(field, rest)| (field, Some(rest)));
    let holds = match kinds.strip_prefix('[') {
        Some(items) if field == "data" => items.trim_end_matches(']'),
        Some(_) => return Err(field),
        None => held(kinds, field).ok_or(field)?,
    };
    rest.map_or(Ok(()), |rest| leads(holds, rest))
}

fn open<'a>(books: &'a Books, value: &mut Value, kind: &str, path: &[&str], near: Option<&'a Session>) {
    if let Value::Array(items) = value {
        items.iter_mut().for_each(|item| open(books, item, kind, path, near));
        return;
    }
    let Some((&field, rest)) = path.split_first() else { return };
    if !value.is_object() {
        return;
    }
    let kind = value["object"].as_str().filter(|kind| *kind != "list").unwrap_or(kind).to_owned();
    if value["object"] == "list" {
        open(books, &mut value["data"], &kind, rest, near);
        return;
    }
    let near = match (kind.as_str(), value["id"].as_str()) {
        ("checkout.session", Some(id)) => books.sessions.get(id),
        _ => near,
    };
    if value.get(field).is_none() && ON_DEMAND.contains(&(kind.as_str(), field)) {
        value[field] = on_demand(books, value, field, near);
    }
    let holds = held(&kind, field).unwrap_or_default();
    let Some(inner) = value.get_mut(field) else { return };
    if let Some(found) = inner.as_str().and_then(|id| find(books, holds, id, near)) {
        *inner = found;
    }
    open(books, inner, holds.trim_matches(['[', ']']), rest, near);
}

fn on_demand(books: &Books, value: &Value, field: &str, near: Option<&Session>) -> Value {
    let list = |url: String, data: Vec<Value>| json!({"object": "list", "url": url, "has_more": false, "data": data});
    let payment = || books.payments.get(value["payment_intent"].as_str()?);
    match field {
        "line_items" => near.map_or(Value::Null, |session| {
            let lines = session.lines.iter().map(|line| session_view::line(line, session)).collect();
            list(format!("/v1/checkout/sessions/{}/line_items", session.id), lines)
        }),
        "refunds" => {
            let charge = value["id"].as_str().unwrap_or_default();
            let ids = payment().map(|payment| payment.refunds.as_slice()).unwrap_or_default();
            let refunds = ids.iter().rev().filter_map(|id| books.refunds.get(id));
            let refunds = refunds.filter(|refund| refund.charge == charge).map(render::refund).collect();
            list(format!("/v1/charges/{charge}/refunds"), refunds)
        }
        "dispute" => {
            let disputed = value["disputed"].as_bool().unwrap_or_default();
            let latest = payment().filter(|_| disputed).and_then(|payment| payment.disputes.last());
            json!(latest)
        }
        _ => json!({"discounts": [], "taxes": []}),
    }
}

/// The object with this id; of a kind that is not here, its id and its kind.
fn find(books: &Books, holds: &str, id: &str, near: Option<&Session>) -> Option<Value> {
    let sold = || match holds {
        "product" => near.and_then(|session| session_view::product(session, id)),
        "shipping_rate" => near.and_then(|session| session_view::shipping_rate(session, id)),
        _ => None,
    };
    let absent = || {
        let alone = !holds.is_empty() && !holds.contains(['|', '[']);
        match holds {
            "customer" => Some(customer(id)),
            // Evidence may be any text here.
            "file" if !id.starts_with("file_") => None,
            kind if alone => Some(json!({"id": id, "object": kind})),
            _ => None,
        }
    };
    sold().or_else(|| by_id(books, id)).or_else(absent)
}

/// Customers are plain ids here, so all that is known of one is that.
fn customer(id: &str) -> Value {
    json!({
        "id": id,
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": 0,
        "currency": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": null,
        "invoice_settings":
            {"custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null},
        "livemode": false,
        "metadata": {},
        "name": null,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
    })
}

/// Any object that has an id of its own.
pub fn by_id(books: &Books, id: &str) -> Option<Value> {
    match id.split_once('_')?.0 {
        "pi" => books.payments.get(id).map(|found| render::payment(found, &books.public_url)),
        "re" => books.refunds.get(id).map(render::refund),
        "txn" => books.movements.get(id).map(|found| render::movement(found, books.now())),
        "tr" => books.transfers.get(id).map(transfer::render),
        "trr" => books.transfers.iter().find_map(|(_, found)| {
            let reversal = found.reversals.iter().find(|reversal| reversal.id == id)?;
            Some(transfer::render_reversal(reversal, &found.id, &found.currency))
        }),
        "po" => books.payouts.get(id).map(payouts::render),
        "issfr" => books.warnings.get(id).map(warnings::render),
        "cs" => books.sessions.get(id).map(|found| session_view::session(found, &books.public_url)),
        "dp" => books.disputes.get(id).map(|found| dispute::render(found, books)),
        "ch" => {
            let charge = books.charges.get(id)?;
            Some(render::charge(books.payments.get(&charge.payment)?, charge))
        }
        "pm" => {
            let payment = books.payments.get(&methods::payment_of(id))?;
            let charged =
                || payment.latest_charge().and_then(|id| books.charges.get(id)).map(|charge| charge.method);
            Some(methods::render(payment, payment.method.or_else(charged)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::leads;

    #[test]
    fn paths_follow_the_objects() {
        for (kind, path) in [
            ("checkout.session", "payment_intent.latest_charge.balance_transaction.source"),
            ("checkout.session", "line_items.data.price.product"),
            ("[refund]", "data.payment_intent.latest_charge"),
            ("[checkout.session]", "data"),
            ("balance_transaction", "source.payment_intent"),
            ("transfer", "reversals.data.source_refund"),
        ] {
            assert_eq!(leads(kind, path), Ok(()), "{kind} {path}");
        }
        for (kind, path, field) in [
            ("checkout.session", "payment_intent.latest_charge.colour", "colour"),
            ("checkout.session", "line_items.price", "price"),
            ("[refund]", "payment_intent", "payment_intent"),
            ("refund", "amount", "amount"),
            ("total_details", "breakdown.taxes", "taxes"),
        ] {
            assert_eq!(leads(kind, path), Err(field), "{kind} {path}");
        }
    }
}
