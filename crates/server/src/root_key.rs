//! The root key's way out of the environment, where it must not stay. It must not know what the key is used for.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::{FdFlags, fcntl_setfd};
use vault::{RootKey, RootKeyError, Zeroizing};

/// The key itself, and the number of the descriptor that it is read from instead.
pub(crate) const VARIABLE: &str = "KASSA_ROOT_KEY";
const DESCRIPTOR: &str = "KASSA_ROOT_KEY_FD";
/// Far more than a key has, and less than any pipe takes before somebody reads.
const BYTES_MAX: usize = 4096;
/// How long a key is waited for. The one that was left is there already.
const PATIENCE: Duration = Duration::from_secs(2);

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
    let number: Option<u32> = number.to_str().and_then(|number| number.parse().ok());
    // The first three lead to a terminal, or to another program.
    let key = match number.filter(|number| *number > 2) {
        Some(number) => read_pipe(&format!("/dev/fd/{number}"))
            .with_context(|| format!("cannot read the root key from {DESCRIPTOR}"))?,
        None => None,
    };
    match key {
        Some(key) => Ok(Some(key)),
        None => bail!("{DESCRIPTOR} leads to no key; it is Kassa's own: unset it, and set {VARIABLE}"),
    }
}

/// What stands in a pipe whose other end is closed; none where it is empty or no pipe. The descriptor that it is behind
/// cannot be closed without unsafe code.
fn read_pipe(path: &str) -> anyhow::Result<Option<Zeroizing<String>>> {
    let flags = OFlags::NONBLOCK.union(OFlags::NOCTTY).bits().cast_signed();
    let mut pipe = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !pipe.metadata()?.file_type().is_fifo() {
        return Ok(None);
    }
    let until = Instant::now() + PATIENCE;
    let mut bytes = Zeroizing::new(vec![0; BYTES_MAX]);
    let mut length = 0;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if poll(&mut [PollFd::new(&pipe, PollFlags::IN)], Some(&Timespec::try_from(left)?))? == 0 {
            bail!("nothing came, or no end of it");
        }
        match pipe.read(&mut bytes[length..])? {
            0 => break,
            more => length += more,
        }
    }
    let key = std::str::from_utf8(&bytes[..length]).context("what came is no text")?;
    Ok((!key.is_empty()).then(|| Zeroizing::new(key.to_owned())))
}

/// Reads 64 hex digits that stood in the environment.
pub(crate) fn from_environment(text: &str) -> anyhow::Result<RootKey> {
    RootKey::from_hex(text).map_err(|error| match error {
        RootKeyError::Form => anyhow::anyhow!(
            "{VARIABLE}: the root key must be exactly 64 hex digits and this is not; for a path use KASSA_ROOT_KEY_FILE"
        ),
        RootKeyError::Guessable
        | RootKeyError::File(..)
        | RootKeyError::Text(..)
        | RootKeyError::Empty(_)
        | RootKeyError::Readable(_)
        | RootKeyError::Owner { .. }
        | RootKeyError::Shared(_)
        | RootKeyError::Kind(_) => anyhow::anyhow!("{VARIABLE}: {error}"),
    })
}
