//! Tokens: how they are granted and renewed, and every reason why a call is not let in. The answers
//! come from different hands: the gateway in front, or bKash behind it.

use std::time::Duration;

use haat_sandbox::BkashConfig;
use serde_json::json;

use crate::shop::{BASE, json_of, mugs, open_shop, open_shop_with};

#[tokio::test]
async fn a_token_lets_in_for_an_hour_and_can_be_renewed() {
    let shop = open_shop().await;
    let granted = json_of(shop.grant().send().await.unwrap()).await;
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let create = |token: String| {
        let request = shop.client.post(shop.url(&format!("{BASE}/create"))).json(&mugs());
        request.header("x-app-key", "sandbox_key").header("authorization", token).send()
    };
    let token = granted["id_token"].as_str().unwrap().to_owned();
    assert_eq!(create(token.clone()).await.unwrap().status(), 200);
    assert_eq!(create(format!("Bearer {token}")).await.unwrap().status(), 200);
    shop.sandbox.advance(Duration::from_secs(3600));
    let late = create(token).await.unwrap();
    assert_eq!(late.status(), 401);
    assert_eq!(json_of(late).await["message"], "The incoming token has expired");

    let refresh = |token: &serde_json::Value| {
        let body = json!({"app_key": "sandbox_key", "app_secret": "sandbox_secret", "refresh_token": token});
        let request = shop.client.post(shop.url(&format!("{BASE}/token/refresh"))).json(&body);
        request.header("username", "sandbox").header("password", "sandbox").send()
    };
    let renewed = json_of(refresh(&granted["refresh_token"]).await.unwrap()).await;
    assert_eq!(create(renewed["id_token"].as_str().unwrap().into()).await.unwrap().status(), 200);
    shop.sandbox.advance(Duration::from_secs(29 * 24 * 3600));
    for old in [&granted["refresh_token"], &json!("eyJ")] {
        assert_eq!(json_of(refresh(old).await.unwrap()).await["statusCode"], "2079");
    }
}

#[tokio::test]
async fn who_grants_too_often_is_shut_out_for_an_hour() {
    // The shop has had one when it opened.
    let shop = open_shop_with(BkashConfig { grants_per_hour: 2, ..BkashConfig::default() }).await;
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(shop.grant().send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 403]);
    assert_eq!(json_of(shop.grant().send().await.unwrap()).await["message"], "Forbidden");
    // The token that he has goes on working.
    shop.created(&mugs()).await;
    shop.sandbox.advance(Duration::from_secs(3601));
    assert_eq!(shop.grant().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn strangers_are_told_so_by_whoever_notices() {
    let shop = open_shop().await;
    let url = shop.url(&format!("{BASE}/token/grant"));
    let keys = json!({"app_key": "sandbox_key", "app_secret": "sandbox_secret"});
    let nobody = shop.client.post(&url).json(&keys).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
    assert_eq!(json_of(nobody).await["message"], "Unauthorized");
    let wrong = json!({"app_key": "sandbox_key", "app_secret": "other"});
    let wrong = shop.grant().json(&wrong).send().await.unwrap();
    assert_eq!(json_of(wrong).await["statusCode"], "2001");

    let create = || shop.client.post(shop.url(&format!("{BASE}/create"))).json(&mugs());
    assert_eq!(create().send().await.unwrap().status(), 401);
    let other_app = create().header("authorization", &shop.token).header("x-app-key", "other");
    let other_app = other_app.send().await.unwrap();
    assert_eq!(other_app.status(), 400);
    assert_eq!(json_of(other_app).await["errorCode"], "2001");

    for request in [
        shop.client.get(shop.url(&format!("{BASE}/create"))),
        shop.client.post(shop.url(&format!("{BASE}/nothing"))),
        shop.client.post(shop.url("/")),
    ] {
        let lost = request.send().await.unwrap();
        assert_eq!(lost.status(), 403);
        let lost = json_of(lost).await;
        assert_eq!(lost["message"], "Missing Authentication Token");
        assert!(lost["sandbox"].as_str().unwrap().contains(" /"), "{lost}");
    }
    shop.sandbox.expire_bkash_tokens();
    let path = format!("{BASE}/create");
    assert_eq!(shop.post(&path).json(&mugs()).send().await.unwrap().status(), 401);
}
