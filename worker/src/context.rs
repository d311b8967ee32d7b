//! What every job body receives, and the one way it commits.

use std::sync::Arc;
use std::time::Duration;

use gateways::{CallContext, Gateway, Gateways};
use shared::jobs::{Claimed, Finished, JobError, Queue, store};
use shared::kernel::batcher::Batcher;
use shared::kernel::db::{Pool, Transaction};
use shared::kernel::ids::OrderId;
use shared::kernel::{Bell, Clock, Settings, Timestamp, TraceContext, db};
use shared::payment_log::Writer;
use shared::payments::Provider;

use crate::acceptance::Acceptance;
use crate::recorded::Recorded;

/// Most calls whose answers are written at once, and most that wait to be written.
const LOG_BATCH: usize = 64;
const LOG_WAITING: usize = 1024;

/// What jobs depend on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    pub settings: Arc<Settings>,
    pub pool: Pool,
    pub clock: Clock,
    pub bell: Bell,
    pub gateways: Gateways,
    /// Stores gateways' answers.
    pub payment_log: Batcher<Writer>,
    pub acceptance: Acceptance,
}

/// Listeners to wake once the transaction is committed.
#[derive(Clone, Debug, Default)]
pub struct After {
    /// Orders whose readers see a change.
    pub orders: Vec<OrderId>,
    /// Queues that may have a job which follows at once. Refunds wait for the next poll of their relay.
    pub queues: &'static [Queue],
}

/// Most effects that are followed at once are followed by a call to a gateway.
impl From<Vec<OrderId>> for After {
    fn from(orders: Vec<OrderId>) -> Self {
        Self { orders, queues: &[Queue::Payments] }
    }
}

impl From<Option<OrderId>> for After {
    fn from(order: Option<OrderId>) -> Self {
        Self::from(Vec::from_iter(order))
    }
}

impl From<OrderId> for After {
    fn from(order: OrderId) -> Self {
        Self::from(vec![order])
    }
}

/// Why a worker can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the database's address cannot be read: {0}")]
    Database(#[source] db::Failure),
    #[error("the address of Redis cannot be read: {0}")]
    Redis(#[from] redis::RedisError),
    #[error(transparent)]
    Gateway(#[from] outbound::Error),
}

impl Context {
    /// With everything that the settings name. Connects to nothing yet. Needs a running tokio runtime.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let pool =
            db::pool(&settings.database_url, settings.database_connections).map_err(StartError::Database)?;
        let bell = Bell::start(settings.redis_url.expose(), &settings.redis_namespace)?;
        let gateways = outbound::gateways(&settings)?;
        let payment_log = Batcher::start([Writer::new(pool.clone())], LOG_BATCH, LOG_WAITING);
        let clock = Clock::system();
        let (settings, acceptance) = (Arc::new(settings), Acceptance::default());
        Ok(Self { settings, pool, clock, bell, gateways, payment_log, acceptance })
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn begin(&self) -> Result<Transaction, JobError> {
        db::begin(&self.pool).await.map_err(database)
    }

    /// Commits the effect of a job together with the job's end.
    pub async fn finish(
        &self,
        transaction: Transaction,
        job: &Claimed,
        after: impl Into<After>,
    ) -> Result<Finished, JobError> {
        self.finish_all(transaction, &[job], after.into()).await
    }

    /// Commits the effect of many jobs together with their ends: all or none.
    pub async fn finish_all(
        &self,
        mut transaction: Transaction,
        jobs: &[&Claimed],
        after: After,
    ) -> Result<Finished, JobError> {
        let finished = store::finish(&mut transaction, jobs, self.now()).await?;
        db::commit(transaction).await.map_err(database)?;
        self.ring(after);
        Ok(finished)
    }

    /// Commits an intermediate step; the job goes on.
    pub async fn commit(&self, transaction: Transaction, after: impl Into<After>) -> Result<(), JobError> {
        db::commit(transaction).await.map_err(database)?;
        self.ring(after.into());
        Ok(())
    }

    /// Ends a job that had nothing to do.
    pub async fn nothing_to_do(&self, job: &Claimed) -> Result<Finished, JobError> {
        let transaction = self.begin().await?;
        self.finish(transaction, job, After::default()).await
    }

    fn ring(&self, after: After) {
        if !after.orders.is_empty() {
            self.bell.orders_changed(after.orders);
        }
        after.queues.iter().for_each(|queue| self.bell.jobs_waiting(*queue));
    }

    /// The gateway of a stored payment; its answers are stored. If the gateway is switched off, the job tries again
    /// later: its money may still move.
    pub fn gateway(&self, provider: Provider) -> Result<Arc<dyn Gateway>, JobError> {
        let inner = self.gateways.get(outbound::name(provider)).ok_or_else(|| {
            let why = format!("the gateway {} is not configured", provider.as_str());
            JobError::not_yet(why, Duration::from_secs(600))
        })?;
        let (log, clock) = (self.payment_log.clone(), self.clock.clone());
        Ok(Arc::new(Recorded { inner, provider, log, clock }))
    }

    /// What a call to a gateway inherits from the job.
    #[must_use]
    pub fn call(&self) -> CallContext {
        let traceparent = TraceContext::current().map(|trace| trace.child().to_string());
        CallContext { traceparent, now: self.now().timestamp() }
    }
}

pub(crate) fn database(error: db::Failure) -> JobError {
    db::notice(&error);
    JobError::retry(format!("the database failed: {error}"))
}
