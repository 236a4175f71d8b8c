//! Secrets that more people can read than should, told when the server starts and by `doctor`. It looks and changes
//! nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::options::{Config, Origin};

/// Whoever may read or change, but for the owner.
const OTHERS: u32 = 0o066;

/// What is exposed, and how to mend it.
pub(crate) fn found(config: &Config) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if let Some(mode) = mode_for_others(&config.data) {
        let folder = config.data.display();
        let why = format!("others can look into {folder} (mode {mode:o}); run: chmod 700 {folder}");
        found.push(("data folder", why));
    }
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

/// The mode of a file or folder that others can read or change.
fn mode_for_others(path: &Path) -> Option<u32> {
    let mode = path.metadata().ok()?.permissions().mode() & 0o7777;
    (mode & OTHERS != 0).then_some(mode)
}
