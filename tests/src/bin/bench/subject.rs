//! A program of Kassa with what is asked of it: one server with customers to read, and one for creates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::http::{self, Client, Gap, Request};
use crate::load::{self, Sample};
use crate::options::Options;
use crate::raw;
use crate::server::{Kassa, Server};

/// Two servers of one program, each with a folder of its own.
pub(crate) struct Subject {
    pub(crate) readers: Kassa,
    pub(crate) reads: Server,
    pub(crate) retrieve: Request,
    /// Bytes of the answer to a read.
    pub(crate) answer_length: usize,
    /// Resident memory before anything was asked, in KiB.
    pub(crate) idle: u64,
    creators: Kassa,
    pub(crate) creates: Server,
    create: Request,
}

impl Subject {
    /// Starts them and makes the customers that are read.
    pub(crate) fn start(
        program: &Path,
        folder: &Path,
        options: &Options,
        runtime: &Runtime,
    ) -> anyhow::Result<Self> {
        let readers = Kassa::new(program, &folder.join("reads"))?;
        let (reads, _) = readers.start()?;
        crate::pause(crate::SETTLE);
        let idle = reads.resident_kib()?;
        eprintln!("making {} customers to read", options.rows);
        let create = create_request(&readers.make_key()?);
        let filling = http::fill(reads.address, &create, options.connections, options.rows);
        let (ids, answer_length) = runtime.block_on(filling)?;
        let retrieve = Request::post(
            "/neuro-pay/checkout/retrieve-customer",
            &readers.make_key()?,
            r#"{"customer_id":""#,
            &Gap::Known(Arc::new(ids)),
            r#""}"#,
        );
        let creators = Kassa::new(program, &folder.join("creates"))?;
        let create = create_request(&creators.make_key()?);
        let (creates, _) = creators.start()?;
        Ok(Self { readers, reads, retrieve, answer_length, idle, creators, creates, create })
    }

    pub(crate) fn read(&self, options: &Options, runtime: &Runtime) -> anyhow::Result<Sample> {
        over_http(&self.reads, &self.retrieve, options, runtime)
    }

    pub(crate) fn create(&self, options: &Options, runtime: &Runtime) -> anyhow::Result<Sample> {
        over_http(&self.creates, &self.create, options, runtime)
    }

    /// Stops both; answers what starts the one with customers again, and where the database of creates is.
    pub(crate) fn stop(self) -> anyhow::Result<(Kassa, PathBuf)> {
        self.reads.stop()?;
        self.creates.stop()?;
        Ok((self.readers, self.creators.database()))
    }
}

/// One side of one round.
pub(crate) fn over_http(
    server: &Server,
    request: &Request,
    options: &Options,
    runtime: &Runtime,
) -> anyhow::Result<Sample> {
    let clients = (0..options.connections).map(|_| Client::new(server.address, request)).collect();
    runtime.block_on(load::run(clients, options.time, || server.cpu()))
}

/// A create as a shop sends it: a name, an address that nobody had yet, a key of the shop's own.
fn create_request(key: &str) -> Request {
    Request::post(
        "/neuro-pay/checkout/create-customer",
        key,
        &format!(
            r#"{{"first_name":"{}","last_name":"{}","metaData":{},"email":""#,
            raw::FIRST_NAME,
            raw::LAST_NAME,
            raw::METADATA
        ),
        &Gap::Letters(raw::EMAIL_LETTERS),
        &format!(r#"{}"}}"#, raw::EMAIL_END),
    )
}
