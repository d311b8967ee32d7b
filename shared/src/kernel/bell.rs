//! Wake-ups through Redis: short messages that are allowed to get lost.
//!
//! Two topics. `jobs` says that a commit left jobs behind, so that relays look at once instead of at their next
//! tick. `orders` carries ids of orders that changed, so that long polls answer at once. Nothing is stored and
//! nobody waits: ringing hands the message to one task that sends what has gathered, and with Redis away it
//! drops it. Whoever listens must also look by itself now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::sync::{Notify, broadcast, mpsc};

use super::ids::OrderId;

/// Messages that may wait to be sent before further ones are dropped.
const WAITING: usize = 4096;

/// Rings, and hands out what others rang. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bell {
    outbox: mpsc::Sender<Ring>,
    jobs: Arc<Notify>,
    orders: broadcast::Sender<OrderId>,
    listening: Arc<AtomicBool>,
}

#[derive(Debug)]
enum Ring {
    Jobs,
    Orders(Vec<OrderId>),
}

impl Bell {
    /// Starts the task that sends and the task that listens. Both outlive any outage of Redis.
    ///
    /// Fails only if the URL can't be read.
    pub fn start(redis_url: &str, namespace: &str) -> Result<Self, redis::RedisError> {
        let client = redis::Client::open(redis_url)?;
        let connection = connection(&client)?;
        let (outbox, rings) = mpsc::channel(WAITING);
        let bell = Self::unheard(outbox);
        tokio::spawn(send(rings, connection, topics(namespace)));
        tokio::spawn(listen(client, topics(namespace), Listener::of(&bell)));
        Ok(bell)
    }

    /// A bell for one process alone: rung here, heard here.
    #[must_use]
    pub fn local() -> Self {
        Self::unheard(mpsc::channel(1).0)
    }

    fn unheard(outbox: mpsc::Sender<Ring>) -> Self {
        let orders = broadcast::channel(WAITING).0;
        Self { outbox, jobs: Arc::default(), orders, listening: Arc::default() }
    }

    /// Whether Redis hears us now. Without it work goes on, later by a tick.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Relaxed)
    }

    /// Jobs were committed.
    pub fn jobs_waiting(&self) {
        self.jobs.notify_one();
        let _ = self.outbox.try_send(Ring::Jobs);
    }

    /// These orders changed, and the change is committed.
    pub fn orders_changed(&self, orders: Vec<OrderId>) {
        for order in &orders {
            let _ = self.orders.send(*order);
        }
        let _ = self.outbox.try_send(Ring::Orders(orders));
    }

    /// Returns at once if jobs were announced since the last call, else when they are.
    pub async fn jobs_announced(&self) {
        self.jobs.notified().await;
    }

    /// Ids of changed orders, from now on.
    #[must_use]
    pub fn changed_orders(&self) -> broadcast::Receiver<OrderId> {
        self.orders.subscribe()
    }
}

struct Topics {
    jobs: String,
    orders: String,
}

fn topics(namespace: &str) -> Topics {
    Topics { jobs: format!("{namespace}.jobs"), orders: format!("{namespace}.orders") }
}

/// A connection that comes back by itself and never makes its first caller wait for long.
pub fn connection(client: &redis::Client) -> Result<ConnectionManager, redis::RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(Duration::from_secs(10)))
        .set_connection_timeout(Some(Duration::from_secs(2)))
        .set_max_delay(Duration::from_secs(2));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

async fn send(mut rings: mpsc::Receiver<Ring>, mut connection: ConnectionManager, topics: Topics) {
    let mut gathered = Vec::new();
    while rings.recv_many(&mut gathered, WAITING).await > 0 {
        let mut pipeline = redis::pipe();
        if gathered.iter().any(|ring| matches!(ring, Ring::Jobs)) {
            pipeline.publish(&topics.jobs, "").ignore();
        }
        let orders = gathered.drain(..).flat_map(|ring| match ring {
            Ring::Jobs => Vec::new(),
            Ring::Orders(orders) => orders,
        });
        let ids: Vec<String> = orders.map(|order| order.0.simple().to_string()).collect();
        if !ids.is_empty() {
            pipeline.publish(&topics.orders, ids.join(" ")).ignore();
        }
        let sent: Result<(), _> = pipeline.query_async(&mut connection).await;
        if sent.is_err() {
            metrics::counter!("haat_wakeups_dropped_total").increment(1);
        }
    }
}

/// What the listening task feeds. It holds no bell, so as not to keep itself alive.
struct Listener {
    jobs: Arc<Notify>,
    orders: broadcast::Sender<OrderId>,
    listening: Arc<AtomicBool>,
}

impl Listener {
    fn of(bell: &Bell) -> Self {
        Self { jobs: bell.jobs.clone(), orders: bell.orders.clone(), listening: bell.listening.clone() }
    }
}

async fn listen(client: redis::Client, topics: Topics, heard: Listener) {
    loop {
        if let Ok(mut subscription) = client.get_async_pubsub().await
            && subscription.subscribe(&[&topics.jobs, &topics.orders]).await.is_ok()
        {
            heard.listening.store(true, Ordering::Relaxed);
            heard.jobs.notify_one(); // something may have been rung while nobody listened
            let mut messages = subscription.on_message();
            while let Some(message) = messages.next().await {
                if message.get_channel_name() == topics.jobs {
                    heard.jobs.notify_one();
                } else {
                    let text: String = message.get_payload().unwrap_or_default();
                    for id in text.split(' ').filter_map(|id| id.parse().ok()) {
                        let _ = heard.orders.send(id);
                    }
                }
            }
            heard.listening.store(false, Ordering::Relaxed);
        }
        if heard.orders.strong_count() == 1 {
            return; // every bell of this process is gone
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
