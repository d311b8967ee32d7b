//! The order of locks: transactions that write the same rows take them in one order, so that none waits in a circle. A story
//! holds what a job wants next, and takes what the job must not have taken yet.

use haat_tests::{CHAPA_SECRET, Fate, Purchase, Till, World, eventually, tag};
use haat_worker::engine::Delivery;
use haat_worker::reconcile::{self, Wish};
use hmac::Hmac;
use serde_json::{Value, json};
use sha2::Sha256;
use shared::jobs::store::{Ask, ask, ask_all};
use shared::jobs::{AskPayment, NewJob, PollPayment, store};
use shared::kernel::db;
use shared::kernel::ids::PaymentId;
use shared::orders;
use shared::payments::Provider;
use uuid::Uuid;

/// Sessions that wait for a lock of another one.
async fn waiting(world: &World) -> i64 {
    world
        .count(
            "select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .await
}

async fn somebody_waits(world: &World) {
    eventually("a transaction waits", async || waiting(world).await > 0).await;
}

/// A second order at the till of a purchase, to be paid. The attempts of both, in the order of their ids.
async fn two_attempts(purchase: &Purchase) -> [(PaymentId, String); 2] {
    let other = purchase.world.customer().await;
    other.order(purchase.till.name(), &[(purchase.mug.variant, 1)]).await;
    purchase.world.work().await;
    let attempts: Vec<(PaymentId, String)> = sqlx::query_as("select id, reference from payments order by id")
        .fetch_all(&purchase.world.pool)
        .await
        .unwrap();
    attempts.try_into().expect("two attempts with a page each")
}

fn question(payment_id: PaymentId) -> AskPayment {
    AskPayment { payment_id, agreed: false }
}

/// Chapa's message that a page was paid.
async fn hint(world: &World, page: &str) {
    let told = json!({
        "event": "charge.success", "currency": "ETB", "amount": "500.00", "status": "success", "mode": "test",
        "reference": format!("AP{page}"), "type": "API", "tx_ref": page, "meta": Value::Null,
        "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z",
    })
    .to_string();
    let signature = hex::encode(tag::<Hmac<Sha256>>(CHAPA_SECRET.as_bytes(), told.as_bytes()));
    let taken = world.deliver("chapa", &[("x-chapa-signature", signature.as_str())], told).await;
    assert_eq!(taken.status, 200, "{}", taken.body);
}

#[tokio::test]
async fn hints_of_a_group_are_written_in_one_order_however_they_came() {
    let purchase = Purchase::awaiting(Till::Chapa).await;
    let world = &purchase.world;
    let [(first, first_page), (second, second_page)] = two_attempts(&purchase).await;
    for page in [&second_page, &first_page] {
        hint(world, page).await;
    }
    let taken = world.take_due().await;
    let hints = taken.into_iter().filter(|delivery| delivery.kind == "apply_webhook");
    let group = Delivery {
        kind: "apply_webhook".to_owned(),
        jobs: hints.flat_map(|delivery| delivery.jobs).collect(),
    };
    assert_eq!(group.jobs.len(), 2);
    let mut held = db::begin(&world.pool).await.unwrap();
    // Shorter than the database takes to find a circle and to end the group, whose jobs would be tried one by one then.
    sqlx::query("set local lock_timeout = '500ms'").execute(&mut *held).await.unwrap();
    let now = world.clock.now();
    ask(&mut held, &question(first), now).await.unwrap();
    tokio::join!(world.run(&group), async {
        somebody_waits(world).await;
        ask(&mut held, &question(second), now).await.expect("nobody has asked this yet");
        held.commit().await.unwrap();
    });
    assert_eq!(
        world.count("select count(*) from jobs where kind = 'ask_payment'").await,
        4,
        "each once more"
    );
    assert_eq!(world.count("select count(*) from webhook_events where status = 'applied'").await, 2);
}

#[tokio::test]
async fn questions_and_jobs_of_one_transaction_are_written_sorted() {
    let world = World::open().await;
    let now = world.clock.now();
    let [first, second] = [PaymentId(Uuid::now_v7()), PaymentId(Uuid::now_v7())];
    let mut held = db::begin(&world.pool).await.unwrap();
    ask(&mut held, &question(first), now).await.unwrap();
    let asking = async {
        let mut db = db::begin(&world.pool).await.unwrap();
        ask_all(&mut db, [second, first, second].map(|id| Ask::about(&question(id), now)), now)
            .await
            .unwrap();
        db.commit().await.unwrap();
    };
    tokio::join!(asking, async {
        somebody_waits(&world).await;
        ask(&mut held, &question(second), now).await.expect("nobody has asked this yet");
        held.commit().await.unwrap();
    });

    let poll = |payment_id| NewJob::at(now, &PollPayment { payment_id });
    let mut held = db::begin(&world.pool).await.unwrap();
    store::insert(&mut held, &[poll(first)], now).await.unwrap();
    let writing = async {
        let mut db = db::begin(&world.pool).await.unwrap();
        let written = store::insert(&mut db, &[poll(second), poll(first)], now).await.unwrap();
        db.commit().await.unwrap();
        written
    };
    let (written, ()) = tokio::join!(writing, async {
        somebody_waits(&world).await;
        store::insert(&mut held, &[poll(second)], now).await.expect("nobody has written this yet");
        held.commit().await.unwrap();
    });
    assert_eq!(written, 0);
}

/// A run of reconciliation that has two payments to settle holds one order at a time: whoever has the one, and wants the
/// other, gets it. Whichever of the two the gateway lists first.
#[tokio::test]
async fn a_page_of_reconciliation_holds_one_order_at_a_time() {
    for turned in [false, true] {
        let purchase = Purchase::awaiting(Till::Paystack).await;
        let world = &purchase.world;
        let [(_, first_page), (_, second_page)] = two_attempts(&purchase).await;
        world.lose_webhooks();
        world.skip("poll_payment").await;
        purchase.agree(Fate::Pays).await;
        let other = if purchase.page().await == first_page { &second_page } else { &first_page };
        world.sandbox.pay_paystack(other, haat_sandbox::paystack::Outcome::Pay).expect("it is open");
        let mut ids: Vec<shared::kernel::ids::OrderId> =
            sqlx::query_scalar("select id from orders order by id").fetch_all(&world.pool).await.unwrap();
        if turned {
            ids.reverse();
        }
        world.pass(std::time::Duration::from_secs(90));
        let mut held = db::begin(&world.pool).await.unwrap();
        orders::store::lock(&mut held, ids[0]).await.unwrap();
        let (report, ()) =
            tokio::join!(reconcile::run(&world.worker, Provider::Paystack, Wish::default()), async {
                somebody_waits(world).await;
                sqlx::query("select from orders where id = $1 for no key update nowait")
                    .bind(ids[1])
                    .execute(&mut *held)
                    .await
                    .expect("nobody holds the other order");
                held.rollback().await.unwrap();
            });
        assert_eq!(report.expect("the gateway answers").repaired, 2);
        let paid = "select count(*) from orders where status = 'paid'";
        assert_eq!(world.count(paid).await, 2);
        world.books_balance().await;
    }
}

/// Checkout locks carts first; all other transactions lock them last. That makes no circle as long as it locks nothing that
/// stands already.
#[tokio::test]
async fn checkout_waits_for_no_order_no_payment_and_no_stock() {
    let purchase = Purchase::awaiting(Till::Chapa).await;
    let world = &purchase.world;
    purchase.customer.fill_cart(&[(purchase.mug.variant, 1)]).await;
    let mut held = db::begin(&world.pool).await.unwrap();
    for table in ["orders", "payments", "inventory", "reservations"] {
        let lock = format!("select from {table} for update");
        sqlx::query(sqlx::AssertSqlSafe(lock)).execute(&mut *held).await.unwrap();
    }
    let placed = purchase.customer.check_out_with("while-all-is-held", "chapa").await;
    assert_eq!(placed.status, 202, "{}", placed.body);
    held.rollback().await.unwrap();
}

/// The other side of it: a rejection that puts lines back holds its order and the stock while it waits for the cart.
#[tokio::test]
async fn a_rejection_takes_the_cart_last() {
    let purchase = Purchase::awaiting(Till::Chapa).await;
    let world = &purchase.world;
    let (faster, customer) = (world.customer().await, world.customer().await);
    faster.order("chapa", &[(purchase.mug.variant, 3)]).await; // the last ones
    let order = customer.order("chapa", &[(purchase.mug.variant, 3)]).await;
    let mut held = db::begin(&world.pool).await.unwrap();
    sqlx::query("select from carts where customer_id = $1 for update")
        .bind(customer.user)
        .execute(&mut *held)
        .await
        .unwrap();
    tokio::join!(world.drain(), async {
        somebody_waits(world).await;
        for sql in [
            "select from orders where id = $1 for no key update skip locked",
            "select from inventory i join order_items l using (variant_id) where l.order_id = $1 for no key update of i skip locked",
        ] {
            let free = sqlx::query(sql).bind(order).fetch_all(&world.pool).await.unwrap();
            assert!(free.is_empty(), "held before the cart: {sql}");
        }
        held.rollback().await.unwrap();
    });
    assert_eq!(customer.status(order).await, "rejected");
    world.books_balance().await;
}

/// Two products of a shop swap SKUs at the same time: one is refused, and none is ended by the database.
#[tokio::test]
async fn two_that_want_each_others_sku_wait_for_nobody_in_a_circle() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mut variants = Vec::new();
    for sku in ["A-1", "B-1"] {
        let product = json!({ "title": sku, "variants": [{ "sku": sku, "price": { "amount": "5.00", "currency": "USD" }, "quantity": 1 }] });
        let made = shop.owner.post("/api/products", product).await;
        variants.push(made.data()["variants"][0]["id"].as_str().expect("made").to_owned());
    }
    let mut held = db::begin(&world.pool).await.unwrap();
    sqlx::query("select from vendor_skus where sku = 'A-1' for update").execute(&mut *held).await.unwrap();
    let path = format!("/api/variants/{}", variants[1]);
    let swap = shop.owner.send(reqwest::Method::PATCH, &path, &[], Some(json!({ "sku": "A-1" })));
    let (swapped, ()) = tokio::join!(swap, async {
        somebody_waits(&world).await;
        sqlx::query("select from vendor_skus where sku = 'B-1' for update nowait")
            .execute(&mut *held)
            .await
            .expect("what it gives up is not given up before it has what it wants");
        held.rollback().await.unwrap();
    });
    assert_eq!(swapped.refusal(), (409, "sku_taken"));
}
