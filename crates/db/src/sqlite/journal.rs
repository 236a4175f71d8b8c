//! What a journal would put back. The engine plays one at the first read of the file beside it, whoever wrote it and also
//! where the file is written by way of a log. So it is read here before anything is opened.

use std::io::{self, Read};
use std::path::Path;

use super::files;

/// What a journal begins with once it is on the disk as a whole.
const MAGIC: &[u8] = &[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// Where its numbers stand: how many pages it holds, and how many the file had; the sizes of its head and of a page.
const RECORDS: usize = 8;
const PAGES_BEFORE: usize = 16;
const HEAD: usize = 20;
const PAGE: usize = 24;
/// Around each page: its number and a sum.
const AROUND_PAGE: usize = 8;
/// The largest head and the largest page, and a byte that tells that there is more.
const BYTES_MAX: u64 = 2 * 65_536 + 8 + 1;
/// What changes in the first page with how the file is written: that itself, the count of changes, and by which version of
/// the engine the count is.
const CHANGES: [std::ops::Range<usize>; 3] = [18..20, 24..28, 92..100];

/// Whether the file was empty before the change.
pub(super) fn began_with_nothing(start: &[u8]) -> bool {
    number(start, PAGES_BEFORE) == Some(0)
}

/// Whether all that the journal beside a file would put back is how the file is written: Kassa turned to its log, as it
/// does with a copy that was brought back, and was stopped. To play that back takes nothing away.
pub(super) fn is_turn_to_the_log(file: &Path) -> io::Result<bool> {
    let read = |path: &Path| -> io::Result<(Vec<u8>, u64)> {
        let opened = files::open(path, std::fs::File::options().read(true))?;
        let length = opened.metadata()?.len();
        let mut bytes = Vec::new();
        opened.take(BYTES_MAX).read_to_end(&mut bytes)?;
        Ok((bytes, length))
    };
    let ((journal, _), (main, length)) = (read(&files::journal(file))?, read(file)?);
    Ok(puts_back_nothing_else(&journal, &main, length).unwrap_or(false))
}

/// None where the journal is too short for what it says.
fn puts_back_nothing_else(journal: &[u8], main: &[u8], length: u64) -> Option<bool> {
    let (pages, page) = (number(journal, PAGES_BEFORE)?, number(journal, PAGE)?);
    let (head, size) = (usize::try_from(number(journal, HEAD)?).ok()?, usize::try_from(page).ok()?);
    let is_one_page = journal.starts_with(MAGIC)
        && number(journal, RECORDS)? == 1
        && journal.len() == head.checked_add(size)?.checked_add(AROUND_PAGE)?
        && number(journal, head)? == 1
        && u64::from(pages) * u64::from(page) == length;
    let (before, now) = (journal.get(head + 4..head + 4 + size)?, main.get(..size)?);
    let is_same = |(at, (before, now)): (usize, (&u8, &u8))| {
        before == now || CHANGES.iter().any(|change| change.contains(&at))
    };
    Some(is_one_page && before.iter().zip(now).enumerate().all(is_same))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let number = bytes.get(at..at.checked_add(4)?)?;
    number.try_into().ok().map(u32::from_be_bytes)
}
