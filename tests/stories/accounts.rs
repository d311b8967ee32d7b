//! Accounts: opened, signed in to, prolonged, ended; and tokens that are not ours.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use haat_tests::{Answer, Person, World, tag};
use hmac::Hmac;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

const PASSWORD: &str = "correct horse battery";

async fn register(world: &World, email: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD, "full_name": "Mina" });
    world.nobody().post("/api/auth/register", body).await
}

async fn log_in(world: &World, email: &str, password: &str) -> Answer {
    world.nobody().post("/api/auth/login", json!({ "email": email, "password": password })).await
}

async fn refresh(world: &World, token: &Value) -> Answer {
    world.nobody().post("/api/auth/refresh", json!({ "refresh_token": token })).await
}

#[tokio::test]
async fn a_customer_registers_signs_in_and_keeps_a_profile() {
    let world = World::open().await;
    let made = register(&world, "Mina@Example.com").await;
    assert_eq!((made.status.as_u16(), made.header("location")), (201, "/api/users/me"));
    assert_eq!(made.data()["email"], "mina@example.com");
    assert!(!made.body.to_string().contains("password"), "nothing of a password is told");

    let signed = log_in(&world, "mina@EXAMPLE.com", PASSWORD).await.data().clone();
    assert_eq!(signed["token_type"], "Bearer");
    let mina = world.nobody().with_token(signed["access_token"].as_str().unwrap());
    let change = json!({ "full_name": "Mina K", "phone": "+880 1712 345678" });
    let changed = mina.send(Method::PATCH, "/api/users/me", &[], Some(change)).await;
    assert_eq!(changed.data()["phone"], "+8801712345678");
    let removed = mina.send(Method::PUT, "/api/auth/profile", &[], Some(json!({ "phone": null }))).await;
    assert_eq!(removed.data()["phone"], Value::Null);
    assert_eq!(mina.get("/api/auth/profile").await.data()["full_name"], "Mina K");
}

