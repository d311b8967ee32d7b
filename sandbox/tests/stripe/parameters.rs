//! The parameters of the announced API version: carried out, shown, taken without effect, refused because
//! they are not simulated, or unknown as at Stripe.

use serde_json::{Value, json};

use crate::shop::{Shop, data, error, id, ids, json as json_of, mugs, open_shop, text};

fn mugs_and<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<(&str, &str)> = mugs();
    form.extend(more);
    form
}

fn embedded<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let form = mugs().into_iter().filter(|(name, _)| !name.ends_with("_url"));
    let ways =
        [("ui_mode", "embedded_page"), ("return_url", "https://shop.example/back?s={CHECKOUT_SESSION_ID}")];
    form.chain(ways).chain(more.iter().copied()).collect()
}

async fn paid_intent(shop: &Shop, more: &[(&str, &str)]) -> Value {
    let mut form = vec![("amount", "2000"), ("currency", "usd"), ("confirm", "true")];
    form.extend(more);
    shop.call("/v1/payment_intents", &form).await
}

#[tokio::test]
async fn what_a_session_is_given_is_carried_out_or_shown() {
    let shop = open_shop().await;
    let session = shop
        .call(
            "/v1/checkout/sessions",
            &mugs_and(&[
                ("currency", "usd"),
                ("adaptive_pricing[enabled]", "false"),
                ("automatic_tax[enabled]", "false"),
                ("branding_settings[display_name]", "Shop"),
                ("consent_collection[terms_of_service]", "none"),
                ("custom_text[submit][message]", "Order 7"),
                ("customer_creation", "always"),
                ("excluded_payment_method_types[0]", "klarna"),
                ("integration_identifier", "shop_1"),
                ("line_items[0][metadata][sku]", "mug"),
                ("line_items[0][price_data][product_data][tax_details][tax_code]", "txcd_1"),
                ("locale", "de"),
                ("name_collection[individual][enabled]", "true"),
                ("origin_context", "web"),
                ("payment_intent_data[receipt_email]", "a@b.example"),
                ("payment_method_data[allow_redisplay]", "always"),
                ("payment_method_options[card][request_three_d_secure]", "any"),
                ("phone_number_collection[enabled]", "true"),
                ("shipping_address_collection[allowed_countries][0]", "BD"),
                ("wallet_options[link][display]", "never"),
            ]),
        )
        .await;
    for (field, wanted) in [
        ("adaptive_pricing", json!({"enabled": false})),
        (
            "consent_collection",
            json!({"payment_method_reuse_agreement": null, "promotions": null, "terms_of_service": "none"}),
        ),
        ("excluded_payment_method_types", json!(["klarna"])),
        ("locale", json!("de")),
        ("phone_number_collection", json!({"enabled": true})),
        ("collected_information", Value::Null),
    ] {
        assert_eq!(session[field], wanted, "{field}");
    }
    assert_eq!(session["custom_text"]["submit"]["message"], "Order 7");
    assert_eq!(
        session["automatic_tax"],
        json!({"enabled": false, "liability": null, "provider": null, "status": null})
    );
    let path = format!("/v1/checkout/sessions/{}", id(&session));
    let lines = shop.read(&format!("{path}/line_items")).await;
    assert_eq!(lines["data"][0]["metadata"], json!({"sku": "mug"}));
    assert_eq!(shop.click(id(&session), "4242424242424242").await.status(), 303);
    let paid = shop.read(&format!("{path}?expand[]=payment_intent")).await;
    assert!(paid["customer"].as_str().unwrap().starts_with("cus_"));
    assert_eq!(paid["payment_intent"]["customer"], paid["customer"]);
    assert_eq!(paid["payment_intent"]["receipt_email"], "a@b.example");
    assert_eq!(paid["collected_information"]["shipping_details"]["address"]["country"], "BD");
}

