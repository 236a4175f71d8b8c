//! Texts that the operator wrote for us. What stands in place of such a file is not waited for, as a pipe would have it,
//! and not read for ever. A link is followed: that is how containers are given their files.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{OFlags, StatVfsMountFlags, fstatvfs};

/// More than any of them has.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What a file's group and all others may do: change it.
const WRITTEN_BY_OTHERS: u32 = 0o022;

/// Reads a file, or says that it is none.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    read_opened(open(path)?)
}

/// The same of a file that tells this program what to do. It is refused, with the reason, where another user than this
/// process's or root may have written it.
pub(crate) fn read_ours(path: &Path) -> io::Result<Result<String, String>> {
    let us = rustix::process::geteuid().as_raw();
    let link = path.symlink_metadata()?;
    // Whose the link is decides what is read.
    if link.is_symlink() && link.uid() != us && link.uid() != 0 {
        let shown = path.display();
        return Ok(Err(format!("is a link of user {}; run: chown -h {us} {shown}", link.uid())));
    }
    let file = open(path)?;
    // The opened file is judged and read, so that none can be put in its place in between.
    let found = file.metadata()?;
    let (owner, shown) = (found.uid(), path.display());
    if owner != us && owner != 0 {
        return Ok(Err(format!("belongs to user {owner}; run: chown {us} {shown}")));
    }
    let can_be_written = !fstatvfs(&file)?.f_flag.contains(StatVfsMountFlags::RDONLY);
    if can_be_written && found.mode() & WRITTEN_BY_OTHERS != 0 {
        let mode = found.mode() & 0o7777;
        return Ok(Err(format!("can be changed by others (mode {mode:o}); run: chmod go-w {shown}")));
    }
    read_opened(file).map(Ok)
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("this is not a regular file")) }
}

fn read_opened(file: File) -> io::Result<String> {
    let mut text = String::new();
    if file.take(BYTES_MAX + 1).read_to_string(&mut text)? as u64 > BYTES_MAX {
        return Err(io::Error::other("this is too large"));
    }
    Ok(text)
}
