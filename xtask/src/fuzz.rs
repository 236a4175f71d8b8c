//! `cargo xtask fuzz`: the tests of hostile bytes, for longer than in `cargo xtask test`.

use crate::process::{cargo, stream};
use crate::project::{Failure, Project};

/// How long the tests take together.
const VARIABLE: &str = "KASSA_FUZZ_SECONDS";
const MINUTES: u64 = 60;
/// The arguments of each; they share the time.
const TESTS: [&[&str]; 2] = [
    &["test", "--locked", "-p", "domain", "--test", "parsers"],
    &["test", "--locked", "-p", "kassa", "no_request_breaks_the_server"],
];

pub(crate) fn run(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let seconds = seconds(arguments)?.to_string();
    for test in TESTS {
        stream(cargo(project, test).env(VARIABLE, &seconds)).map_err(Failure::failed)?;
    }
    Ok(())
}

fn seconds(arguments: &[String]) -> Result<u64, Failure> {
    let minutes = match arguments {
        [] => Some(MINUTES),
        [minutes] => minutes.parse().ok(),
        _ => None,
    };
    let seconds = minutes.and_then(|minutes: u64| minutes.checked_mul(60)).filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| Failure::usage("fuzz takes a number of minutes, or nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_unless_it_is_said_otherwise() {
        let seconds = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            seconds(&words).ok()
        };
        assert_eq!((seconds(&[]), seconds(&["5"])), (Some(3_600), Some(300)));
        for wrong in [&["0"][..], &["x"], &["1", "2"], &["-1"], &["18446744073709551615"]] {
            assert_eq!(seconds(wrong), None, "{wrong:?}");
        }
    }
}
