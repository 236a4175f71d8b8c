//! The file that the root key lives in: what kind of file it must be, whose, and who may read it. It must not know what
//! the key is used for.

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use rustix::fs::{CWD, OFlags, RenameFlags, StatVfsMountFlags, fstatvfs, renameat_with};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::{RootKey, RootKeyError};

const OTHERS: u32 = 0o077;
const WRITING: u32 = 0o222;
/// More than any file with 64 hex digits has.
const BYTES_MAX: u64 = 4096;

/// A root key as it was read from its file.
pub struct LoadedKey {
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
    /// How many names it has.
    names: u64,
    is_on_read_only_mount: bool,
}

impl RootKey {
    /// Reads the key's file; none if there is no such file. A link is followed, and what it leads to is judged.
    ///
    /// # Errors
    /// It holds no key, or somebody else may have read or may change it.
    pub fn load(file: &Path) -> Result<Option<LoadedKey>, RootKeyError> {
        let failed = |error: io::Error| RootKeyError::File(file.to_owned(), error);
        // Nobody waits here for the other end of a pipe.
        let flags = i32::try_from(OFlags::NONBLOCK.union(OFlags::NOCTTY).bits()).unwrap_or_default();
        let opened = match OpenOptions::new().read(true).custom_flags(flags).open(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        // The opened file is judged and read, so that none can be put in its place in between.
        let found = opened.metadata().map_err(failed)?;
        let mount = fstatvfs(&opened).map_err(|error| failed(error.into()))?;
        let facts = Facts {
            is_file: found.is_file(),
            mode: found.mode(),
            owner: found.uid(),
            names: if is_half_named(file, &found) { 1 } else { found.nlink() },
            is_on_read_only_mount: mount.f_flag.contains(StatVfsMountFlags::RDONLY),
        };
        let warning = judge(file, facts, rustix::process::geteuid().as_raw())?;
        let mut text = Zeroizing::new(String::with_capacity(BYTES_MAX as usize));
        opened.take(BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
        if text.is_empty() {
            return Err(RootKeyError::Empty(file.to_owned()));
        }
        let key =
            Self::from_hex(&text).map_err(|error| RootKeyError::Text(file.to_owned(), Box::new(error)))?;
        Ok(Some(LoadedKey { key, warning }))
    }

    /// Makes a key of 32 random bytes and its file, mode 0600, synced together with its folder. The file gets its name
    /// when all of it is on the disk, so that no end of this process leaves half a key. One that is there and not empty
    /// stays: whoever calls this reads afterwards which key it is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(file: &Path, random: [u8; 32]) -> Result<(), RootKeyError> {
        let begun = Begun::open(file).map_err(|error| RootKeyError::File(file.to_owned(), error))?;
        begun.write(random).and_then(|()| begun.name(file)).map_err(|error| {
            // What was begun is of no use to anybody. If it cannot be removed, the next start does that.
            let _ = std::fs::remove_file(&begun.path);
            RootKeyError::File(file.to_owned(), error)
        })
    }
}

/// A key's file under the name that it has until it is whole. Its lock says that somebody is at work on it: one without a
/// lock was left by a process that ended.
struct Begun {
    path: PathBuf,
    opened: File,
}

impl Begun {
    fn open(file: &Path) -> io::Result<Self> {
        let path = begun(file);
        loop {
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(opened) => {
                    // Somebody may have taken it for a leftover before it had its lock.
                    if is_held_at(&path, &opened)? {
                        return Ok(Self { path, opened });
                    }
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    let Some(left) = open_left(&path)? else { continue };
                    // Whoever is still at work on it is waited for.
                    if is_held_at(&path, &left)? {
                        std::fs::remove_file(&path)?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn write(&self, random: [u8; 32]) -> io::Result<()> {
        let text = Zeroizing::new(HEXLOWER.encode(&random) + "\n");
        (&self.opened).write_all(text.as_bytes())?;
        self.opened.sync_all()
    }

    /// Gives the file its name, unless there is one already.
    fn name(&self, file: &Path) -> io::Result<()> {
        // Older versions left an empty one where the disk was full or the process was killed.
        if file.symlink_metadata().is_ok_and(|found| found.is_file() && found.len() == 0) {
            std::fs::remove_file(file)?;
        }
        let named = match renameat_with(CWD, &self.path, CWD, file, RenameFlags::NOREPLACE) {
            // Not every file system can do that.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                std::fs::hard_link(&self.path, file).and_then(|()| std::fs::remove_file(&self.path))
            }
            named => named.map_err(io::Error::from),
        };
        match named {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => std::fs::remove_file(&self.path)?,
            named => named?,
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

fn begun(file: &Path) -> PathBuf {
    let mut path = OsString::from(file);
    path.push(".new");
    PathBuf::from(path)
}

/// Whether it is just being named, or that was stopped, where the file system first gives it both names.
fn is_half_named(file: &Path, found: &Metadata) -> bool {
    let is_it = |begun: Metadata| begun.dev() == found.dev() && begun.ino() == found.ino();
    found.nlink() == 2 && begun(file).symlink_metadata().is_ok_and(is_it)
}

/// What stands under the name of a begun file; none where it has gone.
fn open_left(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits().cast_signed();
    match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// Locks a file, and says whether it still has that name: nobody takes the name away without the lock. Where the file
/// system has no locks nobody else has one.
fn is_held_at(path: &Path, file: &File) -> io::Result<bool> {
    match file.lock() {
        Err(error) if error.kind() != ErrorKind::Unsupported => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let held = file.metadata()?;
    Ok(path.symlink_metadata().is_ok_and(|named| named.dev() == held.dev() && named.ino() == held.ino()))
}

/// Whether a key may be taken from a file, and what to say about it. `us` is the user that this process runs as.
fn judge(file: &Path, facts: Facts, us: u32) -> Result<Option<String>, RootKeyError> {
    if !facts.is_file {
        return Err(RootKeyError::Kind(file.to_owned()));
    }
    if facts.names > 1 {
        return Err(RootKeyError::Shared(file.to_owned()));
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
        let facts =
            Facts { is_file: true, mode: 0o100_000 | mode, owner, names: 1, is_on_read_only_mount: false };
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
        let mounted = Facts { is_file: true, mode: 0o644, owner: 0, names: 1, is_on_read_only_mount: true };
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
        let facts = Facts { is_file: false, mode: 0o600, owner: US, names: 1, is_on_read_only_mount: false };
        assert!(matches!(judge(Path::new("key"), facts, US), Err(RootKeyError::Kind(_))));
    }

    #[test]
    fn a_file_with_another_name_is_refused_unless_it_is_just_being_named() {
        let folder = folder("names");
        let file = folder.join("root.key");
        RootKey::create(&file, *b"0123456789abcdef0123456789abcdef").expect("it is made");
        let taken = || RootKey::load(&file).map(|loaded| loaded.is_some());
        std::fs::hard_link(&file, folder.join("root.key.new")).expect("another name");
        assert!(matches!(taken(), Ok(true)));
        std::fs::hard_link(&file, folder.join("theirs")).expect("another name");
        assert!(matches!(taken(), Err(RootKeyError::Shared(_))));
        std::fs::remove_file(folder.join("root.key.new")).expect("a name less");
        let error = taken().expect_err("it has another name").to_string();
        let (_, mend) = error.split_once("a file of its own: ").expect("what mends it");
        let mended = std::process::Command::new("sh").args(["-c", mend]).status().expect("a shell");
        assert!(mended.success() && matches!(taken(), Ok(true)), "{mend}");
        std::fs::remove_dir_all(folder).expect("it is ours");
    }

    /// A folder of one test's own.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kassa-root-key-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).expect("the folder for temporary files can be written");
        folder
    }

    #[test]
    fn what_a_killed_start_left_of_a_key_stands_in_nobodys_way() {
        let folder = folder("left");
        let (file, begun) = (folder.join("root.key"), folder.join("root.key.new"));
        std::fs::write(&begun, "4539").expect("a file");
        std::fs::write(&file, "").expect("a file");
        RootKey::create(&file, [7; 32]).expect("it is made");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "07".repeat(32) + "\n");
        assert_eq!(file.metadata().expect("a file").mode() & 0o777, 0o600);
        assert!(!begun.exists());
        // A key that is there stays.
        RootKey::create(&file, [8; 32]).expect("it stays");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "07".repeat(32) + "\n");
        assert!(!begun.exists());
        std::fs::remove_dir_all(folder).expect("it is ours");
    }

    #[test]
    fn a_key_that_another_process_is_making_is_left_to_it() {
        let folder = folder("begun");
        let (file, begun) = (folder.join("root.key"), folder.join("root.key.new"));
        let others = Begun::open(&file).expect("it is begun");
        std::thread::scope(|scope| {
            let ours = scope.spawn(|| RootKey::create(&file, [7; 32]));
            others.write([8; 32]).and_then(|()| others.name(&file)).expect("it is whole");
            // Its lock ends with it.
            drop(others);
            ours.join().expect("it ends").expect("there is a key");
        });
        assert!(!begun.exists());
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), "08".repeat(32) + "\n");
        std::fs::remove_dir_all(folder).expect("it is ours");
    }

    #[test]
    fn a_file_without_a_key_is_named_with_what_to_do() {
        let folder = folder("text");
        let file = folder.join("root.key");
        for text in ["", "no key", &"00".repeat(32)] {
            std::fs::write(&file, text).expect("a file");
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                .expect("ours");
            let error = RootKey::load(&file).err().expect("it holds none").to_string();
            assert!(error.contains("root.key") && error.contains("bring it back from its copy"), "{error}");
        }
        std::fs::remove_dir_all(folder).expect("it is ours");
    }
}
