//! A Redis of the test's own, to be emptied, killed and started again.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

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
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let mut server = Self { program, port, process: None };
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
        let process = Command::new(&self.program)
            .args([
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--daemonize",
                "no",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.program));
        self.process = Some(process);
        eventually("redis answers", Duration::from_secs(10), async || self.command("PING").await.is_ok())
            .await;
    }

    /// Forgets everything at once.
    pub async fn forget_everything(&self) {
        self.command("FLUSHALL").await.expect("redis answers");
    }

    async fn command(&self, name: &str) -> redis::RedisResult<String> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd(name).query_async(&mut connection).await
    }
}
