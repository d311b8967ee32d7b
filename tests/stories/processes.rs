//! The binaries as operators run them: killed, restarted, misconfigured, and asked for their state.

use std::time::Duration;

use haat_tests::{Person, Program, World, eventually, fresh_database, run_to_end};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

/// What a process needs to take part in this world.
pub(crate) fn env(world: &World) -> Vec<(&'static str, String)> {
    let settings = &world.worker.settings;
    let stripe = settings.gateways.stripe.as_ref().expect("switched on");
    let key = settings.jwt_keys.signing();
    let keys = format!("{}:{}", key.id, key.secret.expose());
    [
        ("HAAT_JWT_KEYS", keys.as_str()),
        ("DATABASE_URL", settings.database_url.expose()),
        ("REDIS_URL", settings.redis_url.expose()),
        ("HAAT_REDIS_NAMESPACE", &settings.redis_namespace),
        ("HAAT_API_ADDR", "127.0.0.1:0"),
        ("HAAT_WORKER_ADDR", "127.0.0.1:0"),
        ("HAAT_STRIPE_SECRET_KEY", stripe.secret_key.expose()),
        ("HAAT_STRIPE_WEBHOOK_SECRETS", haat_tests::STRIPE_SECRET),
        ("HAAT_STRIPE_BASE_URL", &stripe.reach.base_url),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_is_killed_in_the_middle_and_another_goes_on() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 1000).await;
    let env = env(&world);
    let (api, worker) = tokio::join!(
        Program::start("haat-api", &["serve"], &env),
        Program::start("haat-worker", &["run"], &env)
    );
    let url = format!("http://127.0.0.1:{}", api.port);
    let done = "select count(*) from orders where status in ('confirmed', 'awaiting_payment')";

    let mut worker = Some(worker);
    for place in 0..60 {
        let buyer = Person { url: url.clone(), ..world.customer().await };
        buyer.order(if place % 3 == 0 { "stripe" } else { "cash_on_delivery" }, &[(mug.variant, 1)]).await;
        if place == 30 {
            eventually("work has begun", async || world.count(done).await > 0).await;
            worker.take().expect("killed once").die().await;
        }
    }
    let next = Program::start("haat-worker", &["run"], &env).await;
    // The minute passes until the leases of the dead one end.
    let sql = "update jobs set lease_until = now() where status in ('published', 'running')";
    sqlx::query(sql).execute(&world.pool).await.unwrap();
    eventually("all orders stand where they wait for a person", async || world.count(done).await == 60).await;

    let ready = world.http.get(format!("http://127.0.0.1:{}/health/ready", next.port)).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    assert!(next.stop().await.success(), "a worker ends well by SIGTERM");
    assert!(api.stop().await.success(), "an API ends well by SIGTERM");
    assert_eq!(world.stock(mug.variant).await, (1000, 60));
    assert_eq!(world.count("select count(*) from payments").await, 20);
    let verify = run_to_end("haat-worker", &["verify"], &env).await;
    assert!(verify.status.success(), "{}", verify.out);
    assert!(verify.out.contains("The books balance."), "{}", verify.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_is_killed_and_a_repeated_checkout_is_the_same_order() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 10).await;
    let env = env(&world);
    let first = Program::start("haat-api", &["serve"], &env).await;
    let ada = Person { url: format!("http://127.0.0.1:{}", first.port), ..world.customer().await };
    ada.fill_cart(&[(mug.variant, 2)]).await;
    let placed = ada.check_out_with("one-intention", "cash_on_delivery").await.data()["id"].clone();
    first.die().await;
    let second = Program::start("haat-api", &["serve"], &env).await;
    let ada = Person { url: format!("http://127.0.0.1:{}", second.port), ..ada };
    assert_eq!(ada.check_out_with("one-intention", "cash_on_delivery").await.data()["id"], placed);
    assert_eq!(world.count("select count(*) from orders").await, 1);
    world.work().await;
    world.books_balance().await;
}

#[tokio::test]
async fn books_that_differ_are_told_by_the_exit_code() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 10).await;
    let sql = "update inventory set on_hand = 11 where variant_id = $1";
    sqlx::query(sql).bind(mug.variant).execute(&world.pool).await.unwrap();
    let verify = run_to_end("haat-worker", &["verify"], &env(&world)).await;
    assert_eq!(verify.status.code(), Some(1), "{}", verify.out);
    assert!(verify.out.contains("BROKEN") && verify.out.contains(&mug.variant.to_string()), "{}", verify.out);
}

