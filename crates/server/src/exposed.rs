//! Secrets that more people can read than should, told when the server starts and by `doctor`. It looks and changes
//! nothing.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::options::{Config, Origin};

/// Whoever may read or change, but for the owner.
const OTHERS: u32 = 0o066;
const WRITING_BY_OTHERS: u32 = 0o022;
const WRITING_BY_EVERYBODY: u32 = 0o002;

/// What is exposed, and how to mend it.
pub(crate) fn found(config: &Config) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    found.extend(folder(&config.data).map(|why| ("data folder", why)));
    if let Some((_, key)) = &config.tls
        && let Some(mode) = mode_for_others(key)
    {
        let file = key.display();
        let why = format!("others can read the TLS key {file} (mode {mode:o}); run: chmod 600 {file}");
        found.push(("TLS key", why));
    }
    match config.database_password() {
        Some(Origin::File(file)) => {
            if let Some(mode) = mode_for_others(file) {
                let file = file.display();
                found.push((
                    "configuration file",
                    format!(
                        "{file} holds the password of the database, and others can read it (mode {mode:o}); run: \
                         chmod 600 {file}"
                    ),
                ));
            }
        }
        Some(Origin::Flag) => found.push((
            "database password",
            "the password of the database stands on the command line, which every user of this machine can read; put it into \
             KASSA_DATABASE_URL, or into a kassa.toml that only its owner can read"
                .to_owned(),
        )),
        Some(Origin::Environment(_) | Origin::Default) | None => {}
    }
    found
}

/// Who else has a say in a folder: its owner, who can put other files into the place of those that are there, or others.
fn folder(folder: &Path) -> Option<String> {
    let found = folder.metadata().ok()?;
    let us = rustix::process::geteuid().as_raw();
    let (owner, mode, folder) = (found.uid(), found.mode() & 0o7777, folder.display());
    let can = if mode & WRITING_BY_OTHERS == 0 { "look into" } else { "write into" };
    match mode & OTHERS {
        _ if owner != us && owner != 0 => Some(format!(
            "{folder} belongs to user {owner}, who can put other files into the place of Kassa's; run: chown {us} {folder}"
        )),
        0 => None,
        _ if owner == us => {
            Some(format!("others can {can} {folder} (mode {mode:o}); run: chmod 700 {folder}"))
        }
        // Whose folder it is has made it so for others, as containers' volumes are.
        _ => Some(format!(
            "others can {can} {folder} (mode {mode:o}), and it is root's; give Kassa a folder of its own with --data, such as \
             {folder}/kassa, which it makes by itself"
        )),
    }
}

/// Refuses to make something in a folder that everybody can write: what Kassa is about to make there, somebody may have
/// made just before.
pub(crate) fn refuse_everybodys(folder: &Path) -> anyhow::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // What is not there is made, or that fails with its own reason.
    let mode = folder.metadata().map_or(0, |found| found.mode() & 0o7777);
    if mode & WRITING_BY_EVERYBODY != 0 {
        let folder = folder.display();
        anyhow::bail!(
            "every user of this machine can write into {folder} (mode {mode:o}), so nothing is made there; name a folder of \
             Kassa's own, such as {folder}/kassa, which it makes by itself"
        );
    }
    Ok(())
}

/// The mode of a file or folder that others can read or change.
fn mode_for_others(path: &Path) -> Option<u32> {
    let mode = path.metadata().ok()?.permissions().mode() & 0o7777;
    (mode & OTHERS != 0).then_some(mode)
}
