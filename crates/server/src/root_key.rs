//! The root key's way out of the environment, where it must not stay. It must not know what the key is used for.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, bail};
use rustix::io::{FdFlags, fcntl_setfd};
use vault::{RootKey, RootKeyError, Zeroizing};

/// The key itself, and the number of the descriptor that it is read from instead.
pub(crate) const VARIABLE: &str = "KASSA_ROOT_KEY";
const DESCRIPTOR: &str = "KASSA_ROOT_KEY_FD";
/// Far more than a key has, and less than any pipe takes before somebody reads.
const BYTES_MAX: usize = 4096;

/// Starts this program anew where the root key stands in its environment, which the system shows for as long as a
/// process lives and which cannot be wiped. The new one has the same number, arguments and environment but for the key,
/// which it is left in a pipe. Comes back only where there is no such key.
pub(crate) fn leave_environment() -> anyhow::Result<()> {
    let Some(key) = std::env::var_os(VARIABLE).and_then(|key| key.into_string().ok()) else { return Ok(()) };
    let key = Zeroizing::new(key);
    // What can be no key is told by the configuration.
    if key.is_empty() || key.len() > BYTES_MAX {
        return Ok(());
    }
    let failed = "cannot take the root key out of the environment";
    let (reader, mut writer) = std::io::pipe().context(failed)?;
    writer.write_all(key.as_bytes()).context(failed)?;
    drop(writer);
    fcntl_setfd(&reader, FdFlags::empty()).context(failed)?;
    let mut arguments = std::env::args_os();
    let mut anew = Command::new(std::env::current_exe().context(failed)?);
    anew.arg0(arguments.next().unwrap_or_default()).args(arguments);
    anew.env_remove(VARIABLE).env(DESCRIPTOR, reader.as_raw_fd().to_string());
    Err(anew.exec()).context(failed)
}

/// The key that the process before [`leave_environment`] left. What it was left in is empty then.
pub(crate) fn inherited() -> anyhow::Result<Option<Zeroizing<String>>> {
    let Some(number) = std::env::var_os(DESCRIPTOR) else { return Ok(None) };
    let mut key = Zeroizing::new(String::with_capacity(BYTES_MAX));
    let number: Option<u32> = number.to_str().and_then(|number| number.parse().ok());
    let read = number.map(|number| {
        // The descriptor itself cannot be closed without unsafe code; its pipe has no other end and nothing in it.
        let pipe = File::open(format!("/dev/fd/{number}"))?;
        pipe.take(BYTES_MAX as u64).read_to_string(&mut key)
    });
    match read {
        Some(Ok(1..)) => Ok(Some(key)),
        Some(Err(error)) => Err(error).with_context(|| format!("cannot read the root key from {DESCRIPTOR}")),
        Some(Ok(0)) | None => {
            bail!("{DESCRIPTOR} leads to no key; it is Kassa's own: unset it, and set {VARIABLE}")
        }
    }
}

/// Reads 64 hex digits that stood in the environment.
pub(crate) fn from_environment(text: &str) -> anyhow::Result<RootKey> {
    RootKey::from_hex(text).map_err(|error| match error {
        RootKeyError::Form => anyhow::anyhow!(
            "{VARIABLE}: the root key must be exactly 64 hex digits and this is not; for a path use KASSA_ROOT_KEY_FILE"
        ),
        RootKeyError::Guessable
        | RootKeyError::File(..)
        | RootKeyError::Readable(_)
        | RootKeyError::Owner { .. }
        | RootKeyError::Kind(_) => anyhow::anyhow!("{VARIABLE}: {error}"),
    })
}
