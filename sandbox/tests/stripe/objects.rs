//! Objects as Stripe's document has them: what it requires is there, what it has as a text or nothing is never
//! null; and ids are expanded into objects along any path of them.

use serde_json::{Value, json};

use crate::shop::{Shop, error, id, mugs, open_shop, text};

/// The fields that an object must have, those of the newest clients included.
const REQUIRED: [(&str, &str); 10] = [
    (
        "checkout.session",
        "automatic_tax created custom_fields custom_text expires_at id livemode mode payment_method_types \
         payment_status shipping_options success_url status ui_mode url locale currency metadata client_secret",
    ),
    (
        "payment_intent",
        "amount capture_method confirmation_method created currency id livemode payment_method_types status \
         payment_method customer shipping receipt_email last_payment_error",
    ),
    (
        "charge",
        "amount amount_captured amount_refunded billing_details captured created currency disputed id livemode \
         metadata paid refunded status payment_method payment_method_details outcome receipt_url",
    ),
    ("refund", "amount created currency id payment_method source_transfer_reversal"),
    (
        "dispute",
        "amount balance_transactions charge created currency evidence evidence_details id is_charge_refundable \
         livemode metadata reason status enhanced_eligibility_types intended_submission_method",
    ),
    (
        "balance_transaction",
        "amount available_on balance_type created currency fee fee_details id net reporting_category status type",
    ),
    (
        "item",
        "amount_discount amount_subtotal amount_tax amount_total currency description id metadata price quantity",
    ),
    (
        "price",
        "active billing_scheme created currency id livemode metadata product type unit_amount unit_amount_decimal",
    ),
    ("payout", "amount arrival_date automatic created currency id method payout_method reversed_by trace_id"),
    ("product", "active created id images livemode marketing_features metadata name type updated"),
];

/// What is a text or not there at all.
const NEVER_NULL: [(&str, &str); 3] = [
    ("refund", "failure_reason failure_balance_transaction instructions_email pending_reason"),
    ("charge", "transfer"),
    ("checkout.session", "return_url redirect_on_completion"),
];

fn check(value: &Value, path: &str) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| check(item, path)),
        Value::Object(fields) => {
            let kind = value["object"].as_str().unwrap_or_default();
            let named = |table: &'static [(&str, &str)]| {
                let of_kind = table.iter().filter(|(known, _)| *known == kind);
                of_kind.flat_map(|(_, fields)| fields.split_whitespace()).collect::<Vec<_>>()
            };
            for field in named(&REQUIRED) {
                assert!(fields.contains_key(field), "{path}: {kind} has no {field}");
            }
            for field in named(&NEVER_NULL) {
                assert!(fields.get(field) != Some(&Value::Null), "{path}: {kind} has a {field} of null");
            }
            fields.values().for_each(|inner| check(inner, path));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A disputed payment of a session with shipping, of which a part was refunded; its PaymentIntent.
async fn busy_shop() -> (Shop, String) {
    let shop = open_shop().await;
    let rate = "shipping_options[0][shipping_rate_data]";
    let names = ["[display_name]", "[type]", "[fixed_amount][amount]", "[fixed_amount][currency]"];
    let names = names.map(|name| format!("{rate}{name}"));
    let mut form = mugs();
    form.extend(names.iter().map(String::as_str).zip(["Post", "fixed_amount", "500", "usd"]));
    let session = shop.call("/v1/checkout/sessions", &form).await;
    shop.click(id(&session), "4000000000000002").await;
    shop.click(id(&session), "4242424242424242").await;
    let seen = shop.read(&format!("/v1/checkout/sessions/{}", id(&session))).await;
    let payment = text(&seen, "payment_intent");
    shop.refund(&payment, "100").await;
    shop.sandbox.stripe_bank().dispute(&payment, haat_sandbox::stripe::Accusation::Fraudulent, Some(200));
    (shop, payment)
}

#[tokio::test]
async fn every_object_has_what_stripe_requires() {
    let (shop, payment) = busy_shop().await;
    shop.call("/v1/payouts", &[("amount", "100"), ("currency", "usd")]).await;
    for path in [
        "/v1/checkout/sessions?expand[]=data.line_items",
        "/v1/payment_intents?expand[]=data.latest_charge.refunds",
        "/v1/charges",
        "/v1/refunds",
        "/v1/disputes?expand[]=data.charge",
        "/v1/balance_transactions?expand[]=data.source",
        "/v1/payouts",
        "/v1/events?limit=100",
    ] {
        let list = shop.read(path).await;
        assert!(!list["data"].as_array().unwrap().is_empty(), "{path}");
        check(&list, path);
    }
    shop.deliveries().await.iter().for_each(|delivery| check(&delivery.event(), "an event"));
    let dispute = &shop.read("/v1/disputes").await["data"][0];
    assert_eq!(dispute["evidence"]["enhanced_evidence"], json!({}));
    assert_eq!(dispute["evidence_details"]["submission_method"], "not_submitted");
    let charge = &shop.read(&format!("/v1/charges?payment_intent={payment}")).await["data"][0];
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
}

