//! Following an order: by polls that cost little, by polls that wait, by a stream.

use std::time::{Duration, Instant};

use haat_tests::{Answer, Person, World};
use reqwest::Method;
use uuid::Uuid;

async fn if_changed(person: &Person, order: Uuid, etag: &str, wait: u32) -> Answer {
    let path = format!("/api/orders/{order}?wait={wait}");
    person.send(Method::GET, &path, &[("If-None-Match", etag)], None).await
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let first = ada.get(&format!("/api/orders/{order}")).await;
    let etag = first.header("etag").to_owned();
    for tag in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
        let same = if_changed(&ada, order, &tag, 0).await;
        assert_eq!((same.status.as_u16(), same.header("etag")), (304, etag.as_str()), "{tag}");
    }
    let slashed = ada.get(&format!("/api/orders/{order}/")).await;
    assert_eq!(slashed.data(), first.data(), "a slash at the end is the same path");
    world.work().await;
    let changed = if_changed(&ada, order, &etag, 0).await;
    assert_eq!(changed.data()["status"], "confirmed");
    assert_ne!(changed.header("etag"), etag);
}

#[tokio::test]
async fn a_poll_that_waits_is_answered_by_the_change() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let etag = ada.get(&format!("/api/orders/{order}")).await.header("etag").to_owned();
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(if_changed(&ada, order, &etag, 30), world.work());
    assert_eq!(answer.data()["status"], "confirmed");
    assert!(begun.elapsed() < Duration::from_secs(15), "it waited for its time and not for the change");
}

#[tokio::test]
async fn a_poll_that_waits_in_vain_ends_with_its_time() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let etag = ada.get(&format!("/api/orders/{order}")).await.header("etag").to_owned();
    let begun = Instant::now();
    assert_eq!(if_changed(&ada, order, &etag, 1).await.status, 304);
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn who_has_no_version_to_compare_with_is_answered_at_once() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let begun = Instant::now();
    let plain = ada.get(&format!("/api/orders/{order}?wait=30")).await;
    assert_eq!(plain.data()["status"], "pending");
    assert!(begun.elapsed() < Duration::from_secs(15), "there is nothing to wait for");
}

#[tokio::test]
async fn a_stream_tells_each_step_and_begins_with_what_is() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("stripe", &[(mug.variant, 1)]).await;
    let request = ada.request(Method::GET, &format!("/api/orders/{order}/events"));
    let mut stream = request.send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut told = String::new();
    let mut hear = async |word: &str| {
        let listening = async {
            while !told.contains(word) {
                let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
                told.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(20), listening).await;
        assert!(heard.is_ok(), "{word} was not told: {told}");
    };
    hear("\"pending\"").await;
    world.work().await;
    hear("/stripe/pay/").await;
    world.sandbox.pay(&ada.payment_page(order).await, haat_sandbox::stripe::Outcome::Pay).unwrap();
    world.work().await;
    hear("\"paid\"").await;
    assert!(told.contains("event: order") && told.contains("\"awaiting_payment\""), "{told}");
    world.books_balance().await;
}

#[tokio::test]
async fn for_strangers_there_is_no_such_order() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let (ada, eve) = (world.customer().await, world.customer().await);
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let stranger = world.shop("Tea").await;
    let unknown = eve.get(&format!("/api/orders/{}", Uuid::now_v7())).await;
    for person in [&eve, &stranger.owner] {
        for path in ["", "/events", "?wait=30"] {
            let begun = Instant::now();
            let answer = person.get(&format!("/api/orders/{order}{path}")).await;
            assert_eq!(answer.refusal(), unknown.refusal(), "{path}");
            assert!(begun.elapsed() < Duration::from_secs(15), "who may not see it does not wait for it");
        }
    }
    assert_eq!(eve.get("/api/orders").await.data()["results"], serde_json::json!([]));
    assert_eq!(shop.owner.get(&format!("/api/orders/{order}")).await.status, 200);
    assert_eq!(world.admin().await.get(&format!("/api/orders/{order}")).await.status, 200);
}
