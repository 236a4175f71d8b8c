//! The servers that goldens share: one an engine, which starts when its first golden is told and ends after the last.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use kassa_tests::{Engine, Server};

/// At most one of each engine.
#[derive(Default)]
pub(crate) struct Servers {
    sqlite: Mutex<Option<Arc<Server>>>,
    postgres: Mutex<Option<Arc<Server>>>,
}

impl Servers {
    pub(crate) fn of(&self, engine: Engine) -> Arc<Server> {
        let slot = match engine {
            Engine::Sqlite => &self.sqlite,
            Engine::Postgres => &self.postgres,
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slot.get_or_insert_with(|| Arc::new(Server::start(engine))))
    }

    /// Ends them, which also searches what they wrote for secrets. What is wrong was printed as it was found.
    pub(crate) fn end_well(&self) -> bool {
        let slots = [&self.sqlite, &self.postgres];
        let servers = slots.map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner).take());
        // Each is ended, whatever became of the others.
        let ends = servers.map(|server| catch_unwind(AssertUnwindSafe(|| server.map(end))).is_ok());
        ends == [true, true]
    }
}

fn end(server: Arc<Server>) {
    let server = Arc::into_inner(server).expect("every golden has let go of it");
    server.is_healthy();
}
