//! Texts that the operator wrote for us. What stands in place of such a file is not waited for, as a pipe would have it,
//! and not read for ever. A link is followed: that is how containers are given their files.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// More than any of them has.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Reads a file, or says that it is none.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("this is not a regular file"));
    }
    let mut text = String::new();
    if file.take(BYTES_MAX + 1).read_to_string(&mut text)? as u64 > BYTES_MAX {
        return Err(io::Error::other("this is too large"));
    }
    Ok(text)
}
