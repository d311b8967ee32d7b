//! Agreements: made by a payer once, used by payments until they are cancelled. Each use still
//! needs his PIN.

use haat_sandbox::bkash::Outcome;
use serde_json::{Value, json};

use crate::shop::{mugs_but, open_shop};

fn ask() -> Value {
    json!({"mode": "0000", "payerReference": "customer 1", "callbackURL": "https://shop.example/agreed"})
}

#[tokio::test]
async fn an_agreement_is_made_used_and_cancelled() {
    let shop = open_shop().await;
    let made = shop.ask("/create", &ask()).await;
    assert_eq!(made["agreementStatus"], "Initiated");
    let payment = made["paymentID"].as_str().unwrap();
    assert!(payment.starts_with("TR0000"));
    assert_eq!(shop.execute(payment).await["statusCode"], "2056");
    assert_eq!(shop.click(payment, "01929918378").await.status(), 303);
    let executed = shop.execute(payment).await;
    assert_eq!(executed["agreementStatus"], "Completed");
    assert_eq!(shop.execute(payment).await["statusCode"], "2116");
    assert_eq!(shop.query(payment).await["agreementStatus"], "Completed");

    let agreement = json!({"agreementID": executed["agreementID"]});
    let status = shop.ask("/agreement/status", &agreement).await;
    assert_eq!(status["customerMsisdn"], "01929918378");
    let under = mugs_but(&json!({"mode": "0001", "agreementID": executed["agreementID"]}));
    let paid = shop.created(&under).await;
    assert!(paid.starts_with("TR0001"));
    shop.sandbox.pay_bkash(&paid, Outcome::Pay).unwrap();
    let charged = shop.execute(&paid).await;
    assert_eq!(charged["agreementID"], executed["agreementID"]);
    assert_eq!(charged["customerMsisdn"], "01929918378", "the wallet that agreed, whatever is typed");
    let late = shop.created(&under).await;
    shop.sandbox.pay_bkash(&late, Outcome::Pay).unwrap();

    assert_eq!(shop.ask("/agreement/cancel", &agreement).await["agreementStatus"], "Cancelled");
    assert_eq!(shop.code("/agreement/cancel", &agreement).await, "2053");
    assert_eq!(shop.ask("/agreement/status", &agreement).await["agreementStatus"], "Cancelled");
    assert_eq!(shop.code("/create", &under).await, "2053");
    assert_eq!(shop.execute(&late).await["statusCode"], "2053");
    let none = mugs_but(&json!({"mode": "0001", "agreementID": "none"}));
    assert_eq!(shop.code("/create", &none).await, "2051");
    assert_eq!(shop.sandbox.bkash().captured()["BDT"], 50_050, "the agreement itself takes nothing");
}
