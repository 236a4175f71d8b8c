//! Bytes that are made to break a parser: good samples with faults in them, JSON of a careless grammar, and noise. All of
//! a run follows from its seed.

use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::ops::Range;
use std::time::{Duration, Instant};

/// How long all such tests of a run take together, unless `KASSA_FUZZ_SECONDS` says otherwise.
const SECONDS: u64 = 55;

/// What parsers have stumbled over, here or elsewhere.
const WORDS: &[&str] = &[
    "",
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "{\"a\":",
    "[[[[[[[[",
    "}}",
    "]",
    "\"",
    "\\",
    "\\\"",
    ",",
    ":",
    "\0",
    "\n",
    "\r\n",
    "0",
    "-0",
    "-1",
    "1e999",
    "-1e-999",
    "1E+15",
    "0.1e1",
    "9223372036854775808",
    "-9223372036854775809",
    "00",
    "+1",
    "1_0",
    "\\u0000",
    "\\ud800",
    "\\udc00\\ud800",
    "\\ud83d\\ude00",
    "\\u005c\\u0022",
    "\\u00",
    "\\x",
    "NaN",
    "Infinity",
    "{\"$serde_json::private::RawValue\":\"[1\"}",
    "{\"$serde_json::private::Number\":\"x\"}",
    "\"{\\\"$serde_json::private::RawValue\\\":\\\"1\\\"}\"",
    "\"__proto__\"",
    "key",
    "value",
    "4111 1111 1111 1111",
    "4111111111111111",
    "4\u{2011}1",
    "\u{ff14}\u{ff11}",
    "\u{0664}\u{0661}",
    "\u{212a}",
    "\u{130}",
    "\u{202e}",
    "\u{feff}",
    "\u{200b}",
    "e\u{301}",
    "\u{1f468}\u{200d}\u{1f469}",
    "%",
    "%0",
    "%00",
    "%ff",
    "%zz",
    "%25",
    "%2f",
    "..",
    "/",
    "//",
    "?",
    "&",
    "=",
    "&&",
    "==",
    ";",
    "#",
    "+",
    "*",
    "a@b.c",
    "@",
    "a@",
    "\"a b\"@c.d",
    "a@[::1]",
    "https://",
    "http://[::1]:0/",
    "https:evil.example",
    "https://a@b:99999/",
    "javascript:1",
    "//x",
    "12/99",
    "13/99",
    "0/0",
    "-1/30",
    "1/",
    "/9",
    "99/9999",
    "127/127",
    "2026-11-27T25:61:61Z",
    "9999-12-31T23:59:60+99:99",
    "-9999-01-01",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "cus_",
    "pay_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "src_77777777777777777777777777",
    "hpp_____________",
    "Bearer ",
    "Basic Og==",
    "Basic ====",
    "bearer\t",
    "sha256=",
    "0123456789abcdef0123456789abcdef",
    "€",
    "é",
];

/// Chance that can be had again.
pub(crate) struct Source(u64);

