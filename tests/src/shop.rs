//! Shops and their goods.

use reqwest::Method;
use serde_json::json;
use shared::identity::{Caller, Role};
use shared::kernel::ids::{SessionId, VendorId};
use uuid::Uuid;

use crate::{Person, World};

/// An approved shop and its owner.
#[derive(Clone, Debug)]
pub struct Shop {
    pub id: VendorId,
    pub slug: String,
    pub owner: Person,
}

/// Something to buy.
#[derive(Clone, Copy, Debug)]
pub struct Goods {
    pub variant: Uuid,
    pub product: Uuid,
}

impl Shop {
    pub(crate) async fn open(world: &World, name: &str) -> Self {
        let owner = world.person(Role::Vendor).await;
        let id = VendorId::new();
        let slug = format!("{}-{}", name.to_lowercase().replace(' ', "-"), id.0.simple());
        let sql = "insert into vendors (id, owner_id, slug, name, status, commission_rate, created_at)
                   values ($1, $2, $3, $4, 'approved', 0.10, $5)";
        let row = sqlx::query(sql).bind(id).bind(owner.user).bind(&slug).bind(name).bind(world.clock.now());
        row.execute(&world.pool).await.expect("a new shop");
        let caller =
            Caller { user: owner.user, session: SessionId::new(), role: Role::Vendor, vendor: Some(id) };
        Self { id, slug, owner: world.signed_in(caller) }
    }

    /// Puts a product of one variant on the shelf, by the shop's own import.
    pub async fn sells(&self, world: &World, title: &str, price: &str, pieces: i32) -> Goods {
        let handle = format!("{}-{}", title.to_lowercase().replace(' ', "-"), Uuid::now_v7().simple());
        let csv = format!(
            "Handle,Title,Option1 Name,Option1 Value,Variant Inventory Qty,Variant Price,Published\n\
             {handle},{title},Title,Default Title,{pieces},{price},true\n"
        );
        let answer = self.owner.import(csv).await;
        assert!(answer.status.is_success(), "{}: {}", answer.status, answer.body);
        let sql =
            "select v.id, p.id from variants v join products p on p.id = v.product_id where p.handle = $1";
        let (variant, product) =
            sqlx::query_as(sql).bind(&handle).fetch_one(&world.pool).await.expect("imported");
        Goods { variant, product }
    }

    /// Gives goods another price.
    pub async fn reprices(&self, goods: Goods, amount: &str, currency: &str) {
        let body = json!({ "price": { "amount": amount, "currency": currency } });
        let path = format!("/api/variants/{}", goods.variant);
        let answer = self.owner.send(Method::PATCH, &path, &[], Some(body)).await;
        assert!(answer.status.is_success(), "{}: {}", answer.status, answer.body);
    }

    /// The same, priced in another currency than dollars.
    pub async fn sells_in(&self, world: &World, price: (&str, &str), title: &str, pieces: i32) -> Goods {
        let (amount, currency) = price;
        let goods = self.sells(world, title, amount, pieces).await;
        let sql = "update variants set currency = $2 where id = $1";
        let priced = sqlx::query(sql).bind(goods.variant).bind(currency).execute(&world.pool).await;
        assert_eq!(priced.expect("the database answers").rows_affected(), 1);
        goods
    }
}
