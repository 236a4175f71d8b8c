//! Connections to PostgreSQL and what is asked of a server before it is used, with `sslmode` and `sslrootcert` read as libpq reads them.

use std::sync::Arc;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::driver_error;
use crate::{Error, Use};

/// Says in `pg_stat_activity` that a server, and not a command, uses the database.
const SERVING: &str = "kassa serve";
const WORKING: &str = "kassa";

const CONNECT_PATIENCE: Duration = Duration::from_secs(2);

/// Everything needed to connect again.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Connector {
    pub(super) fn new(address: &str, usage: Use) -> Result<Self, Error> {
        let name = match usage {
            Use::Serve => SERVING,
            Use::Share | Use::Alone => WORKING,
        };
        let refused = |why: String| Error::Refused(format!("the database URL: {why}"));
        let mut url = url::Url::parse(address).map_err(|error| refused(error.to_string()))?;
        let (mut verify, mut roots) = (false, None);
        let mut kept = Vec::new();
        let mut mode = SslMode::Prefer;
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("sslmode", "disable") => mode = SslMode::Disable,
                ("sslmode", "allow" | "prefer") => mode = SslMode::Prefer,
                ("sslmode", "require") => mode = SslMode::Require,
                ("sslmode", "verify-ca" | "verify-full") => (mode, verify) = (SslMode::Require, true),
                ("sslmode", other) => {
                    return Err(refused(format!("sslmode {other} is not one that libpq knows")));
                }
                ("sslrootcert", "system") => verify = true,
                ("sslrootcert", file) => (verify, roots) = (true, Some(file.to_owned())),
                (key, value) => kept.push((key.to_owned(), value.to_owned())),
            }
        }
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
        let mut config: Config =
            url.as_str().parse().map_err(|error: postgres::Error| refused(error.to_string()))?;
        config.ssl_mode(mode).application_name(name).connect_timeout(CONNECT_PATIENCE);
        config.keepalives_idle(Duration::from_secs(10)).tcp_user_timeout(Duration::from_secs(30));
        Ok(Self { config, tls: MakeRustlsConnect::new(client_config(verify, roots.as_deref())?) })
    }

    pub(super) fn connect(&self) -> Result<Client, postgres::Error> {
        let mut client = self.config.connect(self.tls.clone())?;
        client.batch_execute(
            "set synchronous_commit = on; set default_transaction_isolation = 'read committed'; \
             set statement_timeout = '15s'; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '30s'",
        )?;
        Ok(client)
    }

    /// The first connection, once the server is fit for use.
    pub(super) fn first(&self, usage: Use) -> Result<Client, Error> {
        let mut client = self.connect().map_err(|error| Error::Refused(format!("PostgreSQL: {error}")))?;
        refuse_unsafe_settings(&mut client)?;
        if usage == Use::Alone {
            refuse_while_served(&mut client)?;
        }
        Ok(client)
    }
}

fn refuse_unsafe_settings(client: &mut Client) -> Result<(), Error> {
    let row = client.query_one("show fsync", &[]).map_err(|error| driver_error(&error))?;
    if row.get::<_, String>(0) == "on" {
        return Ok(());
    }
    Err(Error::Refused(
        "PostgreSQL runs with fsync=off and can lose payments; turn it on and restart it".to_owned(),
    ))
}

/// The connections of a server that was just stopped are listed for a moment longer, so it is asked again.
fn refuse_while_served(client: &mut Client) -> Result<(), Error> {
    const SERVERS: &str = "select count(*) from pg_stat_activity \
         where datname = current_database() and application_name = $1";
    for _ in 0..20 {
        let row = client.query_one(SERVERS, &[&SERVING]).map_err(|error| driver_error(&error))?;
        if row.get::<_, i64>(0) == 0 {
            return Ok(());
        }
        pause(Duration::from_millis(100));
    }
    Err(Error::InUse("a server uses this PostgreSQL database; stop it first".to_owned()))
}

pub(super) fn pause(duration: Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the thread is the database's own and has nothing else to do"
    )]
    std::thread::sleep(duration);
}

fn client_config(verify: bool, roots: Option<&str>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Refused(format!("TLS: {error}")))?;
    if !verify {
        let verifier = Arc::new(Unverified { provider });
        return Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth());
    }
    let mut store = RootCertStore::empty();
    match roots {
        Some(file) => {
            let unreadable =
                |error: &dyn std::fmt::Display| Error::Refused(format!("sslrootcert {file}: {error}"));
            for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))? {
                store
                    .add(certificate.map_err(|error| unreadable(&error))?)
                    .map_err(|error| unreadable(&error))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

/// `sslmode=require` and `prefer` encrypt without asking who answers, as libpq documents it.
#[derive(Debug)]
struct Unverified {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
