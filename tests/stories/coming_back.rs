//! The page that a browser comes back to after a payment page: it says what became of the payment, and nothing else.

use haat_sandbox::bkash::{ClosedWords, Outcome as AtBkash};
use haat_sandbox::stripe::Outcome;
use haat_tests::{BY_STRIPE, Fate, Purchase, Sale, TO_STRIPE, Till, World, attempt};
use serde_json::json;
use shared::payments::Provider;
use uuid::Uuid;

/// The page at this address, with its heading.
async fn page(world: &World, query: &str) -> (String, String) {
    page_of(world, BY_STRIPE, query).await
}

async fn page_of(world: &World, gateway: &str, query: &str) -> (String, String) {
    let url = format!("{}/api/payment/{gateway}/return{query}", world.url);
    let answer = world.http.get(url).header("Accept", "text/html").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page = answer.text().await.unwrap();
    let heading =
        page.split_once("<h1>").and_then(|(_, rest)| rest.split_once("</h1>")).unwrap().0.to_owned();
    (heading, page)
}

#[tokio::test]
async fn it_says_what_became_of_the_payment_whatever_the_address_says() {
    let shop = [("HAAT_SHOP_URL", "https://shop.example/orders/{order_id}")];
    let sale = Sale::placed_in(World::with(&shop).await, "stripe").await;
    let told =
        async |outcome: &str| page(&sale.world, &format!("?order={}&outcome={outcome}", sale.order)).await;
    assert_eq!(told("processing").await.0, "Back from payment", "no page is open yet");
    sale.world.work().await;
    let number = sale.see().await["number"].as_str().unwrap().to_owned();
    let (heading, waiting) = told("processing").await;
    assert_eq!(heading, "Not finished yet");
    assert!(waiting.contains(&number) && waiting.contains("http-equiv=\"refresh\""), "{waiting}");
    assert!(waiting.contains("The goods are kept for you until "), "{waiting}");
    let next = format!("content=\"5;url=?order={}&amp;outcome=processing&amp;look=1\"", sale.order);
    assert!(waiting.contains(&next), "{waiting}");
    let last = page(&sale.world, &format!("?order={}&outcome=processing&look=24", sale.order)).await;
    assert!(last.0 == "Not finished yet" && !last.1.contains("refresh"), "{}", last.1);
    assert!(waiting.contains(&format!("href=\"https://shop.example/orders/{}\"", sale.order)), "{waiting}");
    // Readers other than the customer may have the address.
    for hidden in ["Ada", "High St", "Dhaka", "test.example", "Mug", "Assam", "33.00", "Pots"] {
        assert!(!waiting.contains(hidden), "{hidden}: {waiting}");
    }
    let (heading, left) = told("left").await;
    assert_eq!(heading, "Not paid");
    assert!(!left.contains("refresh"), "{left}");

    sale.pay(Outcome::Pay).await;
    sale.world.work().await;
    let (heading, paid) = told("left").await;
    assert_eq!(heading, "Paid");
    assert!(paid.contains(&number) && !paid.contains("refresh"), "{paid}");
    assert_eq!(sale.cancel().await.status, 200);
    sale.world.work().await;
    assert_eq!(told("processing").await.0, "Refunded");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_stranger_who_guesses_learns_nothing() {
    let sale = Sale::awaiting().await;
    let plain = page(&sale.world, "").await;
    assert_eq!(plain.0, "Back from payment");
    let number = sale.see().await["number"].as_str().unwrap().to_owned();
    for query in [
        format!("?order={}", Uuid::now_v7()),
        format!("?order={number}"),
        format!("?order={}", sale.mug.variant),
        "?order=%00&outcome=left".to_owned(),
        "?reference=1&trxref=1".to_owned(),
    ] {
        assert_eq!(page(&sale.world, &query).await, plain, "{query}");
    }
    assert_eq!(sale.world.nobody().get("/api/payment/paypal/return").await.status, 404);
}

#[tokio::test]
async fn the_page_of_another_gateway_is_that_of_an_unknown_order() {
    let sale = Sale::awaiting().await;
    let query = format!("?order={}&outcome=left", sale.order);
    assert_eq!(page(&sale.world, &query).await.0, "Not paid");
    for gateway in [Provider::Bkash, Provider::Paystack, Provider::Chapa].map(Provider::as_str) {
        let unknown = page_of(&sale.world, gateway, "").await;
        assert_eq!(unknown.0, "Back from payment");
        assert_eq!(page_of(&sale.world, gateway, &query).await, unknown, "{gateway}");
    }
}

/// Vendors know the ids of their orders, and the page needs no account.
#[tokio::test]
async fn a_vendor_learns_from_the_page_no_reason_of_a_failure_which_the_api_hides_from_vendors() {
    for (outcome, reason) in [(AtBkash::Decline, "declined"), (AtBkash::Leave, "abandoned")] {
        let purchase =
            Purchase::awaiting_beside(Till::Bkash, |config| config.bkash.closed_words = ClosedWords::Named)
                .await;
        purchase.pay_with_bkash(outcome).await;
        let seen =
            purchase.shop.owner.get(&format!("/api/vendor/orders/{}", purchase.order)).await.data().clone();
        assert!(seen["payment"].is_null() && seen["refunds"] == json!([]), "{seen}");
        let (heading, page) = page_of(&purchase.world, "bkash", &format!("?order={}", purchase.order)).await;
        assert_eq!(heading, "Not paid", "{page}");
        assert!(page.contains("The payment was not made.") && page.contains("shows the reason"), "{page}");
        for hidden in ["declined", "left the", "bank", "wallet", "bKash", "bkash", "PIN"] {
            assert!(!page.contains(hidden), "{hidden}: {page}");
        }
        assert_eq!(purchase.see().await["payment"]["failure"], reason, "the customer's order has it");
    }
}

#[tokio::test]
async fn a_vendor_learns_from_the_page_nothing_of_money_that_came_twice() {
    let purchase = Purchase::awaiting(Till::Paystack).await;
    purchase.wish(TO_STRIPE).await;
    purchase.world.work().await;
    purchase.pay_by_stripe().await;
    purchase.world.work().await;
    let query = format!("?order={}", purchase.order);
    let once = page(&purchase.world, &query).await;
    assert_eq!(once.0, "Paid");
    assert!(once.1.contains("goes back to you automatically"), "{}", once.1);
    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    assert_eq!(purchase.attempts().await[0], attempt("paystack", "surplus"));
    assert_eq!(page(&purchase.world, &query).await, once);
}
