//! A worker process: starts all its parts, and stops them in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use shared::jobs::Queue;
use shared::kernel::telemetry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::context::Context;
use crate::counters;
use crate::engine::{Ring, relay, sweep};
use crate::health;
use crate::schedules::SCHEDULES;
use crate::start::{Startup, ready_to_work};

/// A running worker.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
    grace: Duration,
}

impl Server {
    /// Opens the port for operators and waits for the database. Then it starts relay, sweeper, schedules and one pool
    /// of tasks per queue. Fails if the port is taken, or if the database keeps refusing our sign-in.
    pub async fn start(context: Context) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let listener = TcpListener::bind(context.settings.worker_addr).await?;
        let address = listener.local_addr()?;
        if let Some(file) = &context.settings.port_file {
            tokio::fs::write(file, address.port().to_string()).await?;
        }
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let startup = Startup::begun();
        let router = health::router(context.clone(), startup.clone(), telemetry::metrics());
        counters::register();
        let stopped = stop.clone();
        tasks.spawn(async move {
            let served =
                axum::serve(listener, router).with_graceful_shutdown(stopped.cancelled_owned()).await;
            if let Err(error) = served {
                tracing::error!(%error, "the port for operators failed");
            }
        });
        tracing::info!(%address, "the port for operators is open");
        ready_to_work(&context, &startup).await?;
        let ring = Arc::new(Ring::new(&context)?);
        let grace = context.settings.shutdown_grace;
        for queue in Queue::ALL {
            tasks.spawn(relay(context.clone(), Arc::clone(&ring), *queue, stop.clone()));
            tasks.spawn(Arc::clone(&ring).work(context.clone(), *queue, stop.clone(), grace));
        }
        tasks.spawn(sweep(context.clone(), Arc::clone(&ring), stop.clone()));
        for schedule in SCHEDULES {
            tasks.spawn(schedule.keep(context.clone(), stop.clone()));
        }
        let gateways = context.gateways.listed();
        tasks.close();
        tracing::info!(%address, version = shared::VERSION, gateways, "worker started");
        Ok(Self { address, stop, tasks, grace })
    }

    /// The address of health checks and metrics.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no new work, lets running jobs end within the grace, then returns.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(self.grace + Duration::from_secs(5), self.tasks.wait()).await.is_err() {
            tracing::warn!("some tasks did not end in time; their leases will");
        }
        tracing::info!("worker stopped");
    }
}

/// Works until SIGTERM or Ctrl-C.
pub async fn run(context: Context) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut told_to_stop = Box::pin(async move {
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            interrupted = tokio::signal::ctrl_c() => interrupted,
        }
    });
    let server = tokio::select! {
        started = Server::start(context) => started?,
        told = &mut told_to_stop => return Ok(told?), // nothing has begun
    };
    told_to_stop.await?;
    server.stop().await;
    Ok(())
}