#[tokio::test]
async fn what_can_not_work_at_a_gateway_ends_the_start_by_name() {
    let world = World::open().await;
    for (setting, value) in [
        ("HAAT_STRIPE_SECRET_KEY", "hello"),
        ("HAAT_STRIPE_WEBHOOK_SECRETS", "sk_test_hello_hello_hello"),
        ("HAAT_PAID_URL", "not a url: hello"),
        ("HAAT_LEFT_URL", "https://shop.example/{hello}"),
    ] {
        let mut env = env(&world);
        env.retain(|(name, _)| *name != setting);
        env.push((setting, value.to_owned()));
        for (name, command) in [("haat-api", "serve"), ("haat-worker", "run")] {
            let refused = run_to_end(name, &[command], &env).await;
            assert!(!refused.status.success(), "{name} starts with a wrong {setting}");
            assert!(refused.err.contains(setting), "{name} says nothing of {setting}: {}", refused.err);
            assert!(!refused.err.contains("hello"), "{name} shows it: {}", refused.err);
        }
    }
}

#[tokio::test]
async fn production_names_all_that_is_wrong_at_once() {
    let env = [
        ("HAAT_ENV", "production"),
        ("DATABASE_URL", "postgres://127.0.0.1:1/haat"),
        ("HAAT_JWT_KEYS", "a:hushhush"),
        ("HAAT_HOLD_SECONDS", "soon"),
        ("HAAT_COMMISSION_RATE", "7"),
    ];
    for (name, command) in [("haat-api", "serve"), ("haat-worker", "run")] {
        let refused = run_to_end(name, &[command], &env).await;
        assert!(!refused.status.success(), "{name}");
        for setting in ["HAAT_JWT_KEYS", "REDIS_URL", "HAAT_HOLD_SECONDS", "HAAT_COMMISSION_RATE"] {
            assert!(refused.err.contains(setting), "{name} says nothing of {setting}: {}", refused.err);
        }
        assert!(!refused.err.contains('\u{1b}'), "no colours where no terminal is: {}", refused.err);
        assert!(!refused.err.contains("hushhush"), "no secrets: {}", refused.err);
    }
}

#[tokio::test]
async fn a_database_is_migrated_once_by_however_many() {
    let url = fresh_database().await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    db.execute("drop schema public cascade; create schema public").await.unwrap();
    let env = [("DATABASE_URL", url.as_str()), ("REDIS_URL", "redis://127.0.0.1:1")];
    let migrate = || run_to_end("haat-api", &["migrate"], &env);
    let (one, two, three) = tokio::join!(migrate(), migrate(), migrate());
    let again = migrate().await;
    for run in [one, two, three, again] {
        assert!(run.status.success(), "{}{}", run.out, run.err);
    }
    let orders: i64 = sqlx::query_scalar("select count(*) from orders").fetch_one(&mut db).await.unwrap();
    assert_eq!(orders, 0);
}

#[tokio::test]
async fn an_index_whose_build_was_interrupted_is_built_again() {
    let url = fresh_database().await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    db.execute(
        "delete from _sqlx_migrations where version = 20261129210200;
         drop index sessions_by_end;
         create table twice as select 1 as number from generate_series(1, 2)",
    )
    .await
    .unwrap();
    // As any build that ends half way, this one leaves an index that is not valid.
    db.execute("create unique index concurrently sessions_by_end on twice (number)").await.unwrap_err();
    let env = [("DATABASE_URL", url.as_str()), ("REDIS_URL", "redis://127.0.0.1:1")];
    let run = run_to_end("haat-api", &["migrate"], &env).await;
    assert!(run.status.success(), "{}{}", run.out, run.err);
    let valid = "select indisvalid from pg_index where indexrelid = 'sessions_by_end'::regclass";
    assert!(sqlx::query_scalar::<_, bool>(valid).fetch_one(&mut db).await.unwrap());
}

#[tokio::test]
async fn an_administrator_is_made_on_the_command_line_and_signs_in() {
    let world = World::open().await;
    let mut env = env(&world);
    env.push(("HAAT_ADMIN_PASSWORD", "correct horse battery".into()));
    let args = ["create-admin", "--email", "boss@example.com", "--name", "The Boss"];
    let made = run_to_end("haat-api", &args, &env).await;
    assert!(made.status.success(), "{}{}", made.out, made.err);
    let again = run_to_end("haat-api", &args, &env).await;
    assert!(again.status.success() && again.err.contains("left as it is"), "{}", again.err);
    let sent = serde_json::json!({ "email": "boss@example.com", "password": "correct horse battery" });
    let signed = world.nobody().post("/api/auth/login", sent).await.data().clone();
    let boss = world.nobody().with_token(signed["access_token"].as_str().unwrap());
    assert_eq!(boss.get("/api/admin/queues").await.status, 200);
}