#[tokio::test]
async fn ids_are_expanded_along_any_path() {
    let (shop, payment) = busy_shop().await;
    let session = text(&shop.read("/v1/checkout/sessions").await["data"][0], "id");
    let refund = text(&shop.read("/v1/refunds").await["data"][0], "id");
    let charge = text(&shop.read(&format!("/v1/payment_intents/{payment}")).await, "latest_charge");
    let (cs, pi) = (format!("/v1/checkout/sessions/{session}"), format!("/v1/payment_intents/{payment}"));
    let (re, ch) = (format!("/v1/refunds/{refund}"), format!("/v1/charges/{charge}"));
    for (path, expand, pointer, wanted) in [
        (&cs, "customer", "/customer", Value::Null),
        (
            &cs,
            "payment_intent.latest_charge.balance_transaction",
            "/payment_intent/latest_charge/balance_transaction/object",
            json!("balance_transaction"),
        ),
        (&cs, "payment_intent.payment_method", "/payment_intent/payment_method/card/last4", json!("4242")),
        (&cs, "line_items.data.price.product", "/line_items/data/0/price/product/name", json!("Mug <blue>")),
        (&cs, "shipping_cost.shipping_rate", "/shipping_cost/shipping_rate/display_name", json!("Post")),
        (&cs, "total_details.breakdown", "/total_details/breakdown/taxes", json!([])),
        (&pi, "customer", "/customer", Value::Null),
        (&pi, "payment_method", "/payment_method/type", json!("card")),
        (&pi, "latest_charge.refunds", "/latest_charge/refunds/data/0/id", json!(refund)),
        (&pi, "latest_charge.dispute", "/latest_charge/dispute/amount", json!(200)),
        (&ch, "refunds", "/refunds/data/0/amount", json!(100)),
        (&ch, "dispute", "/dispute/object", json!("dispute")),
        (&ch, "refunds.data.payment_method", "/refunds/data/0/payment_method/type", json!("card")),
        (&re, "charge.balance_transaction", "/charge/balance_transaction/type", json!("charge")),
    ] {
        let seen = shop.read(&format!("{path}?expand[]={expand}")).await;
        assert_eq!(seen.pointer(pointer), Some(&wanted), "{path} {expand}");
    }
    let listed = shop.read("/v1/refunds?expand[]=data.payment_intent.latest_charge").await;
    assert_eq!(listed["data"][0]["payment_intent"]["latest_charge"]["id"], json!(charge));
    let lines = shop.read(&format!("{cs}/line_items?expand[]=data.price.product")).await;
    assert_eq!(lines["data"][0]["price"]["product"]["object"], "product");
    for (path, expand) in [
        (&re, "charge.payment_intent.latest_charge.refunds.data"),
        (&re, "charge.colour"),
        (&re, "data.charge"),
        (&pi, "latest_charge.amount"),
    ] {
        let refused = error(shop.get(&format!("{path}?expand[]={expand}")).send().await.unwrap(), 400).await;
        assert_eq!(refused["param"], "expand", "{expand}");
    }
}

#[tokio::test]
async fn what_is_not_here_is_shown_by_id_and_kind() {
    let shop = open_shop().await;
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("customer", "cus_1"),
        ("transfer_data[destination]", "acct_1"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("expand[]", "customer"),
        ("expand[]", "transfer_data.destination"),
    ];
    let paid = shop.call("/v1/payment_intents", &form).await;
    assert_eq!((&paid["customer"]["id"], &paid["customer"]["object"]), (&json!("cus_1"), &json!("customer")));
    assert_eq!(paid["transfer_data"]["destination"], json!({"id": "acct_1", "object": "account"}));
    let refund = [
        ("payment_intent", id(&paid)),
        ("reverse_transfer", "true"),
        ("expand[]", "transfer_reversal.transfer"),
    ];
    let refund = shop.call("/v1/refunds", &refund).await;
    assert_eq!(refund["transfer_reversal"]["transfer"]["object"], "transfer");
}
