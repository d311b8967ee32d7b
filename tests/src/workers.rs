//! Workers that run by themselves, over real Redis, in addition to the one that the test runs.

use haat_worker::{Context, Server};
use shared::kernel::Bell;

use crate::World;

impl World {
    /// A separate context over the same database, with wake-ups over the Redis of the settings, as a process has it.
    #[must_use]
    pub fn worker_context(&self) -> Context {
        let settings = &self.worker.settings;
        let bell =
            Bell::start(settings.redis_url.expose(), &settings.redis_namespace).expect("a readable URL");
        Context { bell, ..self.worker.clone() }
    }

    /// Starts a worker as a process would.
    pub async fn start_worker(&self) -> Server {
        Server::start(self.worker_context()).await.expect("a free port")
    }
}
