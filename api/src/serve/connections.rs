//! Accepts TCP connections and speaks HTTP/1.1 on them, each in its own task.
//!
//! axum's own server does not limit how long a client may take to send the head of a request: a client that sends it
//! byte by byte would keep a connection forever. Connections are limited in total and per client; one too many is
//! closed at once. TLS and HTTP/2 are the task of the proxy.
//!
//! hyper answers what is not HTTP (a head that can't be parsed or is too large, two lengths) by itself, with a bare 400 or
//! 431, and closes the connection. It offers no way to replace that answer, so it has no envelope, no request id and no
//! log line at `info`. A client that speaks HTTP never gets it.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use shared::kernel::Client;
use shared::kernel::settings::{EdgeSettings, TrustedProxies};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::util::MapRequest;

use crate::middleware::{Peer, Share, Shares};

/// How long a connection may be idle, or the head of a request may take to arrive. Longer than the idle timeout of load
/// balancers (60 s by convention), so that they never send into a connection that is being closed.
const IDLE: Duration = Duration::from_secs(75);

/// Pause after a connection could not be accepted: usually too many files are open, and some must close first.
const BREATHER: Duration = Duration::from_millis(100);

/// Length of the system's accept queue. With tokio's default of 128, a burst of clients, for example after a restart,
/// overflows it: the packet is lost, and the client hears nothing for 200 ms or more.
const BACKLOG: u32 = 4096;

/// Listens at an address. Needs a running runtime.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?; // a restart does not wait for connections that the last process left behind
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Limits on open connections.
#[derive(Debug)]
pub(super) struct Bounds {
    all: Arc<Semaphore>,
    of_clients: Shares<Client>,
    /// Trusted proxies. Many clients come through one, so its connections count only towards the total.
    proxies: TrustedProxies,
}

/// The place of an open connection; released when dropped.
#[derive(Debug)]
struct Place {
    _place: OwnedSemaphorePermit,
    _share: Option<Share<Client>>,
}

impl Bounds {
    pub(super) fn of(settings: &EdgeSettings) -> Self {
        Self {
            all: Arc::new(Semaphore::new(settings.connections)),
            of_clients: Shares::of(settings.connections_per_client),
            proxies: settings.trusted_proxies.clone(),
        }
    }

    fn admit(&self, peer: SocketAddr) -> Option<Place> {
        let place = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let share = if self.proxies.contains(peer.ip()) {
            None
        } else {
            Some(self.of_clients.take(Client::of(peer.ip()))?)
        };
        metrics::gauge!("haat_http_connections").increment(1.0);
        Some(Place { _place: place, _share: share })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("haat_http_connections").decrement(1.0);
    }
}

/// Accepts connections until the listener closes, then waits until the last running request is answered.
pub(super) async fn take(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    door_closes: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(IDLE);
    let open = GracefulShutdown::new();
    let mut door_closes = pin!(door_closes);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut door_closes => break,
        };
        match accepted {
            Ok((stream, peer)) => match bounds.admit(peer) {
                Some(place) => serve(stream, peer, place, &http, &router, &open),
                None => metrics::counter!("haat_http_connections_refused_total").increment(1),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
    drop(listener);
    open.shutdown().await;
}

fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    http: &http1::Builder,
    router: &Router,
    open: &GracefulShutdown,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection without TCP_NODELAY");
    }
    let router = MapRequest::new(router.clone(), move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        request
    });
    let service = TowerToHyperService::new(router);
    let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
    tokio::spawn(async move {
        let _place = place;
        // A client that disconnects in the middle is not an internal error.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    use super::*;

    fn bounds(connections: usize, per_client: usize) -> Bounds {
        Bounds {
            all: Arc::new(Semaphore::new(connections)),
            of_clients: Shares::of(per_client),
            proxies: TrustedProxies::parse("10.0.0.1").expect("an address"),
        }
    }

    #[test]
    fn connections_are_bounded_in_all_and_of_one_client() {
        let bounds = bounds(4, 2);
        let peer = |address: &str| format!("{address}:4711").parse().expect("an address");
        let held = [bounds.admit(peer("192.0.2.1")), bounds.admit(peer("192.0.2.1"))];
        assert!(held.iter().all(Option::is_some) && bounds.admit(peer("192.0.2.1")).is_none());
        let others = [bounds.admit(peer("10.0.0.1")), bounds.admit(peer("10.0.0.1"))];
        assert!(others.iter().all(Option::is_some));
        assert!(bounds.admit(peer("192.0.2.2")).is_none(), "four are all");
        drop(others);
        assert!(bounds.admit(peer("192.0.2.2")).is_some());
    }

    #[tokio::test]
    async fn a_request_under_way_gets_its_answer_after_the_door_has_closed() {
        let (entered, handler_runs) = oneshot::channel::<()>();
        let (finish, may_finish) = oneshot::channel::<()>();
        let once = std::sync::Mutex::new(Some((entered, may_finish)));
        let once = Arc::new(once);
        let handler = move || {
            let (entered, may_finish) = once.lock().unwrap().take().unwrap();
            async move {
                entered.send(()).unwrap();
                may_finish.await.unwrap();
                "the mug"
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (close, closed) = oneshot::channel::<()>();
        let door = async { closed.await.unwrap() };
        let router = Router::new().route("/", get(handler));
        let server = tokio::spawn(take(listener, router, bounds(9, 9), door));

        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        handler_runs.await.unwrap();
        close.send(()).unwrap();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!server.is_finished());
        finish.send(()).unwrap();

        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("the mug"), "{answer}");
        server.await.unwrap();
    }
}
