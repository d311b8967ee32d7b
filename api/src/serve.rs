//! Runs the API until a signal ends it, then lets running requests finish.
//!
//! On SIGTERM or SIGINT readiness turns false and waiting requests answer. In production new connections are still
//! accepted for a moment, until load balancers have noticed. Then the listener closes, and running requests have
//! `shutdown_grace` to finish.

mod connections;

use std::io;
use std::path::Path;
use std::time::Duration;

use connections::Bounds;
use shared::kernel::settings::Environment;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::routes::{operators_router, router};

/// How long load balancers may take to see that readiness is false.
const LAST_ARRIVALS: Duration = Duration::from_secs(3);

/// Why the API could not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {address}: {source}")]
    Listen { address: std::net::SocketAddr, source: io::Error },
    #[error("cannot write the port to {path}: {source}")]
    PortFile { path: String, source: io::Error },
    #[error("the server failed: {0}")]
    Server(#[from] io::Error),
}

/// Serves until SIGTERM or SIGINT.
pub async fn serve(app: App) -> Result<(), ServeError> {
    let address = app.settings.api_addr;
    let listener = connections::listen(address).map_err(|source| ServeError::Listen { address, source })?;
    let bound = listener.local_addr()?;
    if let Some(path) = &app.settings.port_file {
        write_port(path, bound.port())
            .map_err(|source| ServeError::PortFile { path: path.display().to_string(), source })?;
    }
    let (gateways, public_url) = (app.gateways.listed(), &app.settings.public_url);
    tracing::info!(%bound, version = shared::VERSION, public_url, gateways, "listening");
    serve_operators(&app).await?;

    let stopping = app.stopping.clone();
    let grace = app.settings.shutdown_grace;
    let bounds = Bounds::of(&app.settings.edge);
    let running = connections::take(listener, router(app.clone()), bounds, closing_time(app));
    let overdue = async {
        stopping.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        () = running => {}
        () = overdue => tracing::warn!("some requests did not end in time and were cut off"),
    }
    tracing::info!("stopped");
    Ok(())
}

/// Serves these connections until it is dropped. For tests, which listen themselves: an app that is stopping still
/// answers.
pub async fn serve_on(listener: TcpListener, app: App) {
    let bounds = Bounds::of(&app.settings.edge);
    connections::take(listener, router(app), bounds, std::future::pending()).await;
}

/// Serves metrics and readiness at a separate address, if one is set, until the process ends.
async fn serve_operators(app: &App) -> Result<(), ServeError> {
    let Some(address) = app.settings.edge.metrics_addr else { return Ok(()) };
    let listener = connections::listen(address).map_err(|source| ServeError::Listen { address, source })?;
    tracing::info!(address = %listener.local_addr()?, "metrics and readiness");
    let router = operators_router(app.clone());
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the port for operators failed");
        }
    });
    Ok(())
}

/// Ends when no further connection is to be accepted.
async fn closing_time(app: App) {
    stop_signal().await;
    tracing::info!("stopping");
    app.stopping.cancel();
    match app.settings.environment {
        Environment::Production => {
            tokio::time::sleep(LAST_ARRIVALS.min(app.settings.shutdown_grace / 2)).await;
        }
        Environment::Development => {}
    }
}

async fn stop_signal() {
    let signals = signal(SignalKind::terminate()).and_then(|end| Ok((end, signal(SignalKind::interrupt())?)));
    match signals {
        Ok((mut terminate, mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        }
        Err(error) => {
            tracing::error!(%error, "signals can't be received; only SIGKILL ends this process");
            std::future::pending::<()>().await;
        }
    }
}

/// Written to a second file and renamed, so that a reader finds the whole number or no file.
fn write_port(path: &Path, port: u16) -> io::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, port.to_string())?;
    std::fs::rename(&beside, path)
}
