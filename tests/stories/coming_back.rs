//! The page that a browser comes back to after a payment page: it says what became of the payment, and nothing else.

use haat_sandbox::Next;
use haat_sandbox::bkash::{ClosedWords, Outcome as AtBkash};
use haat_sandbox::stripe::Outcome;
use haat_tests::{Purchase, Sale, Till, World};
use uuid::Uuid;

/// The page at this address, with its heading.
async fn page(world: &World, query: &str) -> (String, String) {
    let url = format!("{}/api/payment/stripe/return{query}", world.url);
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
    assert_eq!(told("processing").await.0, "We have your order");
    sale.world.work().await;
    let number = sale.see().await["number"].as_str().unwrap().to_owned();
    let (heading, waiting) = told("processing").await;
    assert_eq!(heading, "Not finished yet");
    assert!(waiting.contains(&number) && waiting.contains("http-equiv=\"refresh\""), "{waiting}");
    assert!(waiting.contains("The goods are kept for you until "), "{waiting}");
    assert!(waiting.contains(&format!("href=\"https://shop.example/orders/{}\"", sale.order)), "{waiting}");
    // Of the customer and the goods it says nothing to who has the address.
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
async fn a_payment_that_failed_says_why_in_plain_words() {
    for (outcome, heading, why) in [
        (AtBkash::Decline, "The payment has failed", "declined"),
        (AtBkash::Leave, "The payment has failed", "left the payment page"),
    ] {
        let purchase =
            Purchase::awaiting_beside(Till::Bkash, |config| config.bkash.closed_words = ClosedWords::Named)
                .await;
        let next =
            purchase.world.sandbox.pay_bkash(&purchase.page().await, outcome).expect("the page is open");
        let (Next::Done(back) | Next::Left(Some(back))) = next else { panic!("{next:?}") };
        purchase.come_back(&back).await;
        purchase.world.work().await;
        let (told, page) = page(&purchase.world, &format!("?order={}", purchase.order)).await;
        assert_eq!(told, heading, "{page}");
        assert!(page.contains(why) && page.contains("You can pay from your order"), "{page}");
    }
}
