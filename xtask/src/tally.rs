//! The count of what the tests' servers left behind and what became of it. Each server's harness searches it for every
//! secret that was used and fails its test on a finding; a search that never happened would find nothing, so the run
//! counts them.

use crate::project::Project;
use std::path::PathBuf;

/// Names the file to the harness, which appends `begun PLACE` and `searched PLACE BYTES CREDENTIALS NUMBERS`.
pub(crate) const VARIABLE: &str = "KASSA_TEST_TALLY";

pub(crate) struct Tally {
    file: PathBuf,
}

impl Tally {
    pub(crate) fn new(project: &Project) -> Result<Tally, String> {
        let file = project.target.join(format!("tally-{}", std::process::id()));
        std::fs::write(&file, "").map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Tally { file })
    }

    pub(crate) fn file(&self) -> &PathBuf {
        &self.file
    }

    /// What was searched, in words.
    pub(crate) fn check(&self) -> Result<String, String> {
        let text = std::fs::read_to_string(&self.file).map_err(|error| format!("the tally: {error}"))?;
        judge(&text)
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        // It lies in the target folder, where nobody minds it.
        drop(std::fs::remove_file(&self.file));
    }
}

fn judge(text: &str) -> Result<String, String> {
    let (mut begun, mut searched) = (Vec::new(), Vec::new());
    let (mut bytes, mut credentials, mut numbers) = (0, 0, 0);
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["begun", place] => begun.push(place),
            ["searched", place, read, made, typed] => {
                let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{line:?}: {error}"));
                searched.push(place);
                bytes += number(read)?;
                credentials += number(made)?;
                numbers = numbers.max(number(typed)?);
            }
            _ => return Err(format!("the tally says {line:?}")),
        }
    }
    begun.sort_unstable();
    searched.sort_unstable();
    if begun != searched {
        let missed: Vec<&str> = begun.iter().filter(|place| !searched.contains(place)).copied().collect();
        return Err(format!("what these servers wrote was not searched to its end: {}", missed.join(", ")));
    }
    if searched.is_empty() || bytes == 0 || credentials == 0 || numbers == 0 {
        return Err(format!(
            "nothing was searched: {} servers, {bytes} bytes, {credentials} credentials, {numbers} card numbers",
            searched.len()
        ));
    }
    Ok(format!(
        "{} servers' files, logs and tables ({} MB) hold none of {credentials} credentials and {numbers} card numbers",
        searched.len(),
        bytes / 1_000_000
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_that_began_must_have_been_searched_for_something() {
        assert!(
            judge("begun a\nbegun b\nsearched b 7 5 1\nsearched a 2000000 5 2\n")
                .unwrap()
                .contains("2 servers")
        );
        assert!(judge("begun a\nbegun b\nsearched b 7 5 1\n").unwrap_err().ends_with("to its end: a"));
        for nothing in
            ["", "begun a\nsearched a 0 5 1", "begun a\nsearched a 7 0 1", "begun a\nsearched a 7 5 0"]
        {
            assert!(judge(nothing).unwrap_err().starts_with("nothing was searched"), "{nothing}");
        }
    }

    #[test]
    fn a_tally_in_other_words_is_an_error() {
        assert!(judge("searched a\n").is_err());
    }
}
