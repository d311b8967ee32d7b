//! Reading everything back, page by page, as a reconciliation does.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::shop::{PAYS, bad, open_shop};

#[tokio::test]
async fn pages_add_up_to_everything() {
    let shop = open_shop().await;
    for number in 0..7 {
        shop.paid_with(&format!("ord-{number}"), PAYS).await;
    }
    let mut found = BTreeSet::new();
    for page in 1..=4 {
        let list = shop.read_all(&format!("/transaction?perPage=2&page={page}")).await;
        let meta = json!({"total": 7, "skipped": (page - 1) * 2, "perPage": 2, "page": page, "pageCount": 4,
            "total_volume": 3_500_000});
        assert_eq!(list["meta"], meta);
        found.extend(list["data"].as_array().unwrap().iter().map(|one| one["reference"].to_string()));
    }
    assert_eq!(found.len(), 7);
    let beyond = shop.read_all("/transaction?perPage=2&page=9").await;
    assert_eq!(beyond["data"], json!([]));
    assert_eq!(shop.read_all("/transaction").await["meta"]["perPage"], 50);
    assert_eq!(shop.read("/transaction?per_page=1").await[0]["reference"], "ord-6");
}

#[tokio::test]
async fn a_list_is_narrowed() {
    let shop = open_shop().await;
    let first = shop.paid_with("ord-1", PAYS).await;
    shop.sandbox.advance(Duration::from_secs(60));
    shop.initialize("ord-2").await;
    let made = shop.verify("ord-2").await["created_at"].as_str().unwrap().to_owned();
    let before = first["created_at"].as_str().unwrap();
    for (query, found) in [
        ("status=success".to_owned(), vec!["ord-1"]),
        ("status=abandoned".into(), vec!["ord-2"]),
        ("status=failed".into(), vec![]),
        (format!("from={made}"), vec!["ord-2"]),
        (format!("to={before}"), vec!["ord-1"]),
        (format!("from={before}&to={made}"), vec!["ord-2", "ord-1"]),
        ("from=2020-01-01&to=2020-01-02".into(), vec![]),
        (format!("customer={}", first["customer"]["id"]), vec!["ord-2", "ord-1"]),
        ("amount=500000&status=success".into(), vec!["ord-1"]),
        ("currency=GHS".into(), vec![]),
    ] {
        let list = shop.read(&format!("/transaction?{query}")).await;
        let references: Vec<_> =
            list.as_array().unwrap().iter().map(|one| one["reference"].as_str().unwrap()).collect();
        assert_eq!(references, found, "{query}");
    }
}

#[tokio::test]
async fn what_a_list_does_not_understand() {
    let shop = open_shop().await;
    for query in [
        "perPage=0",
        "perPage=1001",
        "perPage=x",
        "page=0",
        "page=-1",
        "from=yesterday",
        "status=paid",
        "perPage=%ff",
    ] {
        for path in
            ["/transaction", "/refund", "/transfer", "/dispute", "/transferrecipient", "/balance/ledger"]
        {
            if query.starts_with("status")
                && ["/refund", "/transferrecipient", "/balance/ledger"].contains(&path)
            {
                continue;
            }
            let refused = bad(shop.get(&format!("{path}?{query}")).send().await.unwrap(), 400).await;
            assert_eq!(refused["code"], "invalid_params", "{path} {query}");
        }
    }
    let huge = shop.read_all("/transaction?page=9223372036854775807&perPage=1000").await;
    assert_eq!(huge["data"], json!([]));
}