#[tokio::test]
async fn a_price_finer_than_a_cent_is_rounded_after_multiplying() {
    let shop = open_shop().await;
    let prices = mugs_and(&[]).into_iter().filter(|(name, _)| !name.ends_with("[unit_amount]"));
    let fine = ("line_items[0][price_data][unit_amount_decimal]", "50.25");
    let session = shop.call("/v1/checkout/sessions", &prices.chain([fine]).collect::<Vec<_>>()).await;
    assert_eq!(session["amount_total"], 101);
    let lines = shop.read(&format!("/v1/checkout/sessions/{}/line_items", id(&session))).await;
    let price = &data(&lines)[0]["price"];
    assert_eq!((&price["unit_amount"], &price["unit_amount_decimal"]), (&Value::Null, &json!("50.25")));
    let both = mugs_and(&[fine]);
    let refused = shop.refused("/v1/checkout/sessions", &both, 400).await;
    assert_eq!(refused["param"], fine.0);
}

#[tokio::test]
async fn what_the_sandbox_cannot_do_as_stripe_does_is_refused_in_clear_words() {
    let shop = open_shop().await;
    for (name, value) in [
        ("automatic_tax[enabled]", "true"),
        ("invoice_creation[enabled]", "true"),
        ("line_items[0][price_data][recurring][interval]", "month"),
        ("line_items[0][tax_rates][0]", "txr_1"),
        ("optional_items[0][price]", "price_1"),
        ("payment_method_options[card][capture_method]", "manual"),
        ("setup_intent_data[description]", "d"),
        ("subscription_data[trial_period_days]", "3"),
    ] {
        let refused = shop.refused("/v1/checkout/sessions", &mugs_and(&[(name, value)]), 400).await;
        assert!(text(&refused, "message").contains("does not simulate"), "{name}: {refused}");
        assert!(name.starts_with(&text(&refused, "param")), "{name}: {refused}");
    }
    let token = [("amount", "2000"), ("currency", "usd"), ("confirmation_token", "ctoken_1")];
    let refused = shop.refused("/v1/payment_intents", &token, 400).await;
    assert_eq!((&refused["code"], &refused["param"]), (&Value::Null, &json!("confirmation_token")));
}

#[tokio::test]
async fn what_stripe_refuses_is_refused() {
    let shop = open_shop().await;
    let kwd = ("line_items[0][price_data][currency]", "kwd");
    for (form, param, code) in [
        (
            mugs_and(&[("line_items[0][price_data][currency]", "xxx")]),
            "line_items[0][price_data][currency]",
            None,
        ),
        (
            mugs_and(&[kwd, ("line_items[0][price_data][unit_amount]", "5255")]),
            "line_items[0][price_data][unit_amount]",
            None,
        ),
        (mugs_and(&[("currency", "eur")]), "currency", None),
        (mugs_and(&[("ui_mode", "embedded_page")]), "success_url", None),
        (mugs_and(&[("return_url", "https://shop.example/back")]), "return_url", None),
        (embedded(&[("redirect_on_completion", "never")]), "return_url", None),
        (mugs_and(&[("payment_method_collection", "if_required")]), "payment_method_collection", None),
        (mugs_and(&[("payment_method_types[0]", "card")]), "payment_method_types", Some("parameter_unknown")),
        (mugs_and(&[("locale", "")]), "locale", Some("parameter_invalid_empty")),
        (mugs_and(&[("customer", "cus_1"), ("customer_creation", "always")]), "customer_creation", None),
    ] {
        let refused = shop.refused("/v1/checkout/sessions", &form, 400).await;
        assert_eq!((refused["param"].as_str(), refused["code"].as_str()), (Some(param), code), "{refused}");
    }
    let earlier = shop.post("/v1/checkout/sessions", &mugs_and(&[("payment_method_types[0]", "card")]));
    let earlier = earlier.header("stripe-version", "2024-06-20").send().await.unwrap();
    assert_eq!(earlier.status(), 200);
    for (path, form) in [
        ("/v1/payment_intents", [("amount", "5255"), ("currency", "kwd"), ("description", "d")]),
        ("/v1/transfers", [("amount", "5255"), ("currency", "kwd"), ("destination", "acct_1")]),
        ("/v1/payouts", [("amount", "5255"), ("currency", "kwd"), ("description", "d")]),
    ] {
        assert_eq!(shop.refused(path, &form, 400).await["param"], "amount", "{path}");
    }
}

