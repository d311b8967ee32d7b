//! What operators of the marketplace see and do.

use haat_tests::World;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_queues_are_told_as_they_stand() {
    let world = World::open().await;
    let admin = world.admin().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    world.customer().await.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    world.pass(std::time::Duration::from_secs(5));
    let seen = admin.get("/api/admin/queues").await.data().clone();
    let orders = seen["queues"].as_array().unwrap().iter().find(|queue| queue["queue"] == "orders").unwrap();
    assert_eq!((&orders["due"], &orders["dead"]), (&json!(1), &json!(0)), "{seen}");
    assert!(orders["oldest_due_secs"].as_f64().unwrap() >= 5.0);
    world.work().await;
    let seen = admin.get("/api/admin/queues").await.data().clone();
    assert!(seen["queues"].as_array().unwrap().iter().all(|queue| queue["due"] == 0), "{seen}");
    world.books_balance().await;
}

#[tokio::test]
async fn books_that_differ_are_an_incident_until_somebody_has_dealt_with_it() {
    let world = World::open().await;
    let admin = world.admin().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let sql = "update inventory set on_hand = on_hand + 1 where variant_id = $1";
    sqlx::query(sql).bind(mug.variant).execute(&world.pool).await.unwrap();
    let check =
        haat_worker::schedules::SCHEDULES.iter().find(|schedule| schedule.name == "check_books").unwrap();
    for earlier in 0..2 {
        assert!(check.fire(&world.worker, world.clock.now().timestamp() - earlier).await.unwrap());
    }
    world.work().await;
    assert_eq!(world.incidents().await, ["books_differ"], "the same difference is one incident");
    let listed = admin.get("/api/admin/incidents").await.data()["results"].clone();
    assert!(listed.to_string().contains(&mug.variant.to_string()), "{listed}");
    let path = format!("/api/admin/incidents/{}/resolve", listed[0]["id"].as_str().unwrap());
    let note = json!({ "note": "counted anew" });
    assert_eq!(admin.post(&path, note.clone()).await.status, 200);
    assert_eq!(admin.post(&path, note.clone()).await.refusal(), (409, "incident_resolved"));
    let unknown = path.replace(listed[0]["id"].as_str().unwrap(), &uuid::Uuid::nil().to_string());
    assert_eq!(admin.post(&unknown, note).await.refusal(), (404, "incident_not_found"));
    let id: uuid::Uuid = sqlx::query_scalar("select id from jobs where status <> 'dead' limit 1")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    for (id, refusal) in [(id, (409, "job_not_dead")), (uuid::Uuid::nil(), (404, "job_not_found"))] {
        assert_eq!(admin.post(&format!("/api/admin/jobs/{id}/retry"), json!({})).await.refusal(), refusal);
        let dropped = admin.send(Method::DELETE, &format!("/api/admin/jobs/{id}"), &[], None).await;
        assert_eq!(dropped.refusal(), refusal);
    }
    assert!(world.incidents().await.is_empty());
}

#[tokio::test]
async fn a_closed_incident_tells_who_closed_it_and_why_also_after_it_opened_again() {
    let world = World::open().await;
    let admin = world.admin().await;
    let order = {
        let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
        world.customer().await.order("cash_on_delivery", &[(mug.variant, 1)]).await
    };
    world.work().await;
    let check =
        haat_worker::schedules::SCHEDULES.iter().find(|schedule| schedule.name == "check_books").unwrap();
    let checked = async |tick: i64| {
        assert!(check.fire(&world.worker, world.clock.now().timestamp() + tick).await.unwrap());
        world.pass(std::time::Duration::from_secs(60));
        world.work().await;
    };
    let list = async |status: &str| {
        admin.get(&format!("/api/admin/incidents?status={status}")).await.data()["results"].clone()
    };
    let total = async |add: i32| {
        let sql = "update orders set total = total + $1 where id = $2";
        sqlx::query(sql).bind(add).bind(order).execute(&world.pool).await.unwrap();
    };
    total(1).await;
    checked(0).await;
    let open = list("open").await[0].clone();
    let number: String =
        sqlx::query_scalar("select number from orders").fetch_one(&world.pool).await.unwrap();
    assert_eq!((&open["order_id"], &open["order_number"]), (&json!(order), &json!(number)), "{open}");
    assert_eq!(list("resolved").await, json!([]));
    let path = format!("/api/admin/incidents/{}/resolve", open["id"].as_str().unwrap());
    for bad in [json!({}), json!({ "note": " " }), json!({ "note": "x".repeat(501) }), json!({ "why": "x" })]
    {
        assert_eq!(admin.post(&path, bad.clone()).await.refusal().0, 422, "{bad}");
    }
    assert_eq!(admin.post(&path, json!({ "note": " a slip of the pen " })).await.status, 200);
    assert_eq!(list("open").await, json!([]));
    let closed = list("resolved").await[0].clone();
    assert_eq!((&closed["note"], &closed["resolved_by"]), (&json!("a slip of the pen"), &json!(admin.user)));
    assert!(!closed["resolved_at"].is_null() && closed["earlier"] == json!([]), "{closed}");

    checked(1).await;
    let again = list("all").await[0].clone();
    assert_eq!((&again["resolved_at"], &again["note"]), (&Value::Null, &Value::Null), "{again}");
    assert_eq!(again["earlier"][0]["note"], "a slip of the pen", "{again}");
    assert_eq!(again["earlier"][0]["resolved_by"], json!(admin.user));
    total(-1).await;
    checked(2).await;
    let ended = list("resolved").await[0].clone();
    assert_eq!((&ended["resolved_by"], &ended["note"]), (&Value::Null, &json!("the books agree again")));
    assert_eq!(admin.get("/api/admin/incidents?status=closed").await.refusal().0, 422);
    world.books_balance().await;
}

#[tokio::test]
async fn a_changed_commission_is_for_orders_to_come() {
    let world = World::open().await;
    let (admin, shop) = (world.admin().await, world.shop("Pots").await);
    let mug = shop.sells(&world, "Mug", "10.00", 9).await;
    let buyers = [world.customer().await, world.customer().await];
    buyers[0].order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let path = format!("/api/admin/vendors/{}", shop.id);
    let change = async |rate: &str| {
        admin.send(Method::PATCH, &path, &[], Some(json!({ "commission_rate": rate }))).await
    };
    for rate in ["1.5", "-0.1", "0.12345", "a lot"] {
        assert_eq!(change(rate).await.status, 422, "{rate}");
    }
    assert_eq!(change("0.25").await.status, 200);
    buyers[1].order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let rates: Vec<String> =
        sqlx::query_scalar("select commission_rate::text from vendor_orders order by id")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert_eq!(rates, ["0.1000", "0.2500"]);
    world.work().await;
    world.books_balance().await;
}

#[tokio::test]
async fn the_api_tells_its_state_and_its_figures() {
    let world = World::open().await;
    let nobody = world.nobody();
    assert_eq!(nobody.get("/health/live").await.status, 200);
    let ready = nobody.get("/health/ready").await;
    assert_eq!(ready.data()["database"], "up");
    let figures = nobody.get("/metrics").await;
    assert!(figures.body.as_str().is_some_and(|text| text.contains("haat_http_requests_total")));
    world.app.stopping.cancel();
    assert_eq!(nobody.get("/health/ready").await.status, 503);
    let answer = nobody.send(Method::GET, "/api/products", &[("X-Request-Id", "mine-42")], None).await;
    assert_eq!(answer.header("x-request-id"), "mine-42");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}
