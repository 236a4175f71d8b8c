//! A program of Kassa with what is asked of it: one server with customers to read, and one for writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::http::{self, Client, Gap, Request};
use crate::load::{self, Sample};
use crate::options::Options;
use crate::raw;
use crate::server::{Kassa, Keys, Server};

/// Cards that are paid with.
pub(crate) const CARDS: usize = 1_000;
/// A server that works behind the requests takes more processor time than this share of a second.
const AT_WORK: f64 = 0.03;

/// Two servers of one program, each with a place of its own for its data.
pub(crate) struct Subject {
    pub(crate) readers: Kassa,
    pub(crate) reads: Server,
    pub(crate) retrieve: Request,
    search: Request,
    /// Makes one more customer to read.
    pub(crate) fill: Request,
    /// Bytes of the answer to a read.
    pub(crate) answer_length: usize,
    /// Resident memory before anything was asked, in KiB.
    pub(crate) idle: u64,
    writers: Kassa,
    pub(crate) writes: Server,
    create: Request,
    keyed: Request,
    pay: Request,
    /// Customers that were made before the first round.
    pub(crate) holders: usize,
}

impl Subject {
    /// Starts them, makes the customers that are read and the cards that are paid with.
    pub(crate) fn start(
        place: impl Fn(&str) -> anyhow::Result<Kassa>,
        options: &Options,
        runtime: &Runtime,
    ) -> anyhow::Result<Self> {
        let readers = place("reads")?;
        let (reads, _) = readers.start()?;
        crate::pause(crate::SETTLE);
        let idle = reads.resident_kib()?;
        eprintln!("making {} customers to read", options.rows);
        let keys = readers.make_keys()?;
        // The names differ, for they are searched.
        let fill = create_request(&keys, &[], "~");
        let filling = http::fill(reads.address, &fill, http::CUSTOMER_ID, options.connections, options.rows);
        let (ids, answer_length) = runtime.block_on(filling)?;
        let retrieve = Request::new(
            "POST /neuro-pay/checkout/retrieve-customer",
            &[("authorization", &keys.neuro_pay)],
            r#"{"customer_id":"~"}"#,
            &Gap::Known(Arc::new(ids)),
        );
        let search = Request::new(
            "GET /neopay/api/customers?name=~",
            &[("authorization", &keys.neopay_token), ("x-app-key", &keys.neopay_app)],
            "",
            // Of a million names of sixteen such letters each, a dozen have them.
            &Gap::Letters(5),
        );
        let writers = place("writes")?;
        let keys = writers.make_keys()?;
        let (writes, _) = writers.start()?;
        let (cards, _) = runtime.block_on(http::fill(
            writes.address,
            &save_request(&keys),
            r#""id":""#,
            options.connections,
            CARDS,
        ))?;
        let holders = cards.len();
        let pay = Request::new(
            "POST /checkout-com/payments",
            &[("authorization", &keys.checkout_com)],
            r#"{"source":{"type":"id","id":"~"},"amount":24900,"currency":"SEK","reference":"A-1077"}"#,
            &Gap::Known(Arc::new(cards)),
        );
        let create = create_request(&keys, &[], raw::FIRST_NAME);
        let keyed = create_request(&keys, &[("idempotency-key", "order-~")], raw::FIRST_NAME);
        is_still(&reads)?;
        Ok(Self {
            readers,
            reads,
            retrieve,
            search,
            fill,
            answer_length,
            idle,
            writers,
            writes,
            create,
            keyed,
            pay,
            holders,
        })
    }

    pub(crate) fn read(&self, options: &Options, runtime: &Runtime) -> anyhow::Result<Sample> {
        over_http(&self.reads, &self.retrieve, options.connections, options, runtime)
    }

    pub(crate) fn read_alone(&self, options: &Options, runtime: &Runtime) -> anyhow::Result<Sample> {
        over_http(&self.reads, &self.retrieve, 1, options, runtime)
    }

    /// One client that searches.
    pub(crate) fn search(&self, options: &Options, runtime: &Runtime) -> anyhow::Result<Sample> {
        over_http(&self.reads, &self.search, 1, options, runtime)
    }

    pub(crate) fn create(&self, options: &Options, runtime: &Runtime) -> anyhow::Result<Sample> {
        over_http(&self.writes, &self.create, options.connections, options, runtime)
    }

    pub(crate) fn create_with_key(&self, options: &Options, runtime: &Runtime) -> anyhow::Result<Sample> {
        over_http(&self.writes, &self.keyed, options.connections, options, runtime)
    }

    /// Whole payments: each is made, authorized and captured.
    pub(crate) fn pay(&self, options: &Options, runtime: &Runtime) -> anyhow::Result<Sample> {
        over_http(&self.writes, &self.pay, options.connections, options, runtime)
    }

    /// Stops both; answers what starts the one with customers again, and where the database of the other is.
    pub(crate) fn stop(self) -> anyhow::Result<(Kassa, PathBuf)> {
        self.reads.stop()?;
        self.writes.stop()?;
        Ok((self.readers, self.writers.database()))
    }
}

/// One side of one round.
pub(crate) fn over_http(
    server: &Server,
    request: &Request,
    connections: usize,
    options: &Options,
    runtime: &Runtime,
) -> anyhow::Result<Sample> {
    let clients = (0..connections).map(|_| Client::new(server.address, request)).collect();
    runtime.block_on(load::run(clients, options.time, || server.cpu()))
}

/// Waits until nothing is done behind the requests any more: a million customers take a while to be in the search's index.
fn is_still(server: &Server) -> anyhow::Result<()> {
    const LOOK: Duration = Duration::from_secs(2);
    loop {
        let before = server.cpu()?;
        crate::pause(LOOK);
        if (server.cpu()? - before).as_secs_f64() < LOOK.as_secs_f64() * AT_WORK {
            return Ok(());
        }
    }
}

/// A create as a shop sends it: a name, an address that nobody had yet, a key of the shop's own.
fn create_request(keys: &Keys, headers: &[(&str, &str)], first_name: &str) -> Request {
    let headers: Vec<(&str, &str)> =
        [("authorization", &*keys.neuro_pay)].into_iter().chain(headers.iter().copied()).collect();
    Request::new(
        "POST /neuro-pay/checkout/create-customer",
        &headers,
        &format!(
            r#"{{"first_name":"{first_name}","last_name":"{}","metaData":{},"email":"~{}"}}"#,
            raw::LAST_NAME,
            raw::METADATA,
            raw::EMAIL_END
        ),
        &Gap::Letters(raw::EMAIL_LETTERS),
    )
}

/// A card of a customer of its own.
fn save_request(keys: &Keys) -> Request {
    Request::new(
        "POST /checkout-com/instruments",
        &[("authorization", &keys.checkout_com)],
        &format!(
            r#"{{"type":"card","number":"4242424242424242","expiry_month":12,"expiry_year":2099,"customer":{{"email":"~{}"}}}}"#,
            raw::EMAIL_END
        ),
        &Gap::Letters(raw::EMAIL_LETTERS),
    )
}
