//! The places an option can stand in, read once, and the search through them. It must not know what a value
//! means.

use super::{Origin, Shown};
use anyhow::{Context, anyhow, bail};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use strsim::levenshtein;

use crate::text_file;

/// Every key of kassa.toml with its flag and its environment variable.
pub(super) const KEYS: [(&str, &str, &str); 12] = [
    ("listen", "--listen", "KASSA_LISTEN"),
    ("data", "--data", "KASSA_DATA"),
    ("database_url", "--database-url", "KASSA_DATABASE_URL"),
    ("database_connections", "--database-connections", "KASSA_DATABASE_CONNECTIONS"),
    ("public_url", "--public-url", "KASSA_PUBLIC_URL"),
    ("root_key_file", "--root-key", "KASSA_ROOT_KEY_FILE"),
    ("tls_cert", "--tls-cert", "KASSA_TLS_CERT"),
    ("tls_key", "--tls-key", "KASSA_TLS_KEY"),
    ("test_limits", "--test-limits", "KASSA_TEST_LIMITS"),
    ("trusted_proxy", "--trusted-proxy", "KASSA_TRUSTED_PROXY"),
    ("max_connections_per_address", "--max-connections-per-address", "KASSA_MAX_CONNECTIONS_PER_ADDRESS"),
    ("log_level", "--log-level", "KASSA_LOG_LEVEL"),
];

/// The variables that are no option's.
const OTHERS: [&str; 3] = ["KASSA_CONFIG", "KASSA_ROOT_KEY", "KASSA_ROOT_KEY_FD"];
/// What Kubernetes sets for a service named kassa, and what tests of this program are told.
const NOT_OURS: [&str; 3] = ["KASSA_SERVICE_", "KASSA_PORT", "KASSA_TEST_"];

/// What is to be said of an environment variable that looks like one of ours and is none: it has no effect.
pub(super) fn unknown_variable(name: &str) -> Option<String> {
    let known = || KEYS.into_iter().map(|(_, _, variable)| variable).chain(OTHERS);
    let is_ours = name.starts_with("KASSA_") && !NOT_OURS.iter().any(|start| name.starts_with(start));
    if !is_ours || known().any(|known| known == name) {
        return None;
    }
    let nearest = known().min_by_key(|known| levenshtein(name, known)).unwrap_or_default();
    Some(format!(
        "the environment variable {name:?} is none of Kassa's and has no effect; did you mean {nearest}?"
    ))
}

/// The one table of kassa.toml. It has no flag and no variable.
pub(super) const HOSTS: &str = "hosts";

pub(super) struct Sources<'a> {
    environment: &'a dyn Fn(&str) -> Option<OsString>,
    file: Option<(PathBuf, toml::Table)>,
}

/// An option's text, if it stands anywhere, and where.
pub(super) struct Found {
    name: &'static str,
    flag: &'static str,
    text: Option<String>,
    pub(super) origin: Origin,
}

impl Found {
    /// Fills in the default.
    pub(super) fn or(mut self, default: &str) -> Found {
        self.text.get_or_insert_with(|| default.to_string());
        self
    }

    pub(super) fn is_none(&self) -> bool {
        self.text.is_none()
    }

    pub(super) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// Where to mend the value, in an error.
    pub(super) fn place(&self) -> String {
        match &self.origin {
            Origin::Flag => self.flag.to_string(),
            Origin::Environment(name) => (*name).to_string(),
            Origin::File(path) => format!("{} in {}", self.name, path.display()),
            Origin::Default => format!("the default of {}", self.flag),
        }
    }

    /// `instead` stands for the text where that is not what to show.
    pub(super) fn shown(&self, instead: Option<String>) -> Shown {
        Shown { name: self.name, value: instead.or_else(|| self.text.clone()), origin: self.origin.clone() }
    }
}

