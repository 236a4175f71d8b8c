//! A `kassa serve` of a test's own, on data of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, kill_process, prlimit};

use crate::cells::Cell;
use crate::cli::{Merchant, Output};
use crate::engine::Engine;
use crate::http::{self, Answer};
use crate::place::{Place, Running};
use crate::wait::{ERASED, eventually};

const STOP_LIMIT: Duration = Duration::from_secs(15);

/// Makes one address of a database out of another.
type Way = Box<dyn Fn(&str) -> String + Send + Sync>;

/// How a server is started.
pub struct Setup {
    pub(crate) engine: Engine,
    pub(crate) arguments: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) file_blocks: Option<u64>,
    pub(crate) listen: String,
    /// What makes the address under which the server reaches PostgreSQL out of the database's own.
    pub(crate) way: Option<Way>,
    /// Whether the log goes into a pipe that nobody reads.
    pub(crate) is_log_unread: bool,
}

impl Setup {
    /// `serve --listen 127.0.0.1:0` on fresh data.
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            arguments: Vec::new(),
            variables: Vec::new(),
            file_blocks: None,
            listen: "127.0.0.1:0".to_owned(),
            way: None,
            is_log_unread: false,
        }
    }

    /// One more argument.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// One more environment variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Its log goes into a pipe that nobody reads.
    pub fn unread_log(mut self) -> Self {
        self.is_log_unread = true;
        self
    }

    /// Another address to listen on.
    pub fn listen(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// Another way to PostgreSQL: of a database's address it makes the one that the server is given.
    pub fn way(mut self, way: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.way = Some(Box::new(way));
        self
    }

    /// No file of the server may become larger, in blocks of 512 bytes: the disk is full.
    pub fn file_limit(mut self, blocks: u64) -> Self {
        self.file_blocks = Some(blocks);
        self
    }

    /// Starts it.
    #[track_caller]
    pub fn start(self) -> Server {
        let place = Place::new(self);
        let running =
            place.start(&place.setup.listen).unwrap_or_else(|log| panic!("kassa did not start:\n{log}"));
        Server { running: Some(running), place, agent: http::agent() }
    }

    /// Runs a command on fresh data.
    pub fn runs(self, arguments: &[&str]) -> Output {
        let place = Place::new(self);
        let mut command = place.command();
        command.args(arguments);
        place.run(command)
    }

    /// Tries to start it, and waits for it to end by itself.
    pub fn fails_to_start(self) -> Output {
        let place = Place::new(self);
        place.run(place.serve(&place.setup.listen))
    }
}

/// A server.
pub struct Server {
    // Before the place, so that it ends before its data goes.
    running: Option<Running>,
    place: Place,
    agent: ureq::Agent,
}

impl Server {
    /// Starts one on fresh data.
    #[track_caller]
    pub fn start(engine: Engine) -> Self {
        Setup::new(engine).start()
    }

