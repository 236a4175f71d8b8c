//! Which request of a connection names two lengths of its body. hyper follows one of them and drops the other before anybody
//! sees it, and whoever stands in front may have followed the other.
//!
//! It keeps up with where heads begin and end in the bytes of a connection. What it does not understand it leaves to hyper.

use std::mem::take;

/// Bytes of a line that are kept where it comes in pieces: more than a name and a length have.
const LINE: usize = 128;

/// What a connection's next byte belongs to.
enum Place {
    Head,
    /// So many bytes more.
    Body(u64),
    ChunkSize,
    /// So many bytes more, with the line break behind them.
    Chunk(u64),
    Trailers,
    /// Nothing more is looked at.
    Lost,
}

/// The lengths that the heads of one connection name.
pub(crate) struct Lengths {
    place: Place,
    /// Heads that were complete.
    heads: u64,
    /// How a line begins of which the end has not come.
    begun: Vec<u8>,
    head: Head,
}

/// What was seen of a head.
#[derive(Default)]
struct Head {
    has_line: bool,
    length: Option<u64>,
    is_chunked: bool,
}

impl Lengths {
    pub(crate) const fn new() -> Lengths {
        let head = Head { has_line: false, length: None, is_chunked: false };
        Lengths { place: Place::Head, heads: 0, begun: Vec::new(), head }
    }

    /// Takes what came. Answers how many heads there were with the first one that names both lengths, once that is complete;
    /// none is looked at behind it, because its connection closes.
    pub(crate) fn hear(&mut self, mut bytes: &[u8]) -> Option<u64> {
        while !bytes.is_empty() {
            match self.place {
                Place::Lost => return None,
                Place::Body(left) => {
                    let left = pass(&mut bytes, left);
                    self.place = if left == 0 { Place::Head } else { Place::Body(left) };
                }
                Place::Chunk(left) => {
                    let left = pass(&mut bytes, left);
                    self.place = if left == 0 { Place::ChunkSize } else { Place::Chunk(left) };
                }
                Place::Head | Place::ChunkSize | Place::Trailers => {
                    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                        self.keep(bytes);
                        return None;
                    };
                    let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
                    bytes = rest;
                    let is_ambiguous = if self.begun.is_empty() {
                        self.line(line)
                    } else {
                        self.keep(line);
                        let line = take(&mut self.begun);
                        self.line(&line)
                    };
                    if is_ambiguous {
                        self.place = Place::Lost;
                        return Some(self.heads);
                    }
                }
            }
        }
        None
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = LINE - self.begun.len();
        self.begun.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    /// Takes a line without its line feed. Whether it ends a head that names both lengths.
    fn line(&mut self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self.place {
            Place::Head if line.is_empty() => return self.end_of_head(),
            Place::Head => self.field(line),
            Place::ChunkSize => {
                let digits = line.split(|byte| !byte.is_ascii_hexdigit()).next().unwrap_or_default();
                self.place = match number(digits, 16) {
                    Some(0) => Place::Trailers,
                    Some(size) => Place::Chunk(size.saturating_add(2)),
                    None => Place::Lost,
                };
            }
            Place::Trailers if line.is_empty() => self.place = Place::Head,
            Place::Trailers | Place::Body(_) | Place::Chunk(_) | Place::Lost => {}
        }
        false
    }

    fn field(&mut self, line: &[u8]) {
        let value = |name: &str| {
            let (known, value) = line.split_at_checked(name.len())?;
            value.strip_prefix(b":").filter(|_| known.eq_ignore_ascii_case(name.as_bytes()))
        };
        self.head.has_line = true;
        if let Some(value) = value("content-length") {
            // What is no number is refused by hyper.
            self.head.length = Some(number(value.trim_ascii(), 10).unwrap_or_default());
        } else if value("transfer-encoding").is_some() {
            self.head.is_chunked = true;
        }
    }

    fn end_of_head(&mut self) -> bool {
        // Empty lines before a head are none of it.
        if !self.head.has_line {
            return false;
        }
        self.heads += 1;
        let head = take(&mut self.head);
        self.place = match (head.is_chunked, head.length) {
            (true, Some(_)) => return true,
            (true, None) => Place::ChunkSize,
            (false, None | Some(0)) => Place::Head,
            (false, Some(length)) => Place::Body(length),
        };
        false
    }
}

/// Passes bytes, and says how many are left to be passed.
fn pass(bytes: &mut &[u8], left: u64) -> u64 {
    let passed = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
    *bytes = &bytes[passed..];
    left - passed as u64
}

fn number(digits: &[u8], radix: u32) -> Option<u64> {
    u64::from_str_radix(str::from_utf8(digits).ok()?, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    const SIZED: &str = "POST / HTTP/1.1\r\nhost: x\r\nContent-Length:  5 \r\n\r\n\r\n\r\n!";
    const CHUNKED: &str = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nhost: x\r\n\r\n4;a=b\r\n\r\n\r\n\r\n\
        A\r\n0123456789\r\n0\r\ncontent-length: 4\r\n\r\n";
    const BOTH: &str =
        "POST / HTTP/1.1\r\ncontent-length: 4\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    const SWAPPED: &str = "POST / HTTP/1.1\nTRANSFER-ENCODING:chunked\nCONTENT-LENGTH:4\n\n";
    /// Longer than what is kept of a line that comes in pieces.
    const LONG: &str = "GET / HTTP/1.1\r\nx: 0123456789012345678901234567890123456789012345678901234567890123456789\
        01234567890123456789012345678901234567890123456789012345678901234567890123456789 content-length: 4\r\n\
        transfer-encoding2: content-length: 4\r\ncontent-length : 4\r\n\r\n";

    #[test]
    fn the_first_head_with_both_lengths_is_found_however_it_comes() {
        for (sent, expected) in [
            (&[PLAIN, SIZED, CHUNKED, LONG, PLAIN][..], None),
            (&[BOTH, BOTH], Some(1)),
            (&[SWAPPED], Some(1)),
            (&["\r\n", PLAIN, "\r\n\n", BOTH], Some(2)),
            (&[SIZED, SIZED, CHUNKED, CHUNKED, LONG, SWAPPED, PLAIN], Some(6)),
        ] {
            let sent = sent.concat();
            for piece in [1, 2, 3, 7, 50, sent.len()] {
                let mut lengths = Lengths::new();
                let found: Vec<u64> =
                    sent.as_bytes().chunks(piece).filter_map(|piece| lengths.hear(piece)).collect();
                assert_eq!(found.first().copied(), expected, "{sent} by {piece}");
                assert!(found.len() <= 1);
            }
        }
    }

    #[test]
    fn what_is_not_understood_is_left_to_hyper() {
        for sent in ["POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "\0\u{80}:\n\n", ""] {
            let mut lengths = Lengths::new();
            assert_eq!(lengths.hear(sent.as_bytes()), None);
        }
    }
}