#[tokio::test]
async fn an_address_has_one_account_however_it_is_written() {
    let world = World::open().await;
    assert_eq!(register(&world, "mina@example.com").await.status, 201);
    let again = register(&world, " MINA@example.COM ").await;
    assert_eq!(again.refusal(), (409, "email_taken"));
    assert!(again.body["errors"]["email"][0].is_string(), "{}", again.body);
    // Two at the same moment are one and a refusal.
    let (one, other) =
        tokio::join!(register(&world, "rima@example.com"), register(&world, "RIMA@example.com"));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(world.count("select count(*) from users").await, 2);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let world = World::open().await;
    register(&world, "mina@example.com").await;
    let mut wrong = log_in(&world, "mina@example.com", "another horse battery").await;
    let mut unknown = log_in(&world, "nobody@example.com", PASSWORD).await;
    let mut no_address = log_in(&world, "no address", PASSWORD).await;
    assert_eq!(wrong.refusal(), (401, "wrong_credentials"));
    for answer in [&mut wrong, &mut unknown, &mut no_address] {
        answer.body["request_id"] = Value::Null;
    }
    assert_eq!((&wrong.body, wrong.status), (&unknown.body, unknown.status));
    assert_eq!((&wrong.body, wrong.status), (&no_address.body, no_address.status));
    assert_eq!(world.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_field_has_one_shape_whoever_finds_it() {
    let world = World::open().await;
    let nobody = world.nobody();
    let send = async |body| nobody.post("/api/auth/register", body).await;
    let missing = send(json!({ "email": "a@example.com", "password": PASSWORD })).await;
    let short = send(json!({ "email": "a@example.com", "password": "short", "full_name": "A" })).await;
    let no_address = send(json!({ "email": "a", "password": PASSWORD, "full_name": "A" })).await;
    for (answer, field) in [(missing, "full_name"), (short, "password"), (no_address, "email")] {
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert!(answer.body["errors"][field][0].is_string(), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_taken_address_and_a_taken_slug_are_told_together() {
    let world = World::open().await;
    let shop = |email: &str| json!({ "email": email, "password": PASSWORD, "full_name": "Mina", "shop_name": "Pots", "shop_slug": "pots" });
    let register = async |email: &str| world.nobody().post("/api/auth/register/vendor", shop(email)).await;
    assert_eq!(register("mina@example.com").await.status, 201);
    for (email, code, told) in [
        ("MINA@example.com", "email_taken", &["email", "shop_slug"][..]),
        ("rima@example.com", "shop_slug_taken", &["shop_slug"]),
    ] {
        let refused = register(email).await;
        assert_eq!(refused.refusal(), (409, code));
        assert_eq!(refused.body["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), told);
    }
    assert_eq!(world.count("select count(*) from users").await, 1);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_registration_is_told_at_once() {
    let world = World::open().await;
    let wrong = json!({ "email": "mina", "password": "short", "full_name": " ", "phone": "12",
        "shop_name": " ", "shop_slug": "No Slug" });
    let refused = world.nobody().post("/api/auth/register/vendor", wrong).await;
    assert_eq!(refused.refusal(), (422, "invalid"));
    let told: Vec<&String> = refused.body["errors"].as_object().unwrap().keys().collect();
    assert_eq!(
        told,
        ["email", "full_name", "password", "phone", "shop_name", "shop_slug"],
        "{}",
        refused.body
    );
    assert_eq!(world.count("select count(*) from users").await, 0);
    let mina = world.customer().await;
    let wrong = json!({ "full_name": " ", "phone": "12" });
    let refused = mina.send(Method::PATCH, "/api/users/me", &[], Some(wrong)).await;
    let told: Vec<&String> = refused.body["errors"].as_object().unwrap().keys().collect();
    assert_eq!(told, ["full_name", "phone"], "{}", refused.body);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_a_later_second_use_ends_the_family() {
    let world = World::open().await;
    register(&world, "mina@example.com").await;
    let first = log_in(&world, "mina@example.com", PASSWORD).await.data().clone();
    let elsewhere = log_in(&world, "mina@example.com", PASSWORD).await.data().clone();

    let second = refresh(&world, &first["refresh_token"]).await.data().clone();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    // A thief comes with the first one: it is over for both.
    world.pass(Duration::from_secs(31));
    assert_eq!(refresh(&world, &first["refresh_token"]).await.refusal(), (401, "session_ended"));
    assert_eq!(refresh(&world, &second["refresh_token"]).await.refusal(), (401, "session_ended"));
    // Another session of the same account is still valid.
    assert_eq!(refresh(&world, &elsewhere["refresh_token"]).await.status, 200);
    assert_eq!(refresh(&world, &json!("made up")).await.refusal(), (401, "token_invalid"));
}

#[tokio::test]
async fn a_refresh_token_that_comes_from_another_browser_ends_the_family_at_once() {
    let world = World::open().await;
    register(&world, "mina@example.com").await;
    let first = log_in(&world, "mina@example.com", PASSWORD).await.data().clone();
    let second = refresh(&world, &first["refresh_token"]).await.data().clone();
    let body = json!({ "refresh_token": first["refresh_token"] });
    let thief = [("User-Agent", "thief/1.0")];
    let stolen = world.nobody().send(Method::POST, "/api/auth/refresh", &thief, Some(body)).await;
    assert_eq!(stolen.refusal(), (401, "session_ended"));
    assert_eq!(refresh(&world, &second["refresh_token"]).await.refusal(), (401, "session_ended"));
}

#[tokio::test]
async fn tabs_that_refresh_together_all_stay_signed_in() {
    let world = World::open().await;
    register(&world, "mina@example.com").await;
    let signed = log_in(&world, "mina@example.com", PASSWORD).await.data().clone();
    let token = &signed["refresh_token"];
    let tabs = futures::future::join_all((0..20).map(|_| refresh(&world, token))).await;
    for tab in &tabs {
        assert_eq!(refresh(&world, &tab.data()["refresh_token"]).await.status, 200);
    }
    // The answer got lost on its way to a phone, which asks again.
    let token = &tabs[0].data()["refresh_token"];
    world.pass(Duration::from_secs(20));
    let again = refresh(&world, token).await.data().clone();
    assert_eq!(refresh(&world, &again["refresh_token"]).await.status, 200);
}

#[tokio::test]
async fn guessing_is_slowed_down_before_any_work_and_the_owner_is_not_locked_out() {
    let world = World::open().await;
    register(&world, "mina@example.com").await;
    for email in ["mina@example.com", "nobody@example.com"] {
        for _ in 0..10 {
            assert_eq!(log_in(&world, email, "wrong horse battery").await.refusal().0, 401);
        }
        let slowed = log_in(&world, email, PASSWORD).await;
        assert_eq!(slowed.refusal(), (429, "too_many_attempts"), "{email}");
        assert_eq!(slowed.header("retry-after"), "1");
    }
    register(&world, "rima@example.com").await;
    assert_eq!(log_in(&world, "rima@example.com", PASSWORD).await.status, 200, "others are not concerned");
    world.pass(Duration::from_secs(1));
    assert_eq!(log_in(&world, "mina@example.com", PASSWORD).await.status, 200);
    assert_eq!(log_in(&world, "mina@example.com", "wrong horse battery").await.refusal().0, 401);
}

#[tokio::test]
async fn a_password_signs_in_from_every_keyboard() {
    let world = World::open().await;
    let (composed, decomposed) = ("caf\u{e9} noir encore", "cafe\u{301} noir encore");
    for (email, chosen) in [("one@example.com", composed), ("two@example.com", decomposed)] {
        let body = json!({ "email": email, "password": chosen, "full_name": "Mina" });
        assert_eq!(world.nobody().post("/api/auth/register", body).await.status, 201);
        for typed in [composed, decomposed] {
            assert_eq!(log_in(&world, email, typed).await.status, 200, "{chosen} typed as {typed}");
        }
        assert_eq!(log_in(&world, email, "cafe noir encore").await.refusal().0, 401);
    }
}

#[tokio::test]
async fn after_logout_nothing_is_prolonged_and_repeating_it_changes_nothing() {
    let world = World::open().await;
    register(&world, "mina@example.com").await;
    let signed = log_in(&world, "mina@example.com", PASSWORD).await.data().clone();
    let mina = world.nobody().with_token(signed["access_token"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(mina.send(Method::POST, "/api/auth/logout", &[], None).await.status, 200);
    }
    assert_eq!(refresh(&world, &signed["refresh_token"]).await.refusal(), (401, "session_ended"));
}

#[tokio::test]
async fn time_ends_access_tokens_and_sessions() {
    let world = World::with(&[("HAAT_ACCESS_TOKEN_SECONDS", "900")]).await;
    register(&world, "mina@example.com").await;
    let signed = log_in(&world, "mina@example.com", PASSWORD).await.data().clone();
    let mina = world.nobody().with_token(signed["access_token"].as_str().unwrap());
    world.pass(Duration::from_secs(899));
    assert_eq!(mina.get("/api/users/me").await.status, 200);
    world.pass(Duration::from_secs(10));
    let late = mina.get("/api/users/me").await;
    assert_eq!(late.refusal(), (401, "token_expired"));
    assert!(late.header("www-authenticate").starts_with("Bearer"), "{:?}", late.headers);
    world.pass(Duration::from_secs(40 * 24 * 3600));
    assert_eq!(refresh(&world, &signed["refresh_token"]).await.refusal(), (401, "token_expired"));
}

#[tokio::test]
async fn who_is_suspended_is_told_so_only_with_the_right_password() {
    let world = World::open().await;
    register(&world, "mina@example.com").await;
    let signed = log_in(&world, "mina@example.com", PASSWORD).await.data().clone();
    sqlx::query("update users set status = 'suspended'").execute(&world.pool).await.unwrap();
    assert_eq!(log_in(&world, "mina@example.com", PASSWORD).await.refusal(), (403, "account_suspended"));
    assert_eq!(log_in(&world, "mina@example.com", "wrong horse battery").await.refusal().0, 401);
    assert_eq!(refresh(&world, &signed["refresh_token"]).await.refusal(), (403, "account_suspended"));
}

#[tokio::test]
async fn a_vendor_waits_for_an_administrator_before_anything_is_sold() {
    let world = World::open().await;
    let body = json!({ "email": "potter@example.com", "password": PASSWORD, "full_name": "Potter",
        "shop_name": "Clay & Sons" });
    let made = world.nobody().post("/api/auth/register/vendor", body).await.data().clone();
    let shop = made.to_string();
    assert!(shop.contains("pending") && shop.contains("clay-sons"), "{shop}");
    let signed = log_in(&world, "potter@example.com", PASSWORD).await.data().clone();
    let potter = world.nobody().with_token(signed["access_token"].as_str().unwrap());
    let pot = json!({ "title": "Pot", "variants": [
        { "price": { "amount": "5.00", "currency": "USD" }, "quantity": 3 }] });
    let pot = potter.post("/api/vendor/products", pot).await.data().clone();
    assert_eq!(world.nobody().get("/api/products").await.data()["results"], json!([]));

    let admin = world.admin().await;
    let waiting = admin.get("/api/admin/vendors?status=pending").await.data()["results"].clone();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1));
    let verify = format!("/api/admin/vendors/{}/verify", waiting[0]["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(admin.send(Method::POST, &verify, &[], None).await.data()["status"], "approved");
    }
    let listed = world.nobody().get("/api/products").await.data().clone();
    assert_eq!(listed["results"][0]["id"], pot["id"]);
}

/// Signs a token as anyone with the key could.
struct Forger {
    key: Vec<u8>,
    kid: String,
    claims: Value,
}

impl Forger {
    fn of(world: &World, person: &Person) -> Self {
        let key = world.app.settings.jwt_keys.signing();
        let claims = person.token.split('.').nth(1).unwrap();
        let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        Self { key: key.secret.expose().as_bytes().to_vec(), kid: key.id.clone(), claims }
    }

    fn token(&self, header: Value, change: impl Fn(&mut Value)) -> String {
        let mut claims = self.claims.clone();
        change(&mut claims);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = match header["alg"].as_str().unwrap() {
            "HS256" => tag::<Hmac<Sha256>>(&self.key, signed.as_bytes()),
            "HS512" => tag::<Hmac<Sha512>>(&self.key, signed.as_bytes()),
            _ => Vec::new(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[tokio::test]
async fn tokens_that_are_not_ours_open_nothing() {
    let world = World::open().await;
    let mina = world.customer().await;
    let forger = Forger::of(&world, &mina);
    let header = || json!({ "alg": "HS256", "typ": "JWT", "kid": forger.kid });
    let same = |_: &mut Value| ();
    // The forger can make a good token: each refusal below has the intended reason.
    let good = mina.with_token(forger.token(header(), same));
    assert_eq!(good.get("/api/users/me").await.status, 200);

    let stranger = Forger { key: vec![7; 40], kid: forger.kid.clone(), claims: forger.claims.clone() };
    let (start, signature) = mina.token.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    let now = world.clock.now().timestamp();
    let cases = [
        ("another key", stranger.token(header(), same)),
        ("a changed signature", format!("{start}.{turned}")),
        ("an unknown kid", forger.token(json!({ "alg": "HS256", "kid": "other" }), same)),
        ("no kid", forger.token(json!({ "alg": "HS256" }), same)),
        ("alg none", forger.token(json!({ "alg": "none", "kid": forger.kid }), same)),
        ("alg None", forger.token(json!({ "alg": "None", "kid": forger.kid }), same)),
        ("HS512", forger.token(json!({ "alg": "HS512", "kid": forger.kid }), same)),
        ("another audience", forger.token(header(), |c| c["aud"] = json!("elsewhere"))),
        ("no audience", forger.token(header(), |c| drop(c.as_object_mut().unwrap().remove("aud")))),
        ("another issuer", forger.token(header(), |c| c["iss"] = json!("elsewhere"))),
        ("no expiry", forger.token(header(), |c| drop(c.as_object_mut().unwrap().remove("exp")))),
        ("a role that is none", forger.token(header(), |c| c["role"] = json!("emperor"))),
        ("from the future", forger.token(header(), |c| c["iat"] = json!(now + 3600))),
        ("an empty one", " ".to_owned()),
        ("no token at all", "not.a.token".to_owned()),
    ];
    for (what, token) in cases {
        let answer = mina.with_token(token).get("/api/users/me").await;
        assert_eq!(answer.refusal(), (401, "token_invalid"), "{what}");
    }
    let basic = [("Authorization", "Basic YTpi")];
    let basic = world.nobody().send(Method::GET, "/api/users/me", &basic, None).await;
    assert_eq!(basic.refusal(), (401, "token_invalid"));
    assert_eq!(world.nobody().get("/api/users/me").await.refusal(), (401, "token_required"));
    let expired = mina.with_token(forger.token(header(), |c| c["exp"] = json!(now - 60)));
    assert_eq!(expired.get("/api/users/me").await.refusal(), (401, "token_expired"));
}
