//! The file that the root key lives in: what kind of file it must be, whose, and who may read it. It must not know what
//! the key is used for.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use data_encoding::HEXLOWER;
use rustix::fs::{OFlags, StatVfsMountFlags, fstatvfs};
use zeroize::Zeroizing;

use crate::{RootKey, RootKeyError};

const OTHERS: u32 = 0o077;
const WRITING: u32 = 0o222;
/// More than any file with 64 hex digits has.
const BYTES_MAX: u64 = 4096;

/// A root key as it was read from its file.
pub struct LoadedKey {
    /// The key.
    pub key: RootKey,
    /// What is not as it should be with the file, in words for the operator.
    pub warning: Option<String>,
}

/// What the file system says of an opened file.
#[derive(Clone, Copy)]
struct Facts {
    is_file: bool,
    mode: u32,
    owner: u32,
    is_on_read_only_mount: bool,
}

impl RootKey {
    /// Reads the key's file; none if there is no such file. A link is followed, and what it leads to is judged.
    ///
    /// # Errors
    /// It holds no key, or somebody else may have read or may change it.
    pub fn load(file: &Path) -> Result<Option<LoadedKey>, RootKeyError> {
        let failed = |error: std::io::Error| RootKeyError::File(file.to_owned(), error);
        // Nobody waits here for the other end of a pipe.
        let flags = i32::try_from(OFlags::NONBLOCK.union(OFlags::NOCTTY).bits()).unwrap_or_default();
        let opened = match OpenOptions::new().read(true).custom_flags(flags).open(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        // The opened file is judged and read, so that none can be put in its place in between.
        let found = opened.metadata().map_err(failed)?;
        let mount = fstatvfs(&opened).map_err(|error| failed(error.into()))?;
        let facts = Facts {
            is_file: found.is_file(),
            mode: found.mode(),
            owner: found.uid(),
            is_on_read_only_mount: mount.f_flag.contains(StatVfsMountFlags::RDONLY),
        };
        let warning = judge(file, facts, rustix::process::geteuid().as_raw())?;
        let mut text = Zeroizing::new(String::with_capacity(BYTES_MAX as usize));
        opened.take(BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
        Ok(Some(LoadedKey { key: Self::from_hex(&text)?, warning }))
    }

    /// Makes a key of 32 random bytes and writes its file, mode 0600, synced together with its folder. An existing
    /// file is never overwritten.
    pub fn create(file: &Path, random: [u8; 32]) -> Result<Self, RootKeyError> {
        let failed = |error| RootKeyError::File(file.to_owned(), error);
        let mut opened =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
        let text = Zeroizing::new(HEXLOWER.encode(&random) + "\n");
        opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all()).map_err(failed)?;
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(Self::from_bytes(random))
    }
}

/// Whether a key may be taken from a file, and what to say about it. `us` is the user that this process runs as.
fn judge(file: &Path, facts: Facts, us: u32) -> Result<Option<String>, RootKeyError> {
    if !facts.is_file {
        return Err(RootKeyError::Kind(file.to_owned()));
    }
    if facts.owner == us && facts.mode & OTHERS == 0 {
        return Ok(None);
    }
    // That is how containers are given secrets, and the program inside cannot mend it.
    let is_read_only = facts.mode & WRITING == 0 || facts.is_on_read_only_mount;
    if facts.owner == 0 && is_read_only {
        return Ok(Some(format!(
            "the root key file {} is root's, and others than this server may read it (mode {:o}); that is taken, \
             because containers mount secrets so",
            file.display(),
            facts.mode & 0o7777
        )));
    }
    if facts.owner != us {
        return Err(RootKeyError::Owner { file: file.to_owned(), owner: facts.owner, us });
    }
    Err(RootKeyError::Readable(file.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: u32 = 1000;

    fn judged(mode: u32, owner: u32) -> Result<Option<String>, RootKeyError> {
        let facts = Facts { is_file: true, mode: 0o100_000 | mode, owner, is_on_read_only_mount: false };
        judge(Path::new("key"), facts, US)
    }

    #[test]
    fn a_file_of_ours_is_taken_when_nobody_else_can_read_it() {
        for mode in [0o600, 0o400] {
            assert!(matches!(judged(mode, US), Ok(None)), "{mode:o}");
        }
        for mode in [0o604, 0o640, 0o644, 0o620, 0o602, 0o610, 0o777, 0o444, 0o440] {
            assert!(matches!(judged(mode, US), Err(RootKeyError::Readable(_))), "{mode:o}");
        }
    }

    #[test]
    fn a_file_of_roots_that_nobody_can_write_is_taken_with_a_warning() {
        for mode in [0o440, 0o444, 0o400] {
            assert!(matches!(judged(mode, 0), Ok(Some(_))), "{mode:o}");
        }
        for mode in [0o644, 0o640, 0o600, 0o464] {
            assert!(matches!(judged(mode, 0), Err(RootKeyError::Owner { owner: 0, .. })), "{mode:o}");
        }
        let mounted = Facts { is_file: true, mode: 0o644, owner: 0, is_on_read_only_mount: true };
        assert!(matches!(judge(Path::new("key"), mounted, US), Ok(Some(_))));
        assert!(judge(Path::new("key"), Facts { owner: US, ..mounted }, US).is_err());
    }

    #[test]
    fn a_file_of_somebody_else_is_refused_whatever_its_mode() {
        for mode in [0o600, 0o400, 0o440, 0o444, 0o644] {
            let error = judged(mode, 1001).expect_err("it is foreign");
            assert!(error.to_string().contains("chown 1000 key"), "{error}");
        }
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let facts = Facts { is_file: false, mode: 0o600, owner: US, is_on_read_only_mount: false };
        assert!(matches!(judge(Path::new("key"), facts, US), Err(RootKeyError::Kind(_))));
    }
}
