//! Zeroes the bytes of the file that belong to no row.
//!
//! `secure_delete` zeroes a row where it is deleted. But when the engine balances a tree it writes rows to other pages,
//! and their bytes stay where they stood: in the gap of the page, between the pointers to its rows and the first of its
//! rows. No statement on a table reaches them. `sqlite_dbpage` shows and takes whole pages, and a page's own header
//! says where its gap is ("The SQLite Database File Format", section 1.6).

use std::ops::Range;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use super::connect::{connect_reader, refused, run};
use crate::Error;

/// Pages looked at in one step. Writes wait for as long as that takes, a few milliseconds.
const PAGES_A_STEP: i64 = 256;
/// Below this number (some 137 GB) a page's first byte tells whether it belongs to a tree: what else has a beginning
/// begins with the number of another page.
const PAGES_MAX: i64 = 0x0200_0000;
/// Bytes of the file's own header, which stands before that of the first page.
const FILE_HEADER: usize = 100;

/// One way through all pages, from the first to the last.
pub(crate) struct Scrub {
    /// Looks at pages without pushing others out of the writer's cache.
    reader: Connection,
    next: i64,
}

/// Whether this program's SQLite and this file let pages be told apart and written.
pub(super) fn is_possible(connection: &Connection, file: &Path) -> Result<(), Error> {
    let asked = |text| connection.query_row(text, [], |row| row.get::<_, i64>(0));
    let has_pages = asked("select count(*) from pragma_module_list where name = 'sqlite_dbpage'")
        .map_err(|error| refused(file, &error))?;
    let moves_pages = asked("pragma auto_vacuum").map_err(|error| refused(file, &error))?;
    if has_pages == 0 {
        return Err(Error::Refused(
            "SQLite was built without SQLITE_ENABLE_DBPAGE_VTAB, which `.cargo/config.toml` asks for: build Kassa in \
             its own folder"
                .to_owned(),
        ));
    }
    if moves_pages != 0 {
        return Err(Error::Refused(
            "the database file has auto_vacuum, and Kassa could not erase from it; run `pragma auto_vacuum = none; \
             vacuum` with sqlite3"
                .to_owned(),
        ));
    }
    Ok(())
}

impl Scrub {
    pub(super) fn begin(file: &Path) -> Result<Self, rusqlite::Error> {
        Ok(Self { reader: connect_reader(file)?, next: 1 })
    }

    /// Looks at the next pages and zeroes their gaps in one small transaction. True when that was the last of them.
    pub(super) fn step(&mut self, writer: &Connection) -> Result<bool, rusqlite::Error> {
        let last: i64 = self.reader.query_row("pragma page_count", [], |row| row.get(0))?;
        let end = last.min(self.next + PAGES_A_STEP - 1);
        if last < PAGES_MAX {
            run(&self.reader, "begin")?;
            let unclean: Result<Vec<i64>, _> = (self.next..=end)
                .filter_map(|number| match remains(&self.reader, number) {
                    Ok(None) => None,
                    Ok(Some(_)) => Some(Ok(number)),
                    Err(error) => Some(Err(error)),
                })
                .collect();
            run(&self.reader, "commit")?;
            zero(writer, &unclean?)?;
        }
        self.next = end + 1;
        Ok(end == last)
    }
}

/// Zeroes what the gaps of these pages hold now, which may be other bytes than were seen.
fn zero(writer: &Connection, pages: &[i64]) -> Result<(), rusqlite::Error> {
    if pages.is_empty() {
        return Ok(());
    }
    run(writer, "begin immediate")?;
    for number in pages {
        if let Some((mut page, gap)) = remains(writer, *number)? {
            page[gap].fill(0);
            writer
                .prepare_cached("update sqlite_dbpage set data = ?1 where pgno = ?2")?
                .execute((page, number))?;
        }
    }
    run(writer, "commit")
}

/// A page, and where its gap is.
type Remains = (Vec<u8>, Range<usize>);

/// A page whose gap is not empty.
fn remains(connection: &Connection, number: i64) -> Result<Option<Remains>, rusqlite::Error> {
    let mut page = connection.prepare_cached("select data from sqlite_dbpage where pgno = ?1")?;
    let found = page
        .query_row([number], |row| {
            let page = row.get_ref(0)?.as_blob()?;
            let gap = gap(number, page).filter(|gap| page[gap.clone()].iter().any(|byte| *byte != 0));
            Ok(gap.map(|gap| (page.to_vec(), gap)))
        })
        .optional()?;
    Ok(found.flatten())
}

/// Where a page of a tree holds bytes that belong to nothing. None for a page of another kind.
fn gap(number: i64, page: &[u8]) -> Option<Range<usize>> {
    let header = page.get(if number == 1 { FILE_HEADER } else { 0 }..)?;
    let (kind, rest) = header.split_first()?;
    let pointers = match kind {
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let number_at = |at: usize| Some(usize::from(u16::from_be_bytes(*rest.get(at..)?.first_chunk()?)));
    let rows = number_at(2)?;
    let start = page.len() - header.len() + pointers + 2 * rows;
    // A page of 64 KiB without rows says 0.
    let end = match number_at(4)? {
        0 => page.len(),
        end => end,
    };
    (start <= end && end <= page.len()).then_some(start..end)
}
