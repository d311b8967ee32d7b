//! Redis forgets, dies, comes back empty or stays away: time is lost, and nothing else.

use std::time::Duration;

use haat_tests::{Goods, Person, RedisServer, World, eventually};

struct Scene {
    world: World,
    redis: RedisServer,
    buyers: Vec<Person>,
    mug: Goods,
}

impl Scene {
    async fn set(buyers: usize) -> Self {
        let redis = RedisServer::start().await;
        let world = World::with(&[("REDIS_URL", &redis.url())]).await;
        let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 1000).await;
        let buyers = futures::future::join_all((0..buyers).map(|_| world.customer())).await;
        Self { world, redis, buyers, mug }
    }

    async fn order(&self, buyers: std::ops::Range<usize>) {
        for buyer in &self.buyers[buyers] {
            buyer.order("cash_on_delivery", &[(self.mug.variant, 1)]).await;
        }
    }

    async fn confirmed(&self) -> usize {
        let sql = "select count(*) from orders where status = 'confirmed'";
        usize::try_from(self.world.count(sql).await).unwrap()
    }

    /// Whether a worker has left the key by which it notices that Redis was emptied.
    async fn redis_is_marked(&self) -> bool {
        self.redis.has(&format!("{}-epoch", self.world.worker.settings.redis_namespace)).await
    }

    /// All is done, each once.
    async fn ends_well(&self) {
        let all = self.buyers.len();
        eventually("all orders are confirmed", async || {
            // Jobs that were lost with Redis return when their lease ends.
            self.world.pass(Duration::from_millis(500));
            self.confirmed().await == all
        })
        .await;
        let pieces = i32::try_from(all).unwrap();
        assert_eq!(self.world.stock(self.mug.variant).await, (1000, pieces));
        let reserved = "select count(*) from stock_movements where kind = 'reserved'";
        assert_eq!(self.world.count(reserved).await, i64::from(pieces));
        self.world.books_balance().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_forgets_everything_under_a_backlog() {
    let scene = Scene::set(60).await;
    scene.order(0..40).await;
    let workers = [scene.world.start_worker().await, scene.world.start_worker().await];
    for round in 0..4 {
        scene.redis.forget_everything().await;
        scene.order(40 + round * 5..45 + round * 5).await;
    }
    scene.redis.forget_everything().await;
    scene.ends_well().await;
    for worker in workers {
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_that_redis_forgot_are_handed_over_anew_without_waiting_for_their_lease() {
    let scene = Scene::set(10).await;
    let world = &scene.world;
    // As if a relay had handed all over, and Redis had been wiped before anybody took anything.
    let first = world.start_worker().await;
    eventually("Redis is marked", async || scene.redis_is_marked().await).await;
    first.stop().await;
    scene.order(0..10).await;
    let sql = "update jobs set status = 'published', delivery = delivery + 1, lease_until = $1";
    let far = world.clock.now() + chrono::TimeDelta::hours(1);
    sqlx::query(sql).bind(far).execute(&world.pool).await.unwrap();
    scene.redis.forget_everything().await;

    let second = world.start_worker().await;
    eventually("all orders are confirmed", async || scene.confirmed().await == 10).await;
    second.stop().await;
    scene.ends_well().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_dies_and_comes_back_empty() {
    let mut scene = Scene::set(40).await;
    let worker = scene.world.start_worker().await;
    scene.order(0..20).await;
    scene.redis.die().await;
    scene.order(20..30).await;
    scene.redis.come_back().await;
    scene.order(30..40).await;
    scene.ends_well().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_orders_are_accepted_and_done_when_it_is_back() {
    let mut scene = Scene::set(20).await;
    let worker = scene.world.start_worker().await;
    scene.order(0..5).await;
    eventually("the first are done", async || scene.confirmed().await == 5).await;
    scene.redis.die().await;
    // `order` asserts the 202.
    scene.order(5..20).await;
    assert_eq!(scene.confirmed().await, 5, "nobody hands work over without Redis");
    let ready = scene.world.nobody().get("/health/ready").await;
    assert_eq!(ready.status, 200, "the API serves without Redis: {}", ready.body);
    scene.redis.come_back().await;
    scene.ends_well().await;
    worker.stop().await;
}
