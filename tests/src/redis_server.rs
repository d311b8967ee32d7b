//! A Redis of the test's own, to be emptied, killed and started again.

use std::net::TcpListener;
use std::process::Stdio;

use redis::{Cmd, FromRedisValue, RedisResult};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::eventually;

/// A `redis-server` process that keeps nothing on disk.
#[derive(Debug)]
pub struct RedisServer {
    program: String,
    port: u16,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let program = std::env::var("HAAT_TEST_REDIS_SERVER")
            .expect("HAAT_TEST_REDIS_SERVER is set: run the tests by `cargo xtask test`");
        let mut server = Self { program, port: free_port(), process: None };
        server.come_back().await;
        server
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `kill -9`.
    pub async fn die(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().await.expect("our own process");
    }

    /// Starts again, empty, on the same port.
    pub async fn come_back(&mut self) {
        let port = self.port.to_string();
        let mut process = Command::new(&self.program)
            .args(["--port", &port, "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program));
        eventually("redis answers", async || {
            let ended = process.try_wait().expect("our own process");
            assert!(ended.is_none(), "redis-server on port {port} ended: {ended:?}");
            self.ask::<String>(&redis::cmd("PING")).await.is_ok()
        })
        .await;
        self.process = Some(process);
    }

    /// Forgets everything at once.
    pub async fn forget_everything(&self) {
        self.ask::<String>(&redis::cmd("FLUSHALL")).await.expect("redis answers");
    }

    /// Whether there is such a key.
    pub async fn has(&self, key: &str) -> bool {
        self.ask(redis::cmd("EXISTS").arg(key)).await.expect("redis answers")
    }

    /// Sends a command, as an operator would by `redis-cli`.
    pub async fn tell<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        self.ask(&command).await.expect("redis answers")
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        command.query_async(&mut connection).await
    }
}

/// A port without a listener, below those that Linux gives to outgoing connections: it has to stay free while the
/// server is dead.
fn free_port() -> u16 {
    loop {
        // The last bytes of a uuid v7 are random.
        let [.., high, low] = Uuid::now_v7().into_bytes();
        let port = 20_000 + u16::from_be_bytes([high, low]) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
