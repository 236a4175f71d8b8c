//! The arrows between the crates, `server → {dialects, pages, acquirers, listener} → domain → {vault, db}`, and which of them
//! may know the web framework and the database drivers.

use super::{File, Finding, numbered};

/// Each folder below `crates/` and the crates of ours that it may import.
const LAYERS: [(&str, &[&str]); 8] = [
    ("server", &["dialects", "pages", "acquirers", "listener", "domain", "vault", "db"]),
    ("dialects", &["domain"]),
    ("pages", &["domain"]),
    ("acquirers", &["domain"]),
    ("listener", &["domain"]),
    ("domain", &["vault", "db"]),
    ("vault", &[]),
    ("db", &[]),
];

/// Crates that only some layers may know; a name stands for its family too, as `http` for `http-body-util`.
struct Reserved {
    families: &'static [&'static str],
    layers: &'static [&'static str],
    why: &'static str,
}

const RESERVED: [Reserved; 2] = [
    Reserved {
        families: &["axum", "hyper", "http"],
        layers: &["server", "dialects", "pages", "listener"],
        why: "HTTP ends at the border",
    },
    Reserved {
        families: &["rusqlite", "libsqlite3-sys", "postgres", "tokio-postgres"],
        layers: &["db"],
        why: "drivers stay behind the engine seam",
    },
];

/// Why a crate may not import another one, or nothing.
fn objection(layer: &str, import: &str) -> Option<String> {
    let import = if import == "kassa" { "server".to_owned() } else { import.replace('_', "-") };
    let may = LAYERS.iter().find(|(name, _)| *name == layer).map_or(&[][..], |(_, may)| may);
    if LAYERS.iter().any(|(name, _)| *name == import) && import != layer && !may.contains(&import.as_str()) {
        let may = if may.is_empty() { "none of ours".to_owned() } else { may.join(", ") };
        return Some(format!("`{layer}` imports `{import}`; it may import {may}"));
    }
    let reserved =
        RESERVED.iter().find(|reserved| reserved.families.iter().any(|family| is_of(family, &import)))?;
    let only = reserved.layers.join(", ");
    (!reserved.layers.contains(&layer))
        .then(|| format!("`{layer}` imports `{import}`, which only {only} may: {}", reserved.why))
}

fn is_of(family: &str, name: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The arrows in every `Cargo.toml`, development dependencies included. What a manifest does not name, no code of the
/// crate can import.
pub(crate) fn manifests(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let Some(layer) =
            file.crate_folder().filter(|layer| file.path == format!("crates/{layer}/Cargo.toml"))
        else {
            continue;
        };
        if !LAYERS.iter().any(|(name, _)| *name == layer) {
            findings.push(Finding::new(
                &file.path,
                1,
                "no layer is written down for this crate in xtask/src/tidy/layers.rs",
            ));
        }
        for (line, name) in dependencies(&file.text) {
            findings.extend(objection(layer, &name).map(|what| Finding::new(&file.path, line, what)));
        }
    }
    findings
}

/// The names in a manifest's dependency tables, and what they are renamed from, each with its line.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_table = false;
    let mut depth = 0;
    for (number, line) in numbered(manifest) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if depth == 0 && line.starts_with('[') {
            let header = line.trim_matches(['[', ']']);
            let (table, last) = header.rsplit_once('.').unwrap_or(("", header));
            in_table = is_dependency_table(last);
            if is_dependency_table(table.rsplit('.').next().unwrap_or(table)) {
                found.push((number, unquoted(last)));
            }
            continue;
        }
        if in_table && depth == 0 {
            let name = line.split(['=', '.', ' ']).next().unwrap_or(line);
            found.push((number, unquoted(name)));
        }
        let renamed = line.split_once("package").and_then(|(_, rest)| rest.trim_start().strip_prefix('='));
        if in_table && let Some(name) = renamed.and_then(|rest| rest.split('"').nth(1)) {
            found.push((number, name.to_owned()));
        }
        depth += bracket_balance(line);
    }
    found
}

fn is_dependency_table(name: &str) -> bool {
    ["dependencies", "dev-dependencies", "build-dependencies"].contains(&name)
}

fn unquoted(name: &str) -> String {
    name.trim_matches('"').to_owned()
}

/// How many brackets a line of TOML leaves open.
pub(crate) fn bracket_balance(line: &str) -> i32 {
    line.chars().map(|c| i32::from("[{".contains(c)) - i32::from("]}".contains(c))).sum()
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn dependencies_are_read_in_every_spelling() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\n# why\ndb.workspace = true\nserde = { version = \"1\",\n  \
                        features = [\n  \"derive\"] }\nweb = { package = \"axum\", version = \"0.8\" }\n\
                        [dev-dependencies]\n\"url\" = \"2\"\n[target.'cfg(unix)'.dependencies]\nrustix = \"1\"\n\
                        [build-dependencies.cc]\nversion = \"1\"\n[features]\ndefault = []";
        let names: Vec<String> = dependencies(manifest).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["db", "serde", "web", "axum", "url", "rustix", "cc"]);
        assert_eq!(dependencies(manifest)[0].0, 5);
    }

    #[test]
    fn arrows_run_one_way() {
        assert_eq!(objection("server", "db"), None);
        assert_eq!(objection("domain", "vault"), None);
        assert_eq!(objection("db", "db"), None);
        for (layer, import) in
            [("dialects", "db"), ("pages", "dialects"), ("vault", "db"), ("domain", "kassa")]
        {
            assert!(objection(layer, import).is_some(), "{layer} → {import}");
        }
    }

    #[test]
    fn reserved_crates_bring_their_families() {
        for (layer, import) in
            [("domain", "http"), ("acquirers", "axum"), ("db", "http_body_util"), ("vault", "hyper-util")]
        {
            assert!(objection(layer, import).is_some(), "{layer} → {import}");
        }
        for (layer, import) in
            [("dialects", "rusqlite"), ("domain", "tokio_postgres_rustls"), ("server", "postgres")]
        {
            assert!(objection(layer, import).is_some(), "{layer} → {import}");
        }
        for (layer, import) in
            [("db", "postgres"), ("pages", "axum"), ("db", "httparse"), ("domain", "serde")]
        {
            assert_eq!(objection(layer, import), None, "{layer} → {import}");
        }
    }

    #[test]
    fn a_manifest_is_judged_by_its_folder() {
        let said = said(
            manifests,
            &[
                (
                    "crates/dialects/Cargo.toml",
                    "[dependencies]\ndomain.workspace = true\ndb.workspace = true",
                ),
                ("crates/novel/Cargo.toml", "[dependencies]"),
                ("tests/Cargo.toml", "[dev-dependencies]\nrusqlite = \"1\""),
            ],
        );
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(said[0], "crates/dialects/Cargo.toml:3: `dialects` imports `db`; it may import domain");
        assert!(said[1].starts_with("crates/novel/Cargo.toml:1: no layer"), "{said:?}");
    }
}
