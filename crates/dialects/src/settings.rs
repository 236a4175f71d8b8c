//! What a merchant can set for one API alone. A dialect declares it; the command line shows it, and the core keeps what was
//! set as a text that it does not read.

use domain::merchants::api_settings;
use domain::{Caller, Error, Tx};

/// A setting. Where nothing was set, everything is allowed.
pub struct Setting {
    /// Its name in the database, and its flag of `kassa merchant set` without the dashes.
    pub name: &'static str,
    /// What the command line says of it.
    pub help: &'static str,
    /// What can be allowed, each by a word. None is a switch.
    pub words: &'static [&'static str],
}

const ON: &str = "on";
const OFF: &str = "off";
const NONE: &str = "none";

impl Setting {
    /// What can be typed, as the command line shows it.
    pub fn choices(&self) -> String {
        if self.words.is_empty() { format!("{ON}|{OFF}") } else { format!("{}|{NONE}", self.words.join(",")) }
    }

    pub fn takes(&self, typed: &str) -> bool {
        if self.words.is_empty() {
            return [ON, OFF].contains(&typed);
        }
        typed == NONE || typed.split(',').all(|word| self.words.contains(&word))
    }

    /// Whether a switch is on, in what was set.
    pub fn is_on(&self, set: Option<&str>) -> bool {
        set.is_none_or(|set| set == ON)
    }

    /// Whether a word is allowed by what was set.
    pub fn allows(&self, set: Option<&str>, word: &str) -> bool {
        set.is_none_or(|set| set.split(',').any(|allowed| allowed == word))
    }

    pub(crate) fn of(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Option<String>, Error> {
        api_settings::of_caller(tx, caller, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Setting = Setting { name: "customers", help: "", words: &["read", "update"] };
    const SWITCH: Setting = Setting { name: "delete", help: "", words: &[] };

    #[test]
    fn words_and_switches_take_what_they_know() {
        for good in ["read", "update", "read,update", "update,read", "none"] {
            assert!(WORDS.takes(good), "{good}");
        }
        for bad in ["", "on", "read,", "read,none", "Read", "read update"] {
            assert!(!WORDS.takes(bad), "{bad}");
        }
        assert!(SWITCH.takes("on") && SWITCH.takes("off") && !SWITCH.takes("") && !SWITCH.takes("none"));
    }

    #[test]
    fn what_nobody_set_is_allowed() {
        assert!(SWITCH.is_on(None) && SWITCH.is_on(Some("on")) && !SWITCH.is_on(Some("off")));
        let allowed = |set| WORDS.words.iter().map(|word| WORDS.allows(set, word)).collect::<Vec<_>>();
        assert_eq!(allowed(None), [true, true]);
        assert_eq!(allowed(Some("none")), [false, false]);
        assert_eq!(allowed(Some("update")), [false, true]);
        assert_eq!(allowed(Some("update,read")), [true, true]);
    }
}
