//! Wake-ups through Redis: short messages that may get lost.
//!
//! There are three topics. `jobs` names queues in which a commit left jobs, so that relays look at once instead of at
//! their next tick. `tasks` names queues in which a relay handed work over, so that workers fetch it. `orders` carries
//! ids of orders that changed, so that long polls answer at once. Nothing is stored, and the sender never waits: one
//! task sends what has gathered, and drops it while Redis is away. Every listener must therefore also look by itself
//! from time to time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::{Notify, broadcast, mpsc, watch};

use super::ids::OrderId;
use super::redis_link::{RedisLink, RedisState};
use crate::jobs::Queue;

/// Most messages that wait to be sent; further ones are dropped.
const WAITING: usize = 4096;

/// Sends wake-ups, and delivers those of other processes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bell {
    outbox: mpsc::Sender<Ring>,
    heard: Heard,
    /// `None` if only this process listens.
    link: Option<RedisLink>,
}

/// Wake-ups for the listeners in this process.
#[derive(Clone, Debug)]
struct Heard {
    queues: Arc<[HeardOfQueue]>,
    orders: broadcast::Sender<OrderId>,
    listening: Arc<AtomicBool>,
}

/// Wake-ups for one queue.
#[derive(Debug)]
struct HeardOfQueue {
    queue: Queue,
    jobs: Notify,
    tasks: watch::Sender<u64>,
}

impl Heard {
    fn new() -> Self {
        let of =
            |queue: &Queue| HeardOfQueue { queue: *queue, jobs: Notify::new(), tasks: watch::Sender::new(0) };
        let queues = Queue::ALL.iter().map(of).collect();
        Self { queues, orders: broadcast::channel(WAITING).0, listening: Arc::default() }
    }

    fn of(&self, queue: Queue) -> &HeardOfQueue {
        self.queues.iter().find(|heard| heard.queue == queue).expect("every queue is listened for")
    }

    /// The queues that a message names; all of them if it names none, like messages of older builds.
    fn named<'a>(&'a self, message: &'a str) -> impl Iterator<Item = &'a HeardOfQueue> {
        let means = |heard: &HeardOfQueue| {
            message.is_empty() || message.split(' ').any(|name| name == heard.queue.as_str())
        };
        self.queues.iter().filter(move |heard| means(heard))
    }
}

impl HeardOfQueue {
    fn jobs(&self) {
        self.jobs.notify_one();
    }

