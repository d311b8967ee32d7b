//! Objects as Paystack's specification has them: every field that it requires is there.

use serde_json::{Value, json};

use crate::shop::{KEY, PAYS, bad, good, open_shop};

#[track_caller]
fn has(object: &Value, fields: &str) {
    for field in fields.split_whitespace() {
        assert!(object.get(field).is_some(), "no {field}: {object}");
    }
}

#[tokio::test]
async fn refunds_transfers_and_banks_have_all_that_the_specification_requires() {
    let shop = open_shop().await;
    shop.paid_with("ord-1", PAYS).await;
    let refund = shop.call("/refund", &json!({"transaction": "ord-1", "amount": 200})).await;
    let wanted = "integration transaction dispute settlement id domain currency amount status refunded_at \
                  refunded_by customer_note merchant_note deducted_amount fully_deducted createdAt bank_reference \
                  transaction_reference reason customer refund_type transaction_amount initiated_by refund_channel \
                  session_id collect_account_number";
    let fetched = shop.read(&format!("/refund/{}", refund["id"])).await;
    has(&fetched, wanted);
    let listed = shop.read_all("/refund").await;
    has(&listed["data"][0], wanted);
    assert_eq!(listed["meta"]["failedRefundCount"], 0);
    let authorization = &shop.verify("ord-1").await["authorization"];
    has(authorization, "authorization_code bin last4 receiver_bank receiver_bank_account_number");
    let customer =
        "id first_name last_name email customer_code phone metadata risk_action international_format_phone";
    has(&fetched["customer"], customer);
    assert_eq!(
        (&fetched["transaction_reference"], &fetched["refund_type"]),
        (&json!("ord-1"), &json!("partial"))
    );
    assert_eq!(fetched["transaction_amount"], shop.verify("ord-1").await["amount"]);

    let recipient = shop.recipient("0123456789").await;
    let order = json!({"source": "balance", "amount": 1000, "recipient": recipient,
        "reference": "payout-0000000001", "currency": "NGN"});
    shop.call("/transfer", &order).await;
    has(
        &shop.read("/transfer").await[0],
        "fees_breakdown transfersessionid transfertrials session fee_charged request",
    );
    has(
        &shop.read("/bank?currency=NGN").await[0],
        "name slug code longcode gateway pay_with_bank supports_transfer available_for_direct_debit active is_deleted \
         country currency type id createdAt updatedAt",
    );
}

#[tokio::test]
async fn a_resolved_dispute_is_answered_in_its_own_form() {
    let shop = open_shop().await;
    let paid = shop.paid_with("ord-1", PAYS).await;
    let id = shop.sandbox.open_paystack_dispute("ord-1", Some(500)).unwrap();
    let answer = json!({"resolution": "merchant-accepted", "message": "Sorry", "refund_amount": 500,
        "uploaded_filename": "receipt.pdf"});
    let resolved =
        good(shop.put(&format!("/dispute/{id}/resolve"), &answer).send().await.unwrap(), 200).await;
    let resolved = &resolved["data"];
    has(
        resolved,
        "currency last4 bin transaction_reference merchant_transaction_reference refund_amount status domain resolution \
         category note attachments id integration transaction created_by evidence resolvedAt createdAt updatedAt dueAt",
    );
    has(&resolved["message"], "dispute sender body id createdAt updatedAt");
    assert_eq!((&resolved["transaction"], &resolved["message"]["body"]), (&paid["id"], &json!("Sorry")));
    let seen = shop.read(&format!("/dispute/transaction/{}", paid["id"])).await;
    has(&seen, "integration created_by merchant_transaction_reference");
    has(&seen["transaction"], "helpdesk_link");
    assert_eq!(seen["transaction"]["reference"], "ord-1");
}

#[tokio::test]
async fn a_path_that_is_not_there_is_named() {
    let shop = open_shop().await;
    for path in ["/plan", "/transaction/a/b/c", "/"] {
        let url = format!("{}/paystack{path}", shop.sandbox.url());
        let lost = bad(shop.client.get(url).bearer_auth(KEY).send().await.unwrap(), 404).await;
        assert_eq!(lost["message"], format!("Route not found: GET {path}"));
    }
}