#[tokio::test]
async fn a_session_in_the_shops_own_page_comes_back_there() {
    let shop = open_shop().await;
    let session = shop.call("/v1/checkout/sessions", &embedded(&[])).await;
    assert_eq!((&session["url"], &session["ui_mode"]), (&Value::Null, &json!("embedded_page")));
    assert!(text(&session, "client_secret").starts_with(id(&session)));
    assert_eq!(session["redirect_on_completion"], "always");
    let back = shop.click(id(&session), "4242424242424242").await;
    assert_eq!(back.headers()["location"], format!("https://shop.example/back?s={}", id(&session)));

    let stays = embedded(&[("redirect_on_completion", "never")]);
    let stays: Vec<_> = stays.into_iter().filter(|(name, _)| *name != "return_url").collect();
    let session = shop.call("/v1/checkout/sessions", &stays).await;
    let page = shop.click(id(&session), "4242424242424242").await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Paid"));
}

#[tokio::test]
async fn a_session_is_updated() {
    let shop = open_shop().await;
    let hosted = shop.open_session().await;
    let path = format!("/v1/checkout/sessions/{hosted}");
    let changed = shop.call(&path, &[("metadata[note]", "gift"), ("metadata[order_id]", "")]).await;
    assert_eq!(changed["metadata"], json!({"note": "gift"}));
    let rate = "shipping_options[0][shipping_rate_data]";
    let names = ["[display_name]", "[type]", "[fixed_amount][amount]", "[fixed_amount][currency]"];
    let names = names.map(|name| format!("{rate}{name}"));
    let post: Vec<_> = names.iter().map(String::as_str).zip(["Post", "fixed_amount", "500", "usd"]).collect();
    assert_eq!(shop.call(&path, &post).await["amount_total"], 4498);
    let dear = post.iter().map(|(name, value)| (*name, if *value == "500" { "99999999" } else { *value }));
    let dear: Vec<_> = dear.chain([("metadata[note]", "dear")]).collect();
    assert_eq!(shop.refused(&path, &dear, 400).await["code"], "amount_too_large");
    let unchanged = shop.read(&path).await;
    assert_eq!((&unchanged["amount_total"], &unchanged["metadata"]["note"]), (&json!(4498), &json!("gift")));
    assert_eq!(shop.call(&path, &[("shipping_options", "")]).await["amount_total"], 3998);
    let refused = shop.refused(&path, &[("payment_intent_data[description]", "d")], 400).await;
    assert_eq!(refused["param"], "payment_intent_data");
    let refused = shop.refused(&path, &[("line_items[0][id]", "li_1")], 400).await;
    assert!(text(&refused, "message").contains("does not simulate"));
    shop.click(&hosted, "4242424242424242").await;
    assert_eq!(shop.call(&path, &[("metadata[late]", "1")]).await["metadata"]["late"], "1");
    shop.refused(&path, &post, 400).await;
    shop.refused("/v1/checkout/sessions/cs_none", &[("metadata[a]", "b")], 404).await;

    let within = shop.call("/v1/checkout/sessions", &embedded(&[])).await;
    let details = "collected_information[shipping_details]";
    let address = [
        (format!("{details}[name]"), "Ann"),
        (format!("{details}[address][country]"), "BD"),
        (format!("{details}[address][line1]"), "Road 1"),
        ("payment_intent_data[description]".to_owned(), "Order 7"),
    ];
    let address: Vec<_> = address.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let path = format!("/v1/checkout/sessions/{}", id(&within));
    let changed = shop.call(&path, &address).await;
    assert_eq!(changed["collected_information"]["shipping_details"]["address"]["line1"], "Road 1");
    shop.click(id(&within), "4242424242424242").await;
    let paid = shop.read(&format!("{path}?expand[]=payment_intent")).await;
    assert_eq!(paid["payment_intent"]["description"], "Order 7");
}

