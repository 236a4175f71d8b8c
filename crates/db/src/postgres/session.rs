//! One session with PostgreSQL, on the thread that asks. Each question has a time within which it is answered, so that a
//! server which takes a connection and then says nothing holds nobody for good. It does not know what is asked.

use std::future::poll_fn;
use std::mem::take;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{join, join_all};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Connection, Row, SimpleQueryMessage, Socket, Statement, ToStatement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::Fault;
use crate::value::{Owned, Value};

/// How long it may take until there is a session: connecting, TLS, the greeting and the first settings.
const OPENING_MAX: Duration = Duration::from_secs(5);
/// How long an answer may take. The server itself gives up a statement before that.
const ANSWER_MAX: Duration = Duration::from_secs(5);

type Line = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;
type Answered<T> = Result<T, tokio_postgres::Error>;
type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

pub(crate) struct Session {
    client: Client,
    line: Line,
    /// Turns only while this thread waits for an answer.
    runtime: Runtime,
    answer_max: Duration,
    has_fallen_silent: bool,
    ahead: Vec<Ahead>,
}

/// A statement that is sent together with the next question, before it: a way there and back less. It must stand within a
/// transaction that has begun, so that nothing behind it is done where it fails.
struct Ahead {
    statement: Statement,
    values: Vec<Owned>,
}

impl Ahead {
    async fn ask(&self, client: &Client) -> Answered<()> {
        let values: Vec<Value<'_>> = self.values.iter().map(Owned::value).collect();
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        client.execute(&self.statement, &values).await.map(|_| ())
    }
}

impl Session {
    /// Connects, and has the server take some settings.
    pub(super) fn open(config: &Config, tls: MakeRustlsConnect, settings: &str) -> Result<Self, Fault> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Fault::Machine)?;
        let opening = async {
            let (client, mut line) = config.connect(tls).await?;
            answer_of(&mut line, client.batch_execute(settings)).await?;
            Ok((client, line))
        };
        let why = match runtime.block_on(async { timeout(OPENING_MAX, opening).await }) {
            Ok(Ok((client, line))) => {
                return Ok(Self {
                    client,
                    line,
                    runtime,
                    answer_max: ANSWER_MAX,
                    has_fallen_silent: false,
                    ahead: Vec::new(),
                });
            }
            Ok(Err(error)) => Fault::Driver(error),
            Err(_) => Fault::Silent(OPENING_MAX),
        };
        // A name may still be looked up, on a thread that is not waited for.
        runtime.shutdown_background();
        Err(why)
    }

    /// Whether there will be no more answers.
    pub(super) fn is_over(&self) -> bool {
        self.has_fallen_silent || self.client.is_closed()
    }

    /// Whether it is over because there was no answer for too long.
    pub(super) fn has_fallen_silent(&self) -> bool {
        self.has_fallen_silent
    }

    /// Has it wait for as long as the server works.
    pub(crate) fn be_patient(&mut self, answer_max: Duration) {
        self.answer_max = answer_max;
    }

    /// Has it wait as usual.
    pub(crate) fn be_impatient(&mut self) {
        self.answer_max = ANSWER_MAX;
    }

    /// Runs a statement before the next question. If it fails, that does.
    pub(super) fn send(&mut self, statement: Statement, values: &[Value<'_>]) {
        let values = values.iter().map(|value| (*value).into()).collect();
        self.ahead.push(Ahead { statement, values });
    }

    /// Sends nothing of what waits for the next question, and says how much that was.
    pub(super) fn forget(&mut self) -> usize {
        take(&mut self.ahead).len()
    }

    pub(crate) fn batch_execute(&mut self, text: &str) -> Result<(), Fault> {
        self.wait(async |client| client.batch_execute(text).await)
    }

    pub(crate) fn simple_query(&mut self, text: &str) -> Result<Vec<SimpleQueryMessage>, Fault> {
        self.wait(async |client| client.simple_query(text).await)
    }

    pub(crate) fn prepare(&mut self, text: &str) -> Result<Statement, Fault> {
        self.wait(async |client| client.prepare(text).await)
    }

    pub(crate) fn execute<S: ToStatement + ?Sized>(
        &mut self,
        statement: &S,
        values: Values<'_>,
    ) -> Result<u64, Fault> {
        self.wait(async |client| client.execute(statement, values).await)
    }

    pub(crate) fn query<S: ToStatement + ?Sized>(
        &mut self,
        statement: &S,
        values: Values<'_>,
    ) -> Result<Vec<Row>, Fault> {
        self.wait(async |client| client.query(statement, values).await)
    }

    pub(crate) fn query_one<S: ToStatement + ?Sized>(
        &mut self,
        statement: &S,
        values: Values<'_>,
    ) -> Result<Row, Fault> {
        self.wait(async |client| client.query_one(statement, values).await)
    }

    pub(crate) fn query_opt<S: ToStatement + ?Sized>(
        &mut self,
        statement: &S,
        values: Values<'_>,
    ) -> Result<Option<Row>, Fault> {
        self.wait(async |client| client.query_opt(statement, values).await)
    }

    fn wait<T>(&mut self, ask: impl AsyncFnOnce(&Client) -> Answered<T>) -> Result<T, Fault> {
        if self.has_fallen_silent {
            return Err(Fault::Silent(self.answer_max));
        }
        let Self { client, line, runtime, answer_max, ahead, .. } = self;
        let ahead = take(ahead);
        let asked = async {
            // Each is sent when it is first polled, which is in this order.
            let before = join_all(ahead.iter().map(|ahead| ahead.ask(client)));
            let (before, answer) = join(before, ask(client)).await;
            before.into_iter().collect::<Answered<()>>().and(answer)
        };
        let answer = async { timeout(*answer_max, answer_of(line, asked)).await };
        match runtime.block_on(answer) {
            Ok(answer) => answer.map_err(Fault::Driver),
            Err(_) => {
                // What comes now answers a question that nobody asks any more.
                self.has_fallen_silent = true;
                Err(Fault::Silent(self.answer_max))
            }
        }
    }
}

/// Keeps the line going until the answer is there.
async fn answer_of<T>(line: &mut Line, asked: impl Future<Output = Answered<T>>) -> Answered<T> {
    let mut asked = pin!(asked);
    poll_fn(|context| {
        loop {
            match line.poll_message(context) {
                // A notice.
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) | Poll::Pending => return asked.as_mut().poll(context),
            }
        }
    })
    .await
}