    fn tasks(&self) {
        self.tasks.send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[derive(Debug)]
enum Ring {
    Jobs(Queue),
    Tasks(Queue),
    Orders(Vec<OrderId>),
}

impl Bell {
    /// Starts the task that sends and the task that listens. Both outlive any outage of Redis.
    ///
    /// Fails only if the URL can't be read.
    pub fn start(redis_url: &str, namespace: &str) -> Result<Self, redis::RedisError> {
        let link = RedisLink::open(redis_url, namespace)?;
        let (outbox, rings) = mpsc::channel(WAITING);
        let bell = Self { outbox, heard: Heard::new(), link: Some(link.clone()) };
        tokio::spawn(send(rings, link.clone(), topics(namespace)));
        tokio::spawn(listen(link, topics(namespace), bell.heard.clone()));
        Ok(bell)
    }

    /// Wake-ups within one process only, without Redis.
    #[must_use]
    pub fn local() -> Self {
        let (outbox, _) = mpsc::channel(1);
        Self { outbox, heard: Heard::new(), link: None }
    }

    /// Whether Redis delivers our wake-ups now. Without it work goes on, later by a tick.
    #[must_use]
    pub fn is_listening(&self) -> bool {
        self.heard.listening.load(Ordering::Relaxed)
    }

    /// The state of Redis: up only if it accepts writes and delivers messages.
    #[must_use]
    pub fn redis(&self) -> RedisState {
        let state = self.link.as_ref().map_or(RedisState::Down, RedisLink::state);
        if state == RedisState::Up && !self.is_listening() { RedisState::Down } else { state }
    }

    /// The connection of wake-ups; `None` if only this process listens.
    #[must_use]
    pub fn link(&self) -> Option<&RedisLink> {
        self.link.as_ref()
    }

    /// Jobs of a queue were committed.
    pub fn jobs_waiting(&self, queue: Queue) {
        self.heard.of(queue).jobs();
        let _ = self.outbox.try_send(Ring::Jobs(queue));
    }

    /// Jobs were committed, in some queue.
    pub fn jobs_waiting_somewhere(&self) {
        Queue::ALL.iter().for_each(|queue| self.jobs_waiting(*queue));
    }

    /// A relay handed over work of a queue.
    pub fn tasks_handed_over(&self, queue: Queue) {
        self.heard.of(queue).tasks();
        let _ = self.outbox.try_send(Ring::Tasks(queue));
    }

    /// These orders changed, and the change is committed.
    pub fn orders_changed(&self, orders: Vec<OrderId>) {
        for order in &orders {
            let _ = self.heard.orders.send(*order);
        }
        let _ = self.outbox.try_send(Ring::Orders(orders));
    }

    /// Returns at once if jobs of a queue were announced since the last call, else when they are.
    pub async fn jobs_announced(&self, queue: Queue) {
        self.heard.of(queue).jobs.notified().await;
    }

    /// Changes whenever work of a queue was handed over.
    #[must_use]
    pub fn handed_over(&self, queue: Queue) -> watch::Receiver<u64> {
        self.heard.of(queue).tasks.subscribe()
    }

    /// Ids of changed orders, from now on.
    #[must_use]
    pub fn changed_orders(&self) -> broadcast::Receiver<OrderId> {
        self.heard.orders.subscribe()
    }
}

struct Topics {
    jobs: String,
    tasks: String,
    orders: String,
}

fn topics(namespace: &str) -> Topics {
    let topic = |name| format!("{namespace}.{name}");
    Topics { jobs: topic("jobs"), tasks: topic("tasks"), orders: topic("orders") }
}

async fn send(mut rings: mpsc::Receiver<Ring>, link: RedisLink, topics: Topics) {
    let mut gathered = Vec::new();
    while rings.recv_many(&mut gathered, WAITING).await > 0 {
        let (mut jobs, mut tasks, mut orders) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for ring in gathered.drain(..) {
            match ring {
                Ring::Jobs(queue) => drop(jobs.insert(queue.as_str())),
                Ring::Tasks(queue) => drop(tasks.insert(queue.as_str())),
                Ring::Orders(ids) => orders.extend(ids.iter().map(|id| id.0.simple().to_string())),
            }
        }
        let messages = [
            (&topics.jobs, jobs.into_iter().collect::<Vec<_>>().join(" ")),
            (&topics.tasks, tasks.into_iter().collect::<Vec<_>>().join(" ")),
            (&topics.orders, orders.join(" ")),
        ];
        let mut pipeline = redis::pipe();
        for (topic, message) in messages.iter().filter(|(_, message)| !message.is_empty()) {
            pipeline.publish(topic, message).ignore();
        }
        let sent: Result<(), _> = pipeline.query_async(&mut link.connection()).await;
        if sent.is_err() {
            metrics::counter!("haat_wakeups_dropped_total").increment(1);
        }
    }
}

async fn listen(link: RedisLink, topics: Topics, heard: Heard) {
    loop {
        let mut renewals = link.renewals();
        if let Ok(mut subscription) = link.client().get_async_pubsub().await
            && subscription.subscribe(&[&topics.jobs, &topics.tasks, &topics.orders]).await.is_ok()
        {
            heard.listening.store(true, Ordering::Relaxed);
            // Wake-ups may have been missed while the subscription was down.
            for queue in heard.queues.iter() {
                queue.jobs();
                queue.tasks();
            }
            let mut messages = subscription.on_message();
            loop {
                // If writes are refused, other processes may already use another server.
                let message = tokio::select! {
                    message = messages.next() => message,
                    _ = renewals.changed() => None,
                };
                let Some(message) = message else { break };
                hear(&message, &topics, &heard);
            }
            heard.listening.store(false, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn hear(message: &redis::Msg, topics: &Topics, heard: &Heard) {
    let topic = message.get_channel_name();
    let text: String = message.get_payload().unwrap_or_default();
    if topic == topics.jobs {
        heard.named(&text).for_each(HeardOfQueue::jobs);
    } else if topic == topics.tasks {
        heard.named(&text).for_each(HeardOfQueue::tasks);
    } else {
        for id in text.split(' ').filter_map(|id| id.parse().ok()) {
            let _ = heard.orders.send(id); // there may be no listener
        }
    }
}