#[tokio::test]
async fn an_intent_is_given_its_method_as_data() {
    let shop = open_shop().await;
    let kind = |kind| ("payment_method_data[type]", kind);
    let number = |number| ("payment_method_data[card][number]", number);
    let card = paid_intent(&shop, &[kind("card"), number("4242424242424242")]).await;
    assert_eq!(card["status"], "succeeded");
    assert!(text(&card, "payment_method").starts_with("pm_"));
    let token = paid_intent(&shop, &[kind("card"), ("payment_method_data[card][token]", "tok_visa")]).await;
    assert_eq!(token["status"], "succeeded");
    let debit =
        paid_intent(&shop, &[kind("sepa_debit"), ("payment_method_data[sepa_debit][iban]", "DE89")]).await;
    assert_eq!(debit["status"], "processing");
    let away = paid_intent(&shop, &[kind("klarna"), ("return_url", "https://shop.example/back")]).await;
    assert_eq!(away["next_action"]["type"], "redirect_to_url");

    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        kind("card"),
        number("4000000000000002"),
        ("confirm", "true"),
    ];
    assert_eq!(shop.refused("/v1/payment_intents", &form, 402).await["code"], "card_declined");
    for (name, value, code) in [
        ("payment_method_data[card][number]", "4242", Some("incorrect_number")),
        ("payment_method_data[card][colour]", "red", Some("parameter_unknown")),
        ("payment_method", "pm_card_visa", None),
    ] {
        let form = [("amount", "2000"), ("currency", "usd"), kind("card"), (name, value)];
        let status = 400;
        let refused = shop.refused("/v1/payment_intents", &form, status).await;
        assert_eq!(refused["code"].as_str(), code, "{name}: {refused}");
    }
}

#[tokio::test]
async fn a_customer_who_is_not_there_cannot_be_asked() {
    let shop = open_shop().await;
    for (name, value) in [("error_on_requires_action", "true"), ("off_session", "true")] {
        let form = [
            ("amount", "2000"),
            ("currency", "usd"),
            ("payment_method", "pm_card_authenticationRequired"),
            (name, value),
        ];
        assert_eq!(shop.refused("/v1/payment_intents", &form, 400).await["param"], name);
        let form: Vec<_> = form.into_iter().chain([("confirm", "true")]).collect();
        let refused = shop.refused("/v1/payment_intents", &form, 402).await;
        assert_eq!(
            (&refused["type"], &refused["code"]),
            (&json!("card_error"), &json!("authentication_required"))
        );
        assert_eq!(refused["payment_intent"]["status"], "requires_payment_method");
    }
    let asked = [("payment_method", "pm_card_authenticationRequired"), ("off_session", "false")];
    assert_eq!(paid_intent(&shop, &asked).await["status"], "requires_action");
}

#[tokio::test]
async fn an_intent_is_changed_until_it_is_paid() {
    let shop = open_shop().await;
    let made = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("transfer_data[destination]", "acct_1"),
        ("application_fee_amount", "10"),
        ("shipping[name]", "Ann"),
        ("shipping[address][line1]", "Road 1"),
        ("amount_details[line_items][0][product_name]", "Mug"),
        ("amount_details[line_items][0][quantity]", "1"),
        ("amount_details[line_items][0][unit_cost]", "2000"),
    ];
    let made = shop.call("/v1/payment_intents", &made).await;
    assert_eq!((&made["application_fee_amount"], &made["shipping"]["name"]), (&json!(10), &json!("Ann")));
    let path = format!("/v1/payment_intents/{}", id(&made));
    let changes = [
        ("currency", "eur"),
        ("customer", "cus_7"),
        ("capture_method", "manual"),
        ("transfer_data[amount]", "1200"),
        ("payment_method", "pm_card_visa"),
        ("shipping", ""),
    ];
    let changed = shop.call(&path, &changes).await;
    for (field, wanted) in [
        ("currency", json!("eur")),
        ("customer", json!("cus_7")),
        ("capture_method", json!("manual")),
        ("transfer_data", json!({"destination": "acct_1", "amount": 1200})),
        ("shipping", Value::Null),
    ] {
        assert_eq!(changed[field], wanted, "{field}");
    }
    assert_eq!(shop.call(&format!("{path}/confirm"), &[]).await["status"], "requires_capture");
    let capture =
        [("metadata[a]", "b"), ("transfer_data[amount]", "700"), ("statement_descriptor_suffix", "MUGS")];
    let paid = shop.call(&format!("{path}/capture"), &capture).await;
    assert_eq!((&paid["metadata"]["a"], &paid["statement_descriptor_suffix"]), (&json!("b"), &json!("MUGS")));
    assert_eq!(shop.sandbox.stripe().payment(id(&made)).unwrap().transferred, 700);
    let more = [("final_capture", "false")];
    let refused = shop.refused(&format!("{path}/capture"), &more, 400).await;
    assert!(text(&refused, "message").contains("final_capture=false"));
}

