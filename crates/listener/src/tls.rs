//! The listener's TLS: a certificate and a key from two PEM files. It must not know when or how it is used.

use anyhow::{Context, anyhow, bail};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error as TlsError, ServerConfig};

/// A certificate chain and its key, from two files that are read again when they were renewed.
pub struct Tls {
    cert: PathBuf,
    key: PathBuf,
    acceptor: RwLock<TlsAcceptor>,
}

impl Tls {
    /// Reads both.
    ///
    /// # Errors
    /// They are no pair, or one cannot be read. The text says which and what to do.
    pub fn open(cert: &Path, key: &Path) -> anyhow::Result<Self> {
        let acceptor = RwLock::new(acceptor(cert, key)?);
        Ok(Self { cert: cert.to_owned(), key: key.to_owned(), acceptor })
    }

    /// Reads both again, for the connections that come from now on.
    ///
    /// # Errors
    /// As for [`open`](Self::open); what was read before stays in use.
    pub fn reload(&self) -> anyhow::Result<()> {
        let acceptor = acceptor(&self.cert, &self.key)?;
        *self.acceptor.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Makes the acceptor that answers with the certificate chain in `cert` (the server's own first), TLS 1.2 or
/// 1.3, HTTP/1.1 only. `key` holds its private key, not encrypted.
fn acceptor(cert: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain = read_chain(cert)?;
    let secret = read_key(key)?;
    // The provider is named, because another crate in the process may have brought a second one, and then the
    // default is a panic.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("the TLS provider offers no usable protocol version; this is a fault of the build")?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| unusable(cert, key, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unusable(cert: &Path, key: &Path, error: &TlsError) -> anyhow::Error {
    let (cert, key) = (cert.display(), key.display());
    if let TlsError::InconsistentKeys(_) = error {
        return anyhow!(
            "the TLS key {key} does not belong to the certificate {cert}: give the pair that was issued \
             together, with the server's own certificate first in the file"
        );
    }
    anyhow!("the TLS certificate {cert} and the key {key} cannot be used: {error}")
}

fn read_chain(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let file = path.display();
    is_a_file("certificate", path)?;
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| explain("certificate", path, &error))?;
    if chain.is_empty() {
        bail!(
            "the TLS certificate {file} holds no certificate: it must be a PEM file with a line \
             `-----BEGIN CERTIFICATE-----` (not the key, not DER, not PKCS#12)"
        );
    }
    Ok(chain)
}

fn read_key(path: &Path) -> anyhow::Result<PrivateKeyDer<'static>> {
    is_a_file("key", path)?;
    PrivateKeyDer::from_pem_file(path).map_err(|error| {
        if let PemError::NoItemsFound = error {
            return anyhow!(
                "the TLS key {} holds no private key that can be read: it must be a PEM file with a line \
                 `-----BEGIN PRIVATE KEY-----`; an encrypted key is decrypted with \
                 `openssl pkey -in OLD -out NEW`",
                path.display()
            );
        }
        explain("key", path, &error)
    })
}

/// Whoever reads a pipe that nobody writes to waits for ever.
fn is_a_file(what: &str, path: &Path) -> anyhow::Result<()> {
    match path.metadata() {
        Ok(found) if !found.is_file() => bail!("the TLS {what} {} is not a regular file", path.display()),
        // What cannot be looked at is explained where it is read.
        Ok(_) | Err(_) => Ok(()),
    }
}

fn explain(what: &str, path: &Path, error: &PemError) -> anyhow::Error {
    let file = path.display();
    if let PemError::Io(error) = error {
        return anyhow!(
            "cannot read the TLS {what} {file}: {error}; check the path and that the user who runs kassa may \
             read it"
        );
    }
    anyhow!("the TLS {what} {file} is not a valid PEM file ({error}): save it again as it was issued")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn write(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("kassa-tls-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("the temporary directory is writable");
        path
    }

    #[test]
    fn an_error_names_the_file_and_the_way_out() {
        let missing = Path::new("no-such.pem");
        let empty = write("empty.pem", "");
        let broken = write("broken.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
        let certificate = write("cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let encrypted = write(
            "key.pem",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        );
        let wrong = write("wrong.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        for (cert, key, named, part) in [
            (missing, missing, missing, "check the path"),
            (&*empty, missing, &*empty, "BEGIN CERTIFICATE"),
            (&*broken, missing, &*broken, "not a valid PEM file"),
            (&*encrypted, missing, &*encrypted, "not the key"),
            (&*certificate, missing, missing, "cannot read the TLS key"),
            (&*certificate, &*certificate, &*certificate, "no private key"),
            (&*certificate, &*encrypted, &*encrypted, "openssl pkey"),
            (&*certificate, &*wrong, &*wrong, "cannot be used"),
        ] {
            let error = acceptor(cert, key).err().expect("it is refused").to_string();
            assert!(error.contains(&named.display().to_string()) && error.contains(part), "{error}");
        }
        for path in [empty, broken, certificate, encrypted, wrong] {
            std::fs::remove_file(path).expect("it was written above");
        }
    }
}