impl<'a> Sources<'a> {
    /// Reads the configuration file: the one that was named, which must exist, or `default_file` if it does.
    /// The second value is its path as an option of its own.
    pub(super) fn read(
        flag: Option<&str>,
        environment: &'a dyn Fn(&str) -> Option<OsString>,
        default_file: &Path,
    ) -> anyhow::Result<(Sources<'a>, Found)> {
        let mut sources = Sources { environment, file: None };
        let found = sources.look("config", "--config", "KASSA_CONFIG", flag)?;
        let path = if found.is_none() { default_file.to_path_buf() } else { PathBuf::from(found.text()) };
        match text_file::read_ours(&path) {
            Ok(Err(why)) => bail!("the configuration file {} {why}", path.display()),
            Ok(Ok(text)) => {
                let table = parse_file(&path, &text)?;
                let found = found.or(&path.display().to_string());
                sources.file = Some((path, table));
                Ok((sources, found))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && found.is_none() => Ok((sources, found)),
            Err(error) => bail!(
                "cannot read the configuration file {}: {error}; check the path ({})",
                path.display(),
                if found.is_none() { "it was found in the working directory".into() } else { found.place() }
            ),
        }
    }

    /// The table of host names, and the file that it stands in.
    pub(super) fn hosts(&self) -> anyhow::Result<Option<(&Path, &toml::Table)>> {
        let Some((path, table)) = &self.file else { return Ok(None) };
        let Some(hosts) = table.get(HOSTS) else { return Ok(None) };
        let hosts = hosts.as_table().with_context(|| {
            format!("{HOSTS} in {} is not a table: write [{HOSTS}] on a separate line", path.display())
        })?;
        Ok(Some((path, hosts)))
    }

    /// Looks for the option that kassa.toml calls `name`; `flag` is what stood on the command line.
    pub(super) fn find(&self, name: &'static str, flag: Option<&str>) -> anyhow::Result<Found> {
        let (_, flag_name, variable) =
            KEYS.into_iter().find(|key| key.0 == name).expect("callers name options of KEYS");
        self.look(name, flag_name, variable, flag)
    }

    fn look(
        &self,
        name: &'static str,
        flag_name: &'static str,
        variable: &'static str,
        flag: Option<&str>,
    ) -> anyhow::Result<Found> {
        let in_file = || {
            let (path, table) = self.file.as_ref()?;
            table.get(name).map(|value| (path, value))
        };
        let (text, origin) = if let Some(text) = flag {
            (Some(text.to_string()), Origin::Flag)
        } else if let Some(text) = self.variable(variable)? {
            (Some(text), Origin::Environment(variable))
        } else if let Some((path, value)) = in_file() {
            let text = written(name, value).with_context(|| {
                format!(
                    "{name} in {} is not a text but {}: put the value in quotation marks",
                    path.display(),
                    value.type_str()
                )
            })?;
            (Some(text), Origin::File(path.clone()))
        } else {
            (None, Origin::Default)
        };
        let found = Found { name, flag: flag_name, text, origin };
        if found.text.as_deref() == Some("") {
            bail!("{} is empty: give a value or leave it out", found.place());
        }
        Ok(found)
    }

    /// An environment variable. An empty one counts as unset, because that is how a variable is taken back in
    /// a compose file or a unit file.
    pub(super) fn variable(&self, name: &str) -> anyhow::Result<Option<String>> {
        (self.environment)(name)
            .filter(|value| !value.is_empty())
            .map(|value| {
                value.into_string().map_err(|_| anyhow!("{name} is not UTF-8: give it as plain text"))
            })
            .transpose()
    }
}

/// A value as it would stand on the command line. The file writes numbers without quotation marks, and lists as lists.
fn written(name: &str, value: &toml::Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    match name {
        "max_connections_per_address" | "database_connections" => {
            value.as_integer().map(|number| number.to_string())
        }
        "trusted_proxy" => {
            let texts: Option<Vec<&str>> = value.as_array()?.iter().map(toml::Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}

fn parse_file(path: &Path, text: &str) -> anyhow::Result<toml::Table> {
    let file = path.display();
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        // The parser's own display quotes the line, which may hold the password of a database.
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.bytes().filter(|byte| *byte == b'\n').count() + 1);
        anyhow!("{file} line {line} is not valid TOML: {}", error.message())
    })?;
    for key in table.keys() {
        if key == "root_key" {
            bail!(
                "{file}: there is no key `root_key`; name the key's file as `root_key_file`, or give its \
                 64 hex digits in the environment variable KASSA_ROOT_KEY"
            );
        }
        let names: Vec<&str> = KEYS.iter().map(|(name, _, _)| *name).chain([HOSTS]).collect();
        if !names.contains(&key.as_str()) {
            let nearest = names.iter().min_by_key(|name| levenshtein(key, name)).copied().unwrap_or_default();
            bail!("{file}: unknown key `{key}`; did you mean `{nearest}`? The keys are {}", names.join(", "));
        }
    }
    Ok(table)
}