#[tokio::test]
async fn a_refund_says_whose_it_is() {
    let shop = open_shop().await;
    let paid = paid_intent(&shop, &[("payment_method", "pm_card_visa"), ("customer", "cus_1")]).await;
    let of = ("payment_intent", id(&paid));
    for (name, value) in [("customer", "cus_2"), ("currency", "eur")] {
        assert_eq!(shop.refused("/v1/refunds", &[of, (name, value)], 400).await["param"], name);
    }
    let form = [
        of,
        ("amount", "100"),
        ("customer", "cus_1"),
        ("currency", "usd"),
        ("instructions_email", "a@b.example"),
    ];
    let refund = shop.call("/v1/refunds", &form).await;
    assert_eq!((&refund["amount"], &refund["instructions_email"]), (&json!(100), &json!("a@b.example")));
    let cash =
        [("origin", "customer_balance"), ("customer", "cus_1"), ("amount", "100"), ("currency", "usd")];
    assert_eq!(shop.refused("/v1/refunds", &cash, 400).await["code"], "insufficient_funds");
    assert_eq!(shop.refused("/v1/refunds", &cash[..3], 400).await["param"], "currency");
}

#[tokio::test]
async fn lists_are_narrowed_by_all_that_stripe_knows() {
    let shop = open_shop().await;
    let with_email = mugs_and(&[("customer_email", "a@b.example"), ("customer_account", "acct_7")]);
    let mine = shop.call("/v1/checkout/sessions", &with_email).await;
    shop.open_session().await;
    for (query, wanted) in [
        ("customer_details[email]=a@b.example", vec![id(&mine)]),
        ("customer_account=acct_7", vec![id(&mine)]),
        ("subscription=sub_1", vec![]),
        ("payment_link=plink_1", vec![]),
    ] {
        assert_eq!(ids(&shop.read(&format!("/v1/checkout/sessions?{query}")).await), wanted, "{query}");
    }
    shop.sandbox.stripe_bank().top_up(None, 5_000, "usd");
    let form = [("amount", "100"), ("currency", "usd"), ("destination", "ba_7"), ("payout_method", "pm_7")];
    let payout = shop.call("/v1/payouts", &form).await;
    assert_eq!((&payout["destination"], &payout["payout_method"]), (&json!("ba_7"), &json!("pm_7")));
    assert_eq!(ids(&shop.read("/v1/payouts?destination=ba_7").await), [id(&payout)]);
    assert!(ids(&shop.read("/v1/payouts?arrival_date[lt]=1000").await).is_empty());
    let other = shop.get("/v1/payouts?arrival_date[around]=1").send().await.unwrap();
    assert_eq!(error(other, 400).await["code"], "parameter_unknown");
}

#[tokio::test]
async fn stripe_is_at_the_root_too() {
    let shop = open_shop().await;
    let url = shop.sandbox.url();
    let made = shop.client.post(format!("{url}/v1/checkout/sessions")).bearer_auth("sk_test_sandbox");
    let made = json_of(made.form(&mugs()).send().await.unwrap()).await;
    assert_eq!(shop.read(&format!("/v1/checkout/sessions/{}", id(&made))).await["id"], made["id"]);
    for path in ["/stripe", "/stripe/", "/stripe/v2/core/events", "/v1", "/v1/nothing", "/v1/charges/search"]
    {
        let lost =
            shop.client.get(format!("{url}{path}")).bearer_auth("sk_test_sandbox").send().await.unwrap();
        let lost = error(lost, 404).await;
        let named = path.strip_prefix("/stripe").unwrap_or(path);
        assert!(text(&lost, "message").contains(&format!("(GET: {named})")), "{lost}");
    }
    let lost = shop.client.get(format!("{url}/paypal/v1/orders")).send().await.unwrap();
    assert_eq!(lost.status(), 404);
    assert!(text(&json_of(lost).await, "error").starts_with("GET /paypal/v1/orders"));
    let wrong = shop.client.get(format!("{url}/control/settle")).send().await.unwrap();
    assert_eq!(wrong.status(), 405);
    assert!(text(&json_of(wrong).await, "error").contains("another method"));
}
