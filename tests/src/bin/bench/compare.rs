//! Two programs of Kassa in one run: what a change costs. The processor time of a request says it: it differs little from
//! run to run, also on a busy machine.

use std::fmt::Write;
use std::path::Path;

use anyhow::ensure;
use tokio::runtime::Runtime;

use crate::in_turn;
use crate::load::Sample;
use crate::options::Options;
use crate::report::Spread;
use crate::server::Kassa;
use crate::subject::Subject;

/// How much more processor time a request may take.
const MORE_MAX: f64 = 0.03;

type Side = fn(&Subject, &Options, &Runtime) -> anyhow::Result<Sample>;
const SIDES: [(&str, Side); 2] = [("Reads by id", Subject::read), ("Durable creates", Subject::create)];

/// Prints what the program costs more than the other one.
///
/// # Errors
/// One of the sides takes over 3 % more processor time.
pub(crate) fn compare(
    options: &Options,
    program: &Path,
    before: &Path,
    folder: &Path,
) -> anyhow::Result<String> {
    let runtime = crate::runtime()?;
    let start = |program: &Path, folder: &Path| {
        Subject::start(|name| Kassa::new(program, &folder.join(name)), options, &runtime)
    };
    let before = start(before, &folder.join("before"))?;
    let after = start(program, &folder.join("after"))?;
    let mut rounds: Vec<[(Sample, Sample); 2]> = Vec::new();
    for number in 0..=options.rounds {
        eprintln!("round {number} of {}", options.rounds);
        let mut round = Vec::new();
        for (_, side) in SIDES {
            let [before, after] = [&before, &after].map(|subject| || side(subject, options, &runtime));
            // The order alternates, so that neither always runs after the other.
            round.push(if number.is_multiple_of(2) {
                in_turn(before, after)?
            } else {
                let (after, before) = in_turn(after, before)?;
                (before, after)
            });
        }
        // The first one is for warming up.
        if let (true, Ok(round)) = (number > 0, round.try_into()) {
            rounds.push(round);
        }
    }
    let (mut text, mut dear) = (String::new(), Vec::new());
    let _ = writeln!(
        text,
        "{:<18}{:>34}{:>34}",
        "after to before", "processor time a request", "requests a second"
    );
    for (place, (name, _)) in SIDES.iter().enumerate() {
        let more = |figure: fn(&Sample) -> f64| {
            Spread::of(rounds.iter().map(|round| figure(&round[place].1) / figure(&round[place].0) - 1.0))
        };
        let cpu = more(|sample| sample.cpu_us);
        let _ = writeln!(
            text,
            "{name:<18}{:>34}{:>34}",
            cpu.percent(),
            more(|sample| sample.per_second).percent()
        );
        if cpu.median > MORE_MAX {
            dear.push(*name);
        }
    }
    before.stop()?;
    after.stop()?;
    ensure!(dear.is_empty(), "{text}\nmore than 3 % more processor time: {}", dear.join(", "));
    Ok(text)
}