impl Source {
    /// The source of a run. Its seed is told at once and past the test runner, which an overflow of the stack would end.
    pub(crate) fn of_run(what: &str) -> Self {
        let given = std::env::var("KASSA_TEST_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0_u8));
        let line = format!("hostile bytes for {what}: KASSA_TEST_SEED={seed}\n");
        std::io::stderr().write_all(line.as_bytes()).expect("stderr is open");
        Self(seed | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).expect("31 bits fit") % end
    }

    /// Whether, once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A sample with faults, or something else altogether.
    pub(crate) fn bytes(&mut self, sample: &[u8]) -> Vec<u8> {
        match self.below(10) {
            0 => self.noise(),
            1 => self.json(6).into_bytes(),
            2 => self.deep().into_bytes(),
            3..=5 => {
                let mut bytes = sample.to_vec();
                self.another_value(&mut bytes);
                bytes
            }
            _ => self.faulty(sample),
        }
    }

    /// A sample with a few faults.
    pub(crate) fn faulty(&mut self, sample: &[u8]) -> Vec<u8> {
        let mut bytes = sample.to_vec();
        for _ in 0..=self.below(4) {
            let from = self.below(bytes.len() + 1);
            let to = (from + self.below(12)).min(bytes.len());
            match self.below(10) {
                0 => drop(bytes.drain(from..to)),
                1 => bytes.truncate(from),
                2 if from < bytes.len() => bytes[from] = u8::try_from(self.below(256)).expect("a byte"),
                3 => {
                    let piece = bytes[from..to].repeat(1 + self.below(40));
                    drop(bytes.splice(from..from, piece));
                }
                4 => drop(bytes.splice(from..to, self.json(3).into_bytes())),
                5..=7 => self.another_value(&mut bytes),
                8 => self.another_text(&mut bytes),
                _ => drop(bytes.splice(from..to, self.pick(WORDS).bytes())),
            }
        }
        bytes
    }

    /// Puts something else in the place of a value: JSON, or JSON in a text.
    fn another_value(&mut self, bytes: &mut Vec<u8>) {
        let values = values(bytes);
        if values.is_empty() {
            return;
        }
        let place = self.pick(&values).clone();
        let value = if self.once_in(3) { self.json(4) } else { self.deep() };
        let value = if self.once_in(3) { value } else { format!("\"{}\"", escaped(&value)) };
        drop(bytes.splice(place, value.into_bytes()));
    }

    /// Puts something else between a pair of quotes.
    fn another_text(&mut self, bytes: &mut Vec<u8>) {
        let quotes: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place] == b'"').collect();
        if quotes.len() < 2 {
            return;
        }
        let first = self.below(quotes.len() - 1);
        let text = if self.once_in(3) { escaped(&self.deep()) } else { self.text() };
        drop(bytes.splice(quotes[first] + 1..quotes[first + 1], text.into_bytes()));
    }

    /// The inside of a JSON text, most times.
    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(4) {
            let word = *self.pick(WORDS);
            text.push_str(&word.repeat(if self.once_in(10) { 1 + self.below(300) } else { 1 }));
        }
        if self.once_in(4) { text } else { escaped(&text) }
    }

    fn noise(&mut self) -> Vec<u8> {
        let length = self.below(120);
        let end = if self.once_in(2) { 128 } else { 256 };
        (0..length).map(|_| u8::try_from(self.below(end)).expect("a byte")).collect()
    }

    /// JSON that is often none.
    fn json(&mut self, levels: usize) -> String {
        let width = self.below(4);
        match self.below(if levels == 0 { 4 } else { 7 }) {
            0 => self.pick(WORDS).to_string(),
            1 => format!("{}.{}e{}", self.below(1 << 30), self.below(99), self.below(400)),
            2 => (0..1 + self.below(60))
                .map(|_| char::from(b'0' + u8::try_from(self.below(10)).expect("a digit")))
                .collect(),
            3 => format!("\"{}\"", self.text()),
            4 => {
                let items: Vec<String> = (0..width).map(|_| self.json(levels - 1)).collect();
                format!("[{}]", items.join(","))
            }
            _ => {
                let fields: Vec<String> =
                    (0..width).map(|_| format!("\"{}\":{}", self.text(), self.json(levels - 1))).collect();
                format!("{{{}}}", fields.join(","))
            }
        }
    }

    /// JSON that is nested deeply, in itself or in its own texts.
    fn deep(&mut self) -> String {
        let levels = *self.pick(&[1, 31, 32, 33, 40]);
        if self.once_in(4) {
            let (open, close) = *self.pick(&[("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")]);
            let levels = if self.once_in(8) { 4_000 } else { levels };
            return format!("{}{}{}", open.repeat(levels), self.json(1), close.repeat(levels));
        }
        let key = *self.pick(&[
            "$serde_json::private::RawValue",
            "$serde_json::private::RawValue",
            "$serde_json::private::RawValue",
            "$serde_json::private::Number",
            "\\u0024serde_json::private::RawValue",
        ]);
        let lists = *self.pick(&[0, 100, 100]);
        (0..levels).fold("1".to_owned(), |inner, _| {
            let inner = format!("{}{inner}{}", "[".repeat(lists), "]".repeat(lists));
            format!("{{\"{key}\":\"{}\"}}", escaped(&inner))
        })
    }
}

/// Where the values of fields stand; of lists and objects the beginning.
fn values(json: &[u8]) -> Vec<Range<usize>> {
    let end_of_text = |from: usize| {
        let mut at = from + 1;
        while at < json.len() && json[at] != b'"' {
            at += if json[at] == b'\\' { 2 } else { 1 };
        }
        (at + 1).min(json.len())
    };
    let (mut at, mut values) = (0, Vec::new());
    while at < json.len() {
        if json[at] == b'"' {
            at = end_of_text(at);
            continue;
        }
        at += 1;
        if json[at - 1] == b':' && at < json.len() {
            let length = json[at..].iter().position(|byte| b",}]".contains(byte)).unwrap_or(0);
            values.push(at..if json[at] == b'"' { end_of_text(at) } else { at + length });
        }
    }
    values
}

/// As it stands in a JSON text; quotes grow by some letters a level, and do not double.
fn escaped(text: &str) -> String {
    let mut escaped = text.replace('\\', "\\u005c").replace('"', "\\u0022");
    escaped.retain(|letter| letter >= ' ');
    escaped
}

/// When this share, of a hundred, of the time for all such tests is over.
pub(crate) fn until(share: u64) -> Instant {
    let seconds = std::env::var("KASSA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Instant::now() + Duration::from_millis(seconds.unwrap_or(SECONDS) * 10 * share)
}