    /// The one that tests share which do not disturb each other. It lives while any of them does.
    pub fn shared(engine: Engine) -> Arc<Self> {
        static SQLITE: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        static POSTGRES: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let slot = match engine {
            Engine::Sqlite => &SQLITE,
            Engine::Postgres => &POSTGRES,
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start(engine));
            *slot = Arc::downgrade(&server);
            server
        })
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs")
    }

    /// `http://127.0.0.1:…`
    pub fn url(&self) -> &str {
        &self.running().address
    }

    /// `127.0.0.1:…`
    pub fn address(&self) -> &str {
        self.url().split_once("://").expect("a scheme").1
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.running().child.id()
    }

    /// How long the last start took until the ready line.
    pub fn took(&self) -> Duration {
        self.running().took
    }

    /// What it keeps its data in.
    pub fn engine(&self) -> Engine {
        self.place.setup.engine
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.place.data()
    }

    /// A folder for files beside the data.
    pub fn folder(&self) -> &Path {
        self.place.folder.path()
    }

    /// Every value in every table of its database, but for nulls.
    pub fn cells(&self) -> Vec<Cell> {
        self.place.cells()
    }

    /// The same, once payments and answers have forgotten who was deleted.
    pub fn cells_without_the_deleted(&self) -> Vec<Cell> {
        eventually(ERASED, "who was deleted is forgotten", || {
            let is_left = |cell: &Cell| cell.place.ends_with(".deleted_at");
            (!self.cells().iter().any(is_left)).then_some(())
        });
        // Not those that were read before: one table is read after another.
        self.cells()
    }

    /// Everything that it ever wrote to stderr.
    pub fn log(&self) -> String {
        self.place.log_text()
    }

    /// Asks for a path.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        http::get(&self.agent, &format!("{}{path}", self.url()))
    }

    /// A client that keeps its connections; clones share them.
    pub fn agent(&self) -> ureq::Agent {
        self.agent.clone()
    }

    /// Runs a command on this server's data.
    pub fn command(&self, arguments: &[&str]) -> Output {
        let mut command = self.place.command();
        command.args(arguments);
        self.place.run(command)
    }

    /// Runs a command on this server's data with other options, and without the server's own environment.
    pub fn command_with(&self, change: impl FnOnce(&mut Command)) -> Output {
        let mut command = self.place.command();
        change(&mut command);
        self.place.run(command)
    }

    /// Makes a merchant that no other test knows, with test credentials.
    #[track_caller]
    pub fn merchant(&self) -> Merchant {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("Shop {}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.credentials(&name, "test")
    }

    /// Makes credentials of a merchant in a mode.
    #[track_caller]
    pub fn credentials(&self, name: &str, mode: &str) -> Merchant {
        let url = self.url();
        let arguments = ["merchant", "create", "--name", name, "--mode", mode, "--json", "--public-url", url];
        Merchant { name: name.to_owned(), made: self.command(&arguments).done().json() }
    }

    /// Ends it as a power cut would, but for the disk.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Sends SIGHUP, as what renews certificates does.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Kills it while others are still talking to it.
    pub fn signal_kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Changes its data behind its back.
    pub fn tamper(&self, text: &str) {
        match &self.place.database {
            Some(database) => database.execute(text),
            None => {
                let file = rusqlite::Connection::open(self.data().join("kassa.db")).expect("the file opens");
                file.execute_batch(text).expect("the file takes the command");
            }
        }
    }

    /// Reads a number of its data behind its back.
    pub fn number(&self, text: &str) -> i64 {
        match &self.place.database {
            Some(database) => database.number(text),
            None => {
                let file = rusqlite::Connection::open(self.data().join("kassa.db")).expect("the file opens");
                file.query_row(text, [], |row| row.get(0)).expect("the file has such a number")
            }
        }
    }

    /// Starts it again after it was stopped or killed, on the same data and a new port.
    #[track_caller]
    pub fn start_stopped(&mut self) {
        self.start_again("127.0.0.1:0");
    }

    /// Nothing can be written any more: the disk is full, or the database has become one that is only read.
    pub fn refuse_writes(&self) {
        match &self.place.database {
            Some(database) => database.set_read_only("on"),
            None => self.set_file_limit(Some(0)),
        }
    }

    /// Everything can be written again.
    pub fn take_writes(&self) {
        match &self.place.database {
            Some(database) => database.set_read_only("off"),
            None => self.unlimit_files(),
        }
    }

    /// Its disk has room again.
    pub fn unlimit_files(&self) {
        self.set_file_limit(None);
    }

    fn set_file_limit(&self, bytes: Option<u64>) {
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(Some(self.running().pid()), Resource::Fsize, limit)
            .expect("a process of our own can be told");
    }

    /// Kills it if it runs and starts it again on the same data and the same port.
    #[track_caller]
    pub fn restart(&mut self) {
        let address = self.address().to_owned();
        self.kill();
        self.start_again(&address);
    }

    /// Starts it again on the same data and a new port.
    #[track_caller]
    pub fn restart_elsewhere(&mut self) {
        self.kill();
        self.start_again("127.0.0.1:0");
    }

    #[track_caller]
    fn start_again(&mut self, listen: &str) {
        let running = self.place.start(listen);
        self.running = Some(running.unwrap_or_else(|log| panic!("kassa did not start again:\n{log}")));
    }

    /// Tries to start again, and waits for it to end by itself.
    pub fn fails_to_start_again(&self) -> Output {
        self.place.run(self.place.serve("127.0.0.1:0"))
    }

    /// Asks it to stop, and waits until it has.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Sends it a signal.
    fn signal(&self, signal: Signal) {
        kill_process(self.running().pid(), signal).expect("the server is there to be told");
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        let mut running = self.running.take().expect("the server runs");
        eventually(STOP_LIMIT, "kassa ends", || running.child.try_wait().expect("it can be waited for"))
    }

    /// Ends all its connections to PostgreSQL; answers how many there were.
    pub fn terminate_backends(&self) -> u64 {
        self.place.database.as_ref().expect("the server is on PostgreSQL").terminate_backends()
    }

    /// Gives the user of its database no more connections than so many, and ends those that there are.
    pub fn limit_connections(&self, most: u32) {
        self.place.database.as_ref().expect("the server is on PostgreSQL").limit_connections(most);
    }

    /// Checks that it takes writes, and has logged no panic and no error of its own.
    #[track_caller]
    pub fn is_healthy(&self) {
        self.get("/readyz").expect(200);
        let log = self.log();
        let wrong = log.lines().find(|line| line.contains(" ERROR ") || line.contains("panicked"));
        assert!(wrong.is_none(), "the log says {wrong:?}");
    }

    /// Checks the database while the server runs.
    #[track_caller]
    pub fn checks_out(&self) {
        self.command(&["db", "check"]).done();
    }
}
