//! What a server leaves behind, searched for the secrets that were used: files whole, tables cell by cell.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cells::{self, Cell};
use crate::forms::{Search, stands_in};
use crate::used::Used;

/// The last four digits of card numbers may stand here, and four digits are four digits.
const LAST_FOUR: &str = ".last_four";

/// Searches a folder with everything below it, its SQLite file `data/kassa.db` and a PostgreSQL database; how many bytes
/// that were.
///
/// # Errors
/// There is a secret, or something cannot be read.
pub fn search(
    folder: &Path,
    database: Option<&str>,
    credentials: &BTreeSet<String>,
    used: &Used,
) -> Result<usize, String> {
    let wanted = Search::new(credentials.iter().chain(&used.numbers).chain(&used.tokens));
    let mut searched = 0;
    // Before the tables, because to open them is to tidy up after a crash.
    search_files(folder, &wanted, used, &mut searched)?;
    let file = folder.join("data").join("kassa.db");
    if file.metadata().is_ok_and(|file| file.len() > 0) {
        let cells = cells::of_sqlite(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        search_cells(&cells, &wanted, used, &mut searched)?;
    }
    if let Some(url) = database {
        let cells = cells::of_postgres(url).map_err(|error| format!("the database: {error}"))?;
        search_cells(&cells, &wanted, used, &mut searched)?;
    }
    Ok(searched)
}

fn search_files(folder: &Path, wanted: &Search, used: &Used, searched: &mut usize) -> Result<(), String> {
    let at = |path: &Path| {
        let place = path.display().to_string();
        move |error: std::io::Error| format!("{place}: {error}")
    };
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let kind = path.symlink_metadata().map_err(at(&path))?;
        if kind.is_dir() {
            search_files(&path, wanted, used, searched)?;
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).map_err(at(&path))?;
            *searched += bytes.len();
            if let Some(hit) = wanted.find(&bytes) {
                return Err(format!(
                    "{} is in {} at {}, as {:?}",
                    hit.secret,
                    path.display(),
                    hit.at,
                    String::from_utf8_lossy(hit.form)
                ));
            }
            // In a database's file any four digits may follow each other; its cells are looked at one by one.
            let is_words = std::str::from_utf8(&bytes).is_ok();
            if let Some(code) = used.codes.iter().find(|code| is_words && stands_in(&bytes, code)) {
                return Err(format!("the security code {code} is in {}", path.display()));
            }
        }
    }
    Ok(())
}

fn search_cells(cells: &[Cell], wanted: &Search, used: &Used, searched: &mut usize) -> Result<(), String> {
    for cell in cells {
        *searched += cell.bytes.len();
        if let Some(hit) = wanted.find(&cell.bytes) {
            let form = String::from_utf8_lossy(hit.form);
            return Err(format!("{} is in {}, as {form:?}", hit.secret, cell.place));
        }
        // A number may be an amount, a count or a row's; a code would be kept as it was typed, alone or as JSON.
        if cell.is_number || cell.place.ends_with(LAST_FOUR) {
            continue;
        }
        let quoted = |code: &str| {
            let text = format!("\"{code}\"");
            cell.bytes.windows(text.len()).any(|part| part == text.as_bytes())
        };
        let is_here =
            |code: &str| cell.bytes == code.as_bytes() || (cell.bytes.contains(&b'{') && quoted(code));
        if let Some(code) = used.codes.iter().find(|code| is_here(code)) {
            return Err(format!("the security code {code} is in {}", cell.place));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    /// Searches a folder with a log and a table of one row for a key, a card number and a code.
    fn found(log: &str, text: &str, last_four: &str, number: i64) -> Result<usize, String> {
        let folder = Folder::new();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("the folder takes another");
        std::fs::write(folder.path().join("log"), log).expect("the folder takes a file");
        let file = rusqlite::Connection::open(data.join("kassa.db")).expect("the folder takes a database");
        file.execute_batch("create table t (text, last_four, number)").expect("a table can be made");
        file.execute("insert into t values (?1, ?2, ?3)", (text, last_four, number)).expect("it takes a row");
        let only = |secret: &str| BTreeSet::from([secret.to_owned()]);
        let used = Used { numbers: only("4929371250038816"), codes: only("7391"), tokens: BTreeSet::new() };
        search(folder.path(), None, &only("a-key-of-some-shop"), &used)
    }

    #[test]
    fn what_is_secret_is_found_in_the_log_and_in_the_tables() {
        for (log, text) in [
            ("asked with a-key-of-some-shop", ""),
            ("typed 4929 3712 5003 8816", ""),
            ("typed code=7391", ""),
            ("", "4929371250038816"),
            ("", "7391"),
            ("", "{\"code\":\"7391\"}"),
        ] {
            assert!(found(log, text, "", 0).is_err(), "{log}{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_code_is_let_be() {
        assert!(found("took 0.7391 s", "47391", "7391", 7391).expect("nothing is found") > 0);
    }
}