#[tokio::test]
async fn dead_jobs_are_shown_revived_and_dropped_on_the_command_line() {
    let world = World::open().await;
    let env = env(&world);
    let dead = [world.dead_job().await, world.dead_job().await, world.dead_job().await];
    let jobs = async |args: &[&str]| run_to_end("haat-worker", &[&["jobs"], args].concat(), &env).await;
    let listed = jobs(&["list"]).await;
    assert!(
        listed.out.contains("3 dead job(s)") && listed.out.contains("it was not to be"),
        "{}",
        listed.out
    );
    assert!(jobs(&["drop", &dead[0].to_string()]).await.status.success());
    assert!(jobs(&["retry", &dead[1].to_string()]).await.status.success());
    assert!(!jobs(&["retry", &dead[0].to_string()]).await.status.success(), "it is gone");
    assert!(jobs(&["retry", "--all"]).await.out.contains("1 job(s) queued again"));
    assert!(jobs(&["list"]).await.out.contains("0 dead job(s)"));
    world.pass(Duration::from_secs(60)); // the command went by the machine's clock
    world.work().await;
    assert_eq!(world.count("select count(*) from jobs where status = 'done'").await, 2);
}

#[tokio::test]
async fn products_come_in_on_the_command_line() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let env = env(&world);
    let file = std::env::temp_dir().join(format!("haat-{}.csv", Uuid::now_v7().simple()));
    let import = async |csv: &str, slug: &str| {
        std::fs::write(&file, csv).unwrap();
        let path = file.to_str().unwrap();
        let args = ["import", "products", "--vendor", slug, "--format", "shopify", path];
        run_to_end("haat-worker", &args, &env).await
    };
    let good = "Handle,Title,Variant Price,Variant Inventory Qty\njar,Jar,3.00,4\n";
    let done = import(good, &shop.slug).await;
    assert!(
        done.status.success() && done.out.contains("\"products_created\": 1"),
        "{}{}",
        done.out,
        done.err
    );
    let wrong = import("Handle,Title,Variant Price\njar,Jar,3.00\npot,Pot,dear\n", &shop.slug).await;
    assert!(
        !wrong.status.success() && wrong.out.contains("line 3, Variant Price"),
        "{}{}",
        wrong.out,
        wrong.err
    );
    let stranger = import(good, "no-such-shop").await;
    assert!(!stranger.status.success(), "{}", stranger.out);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(world.count("select count(*) from products").await, 1);
    world.books_balance().await;
}

#[tokio::test]
async fn every_request_leaves_a_line_that_its_answer_names_and_figures_have_an_address_of_their_own() {
    let world = World::open().await;
    let mut env = env(&world);
    env.push(("HAAT_API_METRICS_ADDR", "127.0.0.1:0".into()));
    env.push(("HAAT_LOG", "info".into()));
    let api = Program::start_logging("haat-api", &["serve"], &env).await;
    let url = format!("http://127.0.0.1:{}", api.port);
    let nobody = Person { url: url.clone(), ..world.nobody() };
    let refused = nobody.get("/api/orders/0199a3c4-0000-7000-8000-000000000000/events?ticket=hush").await;
    assert_eq!(refused.refusal(), (401, "token_invalid"));
    let id = refused.body["request_id"].as_str().unwrap();
    assert_eq!(nobody.get("/health/live").await.status, 200);
    assert_eq!(nobody.get("/metrics").await.refusal(), (404, "route_not_found"));

    eventually("the line of the last request", async || api.logged().contains("route_not_found")).await;
    let told = api.logged();
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("answered")).collect();
    let line =
        lines.iter().find(|line| line.contains(id)).unwrap_or_else(|| panic!("no line of {id}: {told}"));
    for part in ["token_invalid", "401", "127.0.0.1", "/events"] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert!(!told.contains("hush"), "{told}");
    assert!(!lines.iter().any(|line| line.contains("/health/live")), "{told}");

    let own = told.lines().find(|line| line.contains("metrics and readiness")).unwrap();
    let address = own.rsplit("address=").next().unwrap().trim();
    let figures = world.http.get(format!("http://{address}/metrics")).send().await.unwrap();
    assert!(figures.text().await.unwrap().contains("# HELP haat_http_requests_total"));
    assert!(api.stop().await.success());
}
