//! Medians and ratios, as a table for people and as JSON for comparison with another run.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::load::Sample;
use crate::options::Options;

pub(crate) struct Report {
    pub(crate) options: Options,
    pub(crate) rows: Vec<Row>,
    /// The load average at the end of each round.
    pub(crate) busy: Vec<f64>,
    pub(crate) memory: Memory,
    pub(crate) starts: Starts,
    /// Bytes of the program.
    pub(crate) size: u64,
}

/// What is measured, and what it is held against.
#[derive(Clone, Copy)]
pub(crate) struct Title {
    /// Its name in the JSON.
    pub(crate) key: &'static str,
    pub(crate) measured: &'static str,
    pub(crate) yardstick: &'static str,
}

pub(crate) struct Row {
    pub(crate) title: Title,
    /// What is measured, and its yardstick in the same round.
    pub(crate) rounds: Vec<(Sample, Sample)>,
}

/// Resident memory in KiB.
pub(crate) struct Memory {
    pub(crate) idle: u64,
    pub(crate) after_reads: u64,
    pub(crate) after_writes: u64,
}

/// From the spawn to the first answer.
pub(crate) struct Starts {
    /// In an empty folder: the database and the keys are made.
    pub(crate) empty: Vec<Duration>,
    /// With the customers that were read.
    pub(crate) filled: Vec<Duration>,
}

/// In place of a figure that nobody knows.
const UNKNOWN: &str = "–";

/// The middle one of some figures, and the outermost.
pub(crate) struct Spread {
    pub(crate) median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    pub(crate) fn of(figures: impl Iterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_by(f64::total_cmp);
        let middle = figures.len() / 2;
        let median = match figures.len() % 2 {
            0 => f64::midpoint(figures[middle - 1], figures[middle]),
            _ => figures[middle],
        };
        Self { median, min: figures[0], max: figures[figures.len() - 1] }
    }

    fn json(&self) -> Value {
        json!({ "median": self.median, "min": self.min, "max": self.max })
    }

    fn ratio(&self) -> String {
        if self.median.is_nan() {
            return UNKNOWN.to_owned();
        }
        format!("{:.2} ({:.2}–{:.2})", self.median, self.min, self.max)
    }

    pub(crate) fn percent(&self) -> String {
        let [median, min, max] = [self.median, self.min, self.max].map(|share| share * 100.0);
        format!("{median:+.1} % ({min:+.1} to {max:+.1})")
    }

    fn milliseconds(&self) -> String {
        format!("{:.1} ms ({:.1}–{:.1})", self.median, self.min, self.max)
    }
}

type Figure = fn(&Sample) -> f64;

/// What is told of each side.
const FIGURES: [(&str, Figure); 4] = [
    ("per_second", |sample| sample.per_second),
    ("p50_ms", |sample| sample.p50_ms),
    ("p99_ms", |sample| sample.p99_ms),
    ("cpu_us", |sample| sample.cpu_us),
];

impl Report {
    fn starts(&self) -> (Spread, Spread) {
        let of = |times: &[Duration]| Spread::of(times.iter().map(|time| time.as_secs_f64() * 1000.0));
        (of(&self.starts.empty), of(&self.starts.filled))
    }

    pub(crate) fn table(&self) -> String {
        let options = &self.options;
        let busy = Spread::of(self.busy.iter().copied());
        let mut text = format!(
            "{} rounds of {} s a side, {} connections, {} customers to read; load average {}\n\n",
            self.busy.len(),
            options.time.as_secs(),
            options.connections,
            options.rows,
            busy.ratio(),
        );
        self.rows.iter().for_each(|row| row.block(&mut text));
        let mib = |kib: u64| kib as f64 / 1024.0;
        let (empty, filled) = self.starts();
        let Memory { idle, after_reads, after_writes } = self.memory;
        let _ = write!(
            text,
            "Resident memory     idle {:.1} MiB, after reads {:.1} MiB, after writes {:.1} MiB\n\
             Start to answer     empty folder {}, with customers {}\n\
             Program             {:.2} MiB",
            mib(idle),
            mib(after_reads),
            mib(after_writes),
            empty.milliseconds(),
            filled.milliseconds(),
            mib(self.size / 1024),
        );
        text
    }

    pub(crate) fn json(&self) -> String {
        let (empty, filled) = self.starts();
        let rows: Value = self.rows.iter().map(|row| (row.title.key.to_owned(), row.json())).collect();
        let report = json!({
            "seconds": self.options.time.as_secs(),
            "connections": self.options.connections,
            "rows": self.options.rows,
            "rows_measured": rows,
            "load_average": self.busy,
            "resident_kib": {
                "idle": self.memory.idle,
                "after_reads": self.memory.after_reads,
                "after_writes": self.memory.after_writes,
            },
            "start_ms": { "empty": empty.json(), "with_customers": filled.json() },
            "program_bytes": self.size,
        });
        format!("{report:#}\n")
    }
}

impl Row {
    /// The measured figure divided by the yardstick's of the same round.
    fn ratio(&self, figure: Figure) -> Spread {
        Spread::of(self.rounds.iter().map(|(measured, yardstick)| figure(measured) / figure(yardstick)))
    }

    /// Writing to a string does not fail.
    fn block(&self, text: &mut String) {
        let mut line = |name: &str, texts: [String; FIGURES.len()]| {
            let [per_second, p50, p99, cpu] = texts;
            let _ = writeln!(text, "{name:<26}{per_second:>22}{p50:>22}{p99:>22}{cpu:>22}");
        };
        line("", ["a second", "p50 ms", "p99 ms", "CPU us a request"].map(str::to_owned));
        let medians = |of: fn(&(Sample, Sample)) -> &Sample| {
            FIGURES.map(|(_, figure)| {
                let median = Spread::of(self.rounds.iter().map(|pair| figure(of(pair)))).median;
                match median {
                    _ if median.is_nan() => UNKNOWN.to_owned(),
                    _ if median < 100.0 => format!("{median:.2}"),
                    _ => format!("{median:.0}"),
                }
            })
        };
        line(self.title.measured, medians(|(measured, _)| measured));
        line(self.title.yardstick, medians(|(_, yardstick)| yardstick));
        line("  ratio", FIGURES.map(|(_, figure)| self.ratio(figure).ratio()));
        text.push('\n');
    }

    fn json(&self) -> Value {
        let figures = |sample: &Sample| -> Value {
            FIGURES.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure(sample)))).collect()
        };
        let (measured, yardstick): (Vec<Value>, Vec<Value>) =
            self.rounds.iter().map(|(measured, yardstick)| (figures(measured), figures(yardstick))).unzip();
        let ratios: Value =
            FIGURES.iter().map(|(name, figure)| ((*name).to_owned(), self.ratio(*figure).json())).collect();
        json!({ "against": self.title.yardstick, "measured": measured, "yardstick": yardstick, "ratio": ratios })
    }
}
