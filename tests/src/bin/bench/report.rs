//! Medians and ratios, as a table for people and as JSON for comparison with another run.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::load::Sample;
use crate::options::Options;

pub(crate) struct Report {
    pub(crate) options: Options,
    pub(crate) rounds: Vec<Round>,
    pub(crate) memory: Memory,
    pub(crate) starts: Starts,
    /// Bytes of the program.
    pub(crate) size: u64,
}

/// Each pair is Kassa and its yardstick.
pub(crate) struct Round {
    pub(crate) creates: (Sample, Sample),
    pub(crate) reads: (Sample, Sample),
    /// The load average at its end.
    pub(crate) busy: f64,
}

/// Resident memory in KiB.
pub(crate) struct Memory {
    pub(crate) idle: u64,
    pub(crate) after_reads: u64,
    pub(crate) after_creates: u64,
}

/// From the spawn to the first answer.
pub(crate) struct Starts {
    /// In an empty folder: the database and the keys are made.
    pub(crate) empty: Vec<Duration>,
    /// With the customers that were read.
    pub(crate) filled: Vec<Duration>,
}

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

type Pair = fn(&Round) -> &(Sample, Sample);
type Figure = fn(&Sample) -> f64;

/// What is told of each side.
const FIGURES: [(&str, Figure); 4] = [
    ("per_second", |sample| sample.per_second),
    ("p50_ms", |sample| sample.p50_ms),
    ("p99_ms", |sample| sample.p99_ms),
    ("cpu_us", |sample| sample.cpu_us),
];

impl Report {
    fn side(&self, pair: Pair, yardstick: bool, figure: Figure) -> Spread {
        let of = |round| {
            let (kassa, other) = pair(round);
            figure(if yardstick { other } else { kassa })
        };
        Spread::of(self.rounds.iter().map(of))
    }

    /// Kassa's figure divided by the yardstick's of the same round.
    fn ratio(&self, pair: Pair, figure: Figure) -> Spread {
        let of = |round| {
            let (kassa, other) = pair(round);
            figure(kassa) / figure(other)
        };
        Spread::of(self.rounds.iter().map(of))
    }

    fn starts(&self) -> (Spread, Spread) {
        let of = |times: &[Duration]| Spread::of(times.iter().map(|time| time.as_secs_f64() * 1000.0));
        (of(&self.starts.empty), of(&self.starts.filled))
    }

    pub(crate) fn table(&self) -> String {
        let options = &self.options;
        let busy = Spread::of(self.rounds.iter().map(|round| round.busy));
        let mut text = format!(
            "{} rounds of {} s a side, {} connections, {} customers to read; load average {}\n\n",
            self.rounds.len(),
            options.time.as_secs(),
            options.connections,
            options.rows,
            busy.ratio(),
        );
        self.block(&mut text, "Durable creates", "raw SQLite group commit", |round| &round.creates);
        self.block(&mut text, "Reads by id", "axum constant", |round| &round.reads);
        let mib = |kib: u64| kib as f64 / 1024.0;
        let (empty, filled) = self.starts();
        let Memory { idle, after_reads, after_creates } = self.memory;
        let _ = write!(
            text,
            "Resident memory     idle {:.1} MiB, after reads {:.1} MiB, after creates {:.1} MiB\n\
             Start to answer     empty folder {}, with customers {}\n\
             Program             {:.2} MiB",
            mib(idle),
            mib(after_reads),
            mib(after_creates),
            empty.milliseconds(),
            filled.milliseconds(),
            mib(self.size / 1024),
        );
        text
    }

    /// Writing to a string does not fail.
    fn block(&self, text: &mut String, title: &str, yardstick: &str, pair: Pair) {
        let _ = writeln!(
            text,
            "{title:<26}{:>12}{:>22}{:>22}{:>22}",
            "a second", "p50 ms", "p99 ms", "CPU us a request"
        );
        for (name, is_yardstick) in [("Kassa", false), (yardstick, true)] {
            let median = |place: usize| self.side(pair, is_yardstick, FIGURES[place].1).median;
            let _ = writeln!(
                text,
                "  {name:<24}{:>12.0}{:>22.2}{:>22.2}{:>22.1}",
                median(0),
                median(1),
                median(2),
                median(3)
            );
        }
        let _ = write!(text, "  {:<18}", "ratio");
        for (place, (_, figure)) in FIGURES.iter().enumerate() {
            let width = if place == 0 { 18 } else { 22 };
            let _ = write!(text, "{:>width$}", self.ratio(pair, *figure).ratio());
        }
        text.push_str("\n\n");
    }

    pub(crate) fn json(&self) -> String {
        let (empty, filled) = self.starts();
        let report = json!({
            "seconds": self.options.time.as_secs(),
            "connections": self.options.connections,
            "rows": self.options.rows,
            "creates": self.pair_json(|round| &round.creates),
            "reads": self.pair_json(|round| &round.reads),
            "load_average": self.rounds.iter().map(|round| round.busy).collect::<Vec<_>>(),
            "resident_kib": {
                "idle": self.memory.idle,
                "after_reads": self.memory.after_reads,
                "after_creates": self.memory.after_creates,
            },
            "start_ms": { "empty": empty.json(), "with_customers": filled.json() },
            "program_bytes": self.size,
        });
        format!("{report:#}\n")
    }

    fn pair_json(&self, pair: Pair) -> Value {
        let rounds = |yardstick: bool| -> Vec<Value> {
            let of = |round| {
                let (kassa, other) = pair(round);
                let sample = if yardstick { other } else { kassa };
                FIGURES.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure(sample)))).collect()
            };
            self.rounds.iter().map(of).collect()
        };
        let ratios: Value = FIGURES
            .iter()
            .map(|(name, figure)| ((*name).to_owned(), self.ratio(pair, *figure).json()))
            .collect();
        json!({ "kassa": rounds(false), "yardstick": rounds(true), "ratio": ratios })
    }
}
