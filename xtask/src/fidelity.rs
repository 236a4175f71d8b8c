//! `cargo xtask fidelity`: writes docs/fidelity.md from the marks beside the wire types, and holds the two together.
//!
//! A mark is a comment right above an operation's path, an answer's field or the line that reads a request's field:
//! `// fidelity: documented`, `seen` (in the vendor's own code) or `ours`, with a note behind a dash where one helps.
//! A vendor that has one mark is held to all of them. A request that is declared (`dialects/src/declare.rs`) has its marks in
//! the declaration: what it says of no field is documented.

use crate::project::{Failure, Project};
use std::fmt::Write as _;
use std::path::Path;

const PAGE: &str = "docs/fidelity.md";
const MARK: &str = "// fidelity:";
const ENDPOINT: &str = "endpoint";
const METHODS: [&str; 5] = ["get", "post", "patch", "put", "delete"];

const INTRODUCTION: &str = "# Fidelity

What each endpoint and field rests on. **documented**: a document of the vendor says so. **seen**: the vendor's own
public code does so. **ours**: no source says, so we chose, and a vendor may differ. Anything else that a vendor's
documents leave open is answered in the way that its platform answers by default.

`cargo xtask fidelity` writes this page from the marks beside the wire types; edit those.
";

/// One marked thing.
struct Row {
    place: String,
    name: String,
    standing: String,
    note: String,
}

/// Writes the page.
pub(crate) fn task(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::usage("fidelity takes no argument"));
    }
    let page = render(&project.root).map_err(Failure::failed)?;
    std::fs::write(project.root.join(PAGE), page)
        .map_err(|error| Failure::failed(format!("{PAGE} cannot be written: {error}")))
}

/// Whether the page says what the marks say.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let written = std::fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    if written == render(root)? {
        Ok(())
    } else {
        Err(format!("{PAGE} is out of date: run cargo xtask fidelity"))
    }
}

fn render(root: &Path) -> Result<String, String> {
    let folder = root.join("crates/dialects/src");
    let mut vendors = folders(&folder).map_err(|error| format!("crates/dialects/src: {error}"))?;
    vendors.sort();
    let mut page = INTRODUCTION.to_owned();
    for vendor in vendors {
        let rows = rows_of(&folder.join(&vendor)).map_err(|error| format!("{vendor}: {error}"))?;
        if rows.is_empty() {
            continue;
        }
        let _ =
            write!(page, "\n## {vendor}\n\n| where | name | standing | note |\n| --- | --- | --- | --- |\n");
        for Row { place, name, standing, note } in rows {
            let _ = writeln!(page, "| {place} | `{name}` | {standing} | {note} |");
        }
    }
    Ok(page)
}

fn folders(folder: &Path) -> std::io::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let folders = entries.iter().filter(|entry| entry.path().is_dir());
    Ok(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

fn rows_of(vendor: &Path) -> Result<Vec<Row>, String> {
    let mut files = Vec::new();
    read_folder(vendor, "", &mut files)?;
    // What goes in, then what comes out.
    files.sort_by_key(|(name, _)| {
        let is_answer = name.ends_with("answer.rs") || name == "wire.rs";
        (is_answer, name.clone())
    });
    let is_held = files.iter().any(|(_, text)| text.contains(MARK));
    let mut rows = Vec::new();
    for (name, text) in &files {
        rows.extend(rows_of_file(name, text, is_held)?);
    }
    // The operations first.
    rows.sort_by_key(|row| row.place != ENDPOINT);
    Ok(rows)
}

/// Collects the sources below a vendor's folder.
fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result<(), String> {
    for entry in std::fs::read_dir(folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            read_folder(&path, &format!("{name}/"), files)?;
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            files.push((name, text));
        }
    }
    Ok(())
}

fn rows_of_file(file: &str, text: &str, is_held: bool) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let mut mark: Option<(String, String)> = None;
    let mut rename: Option<String> = None;
    let (mut answer, mut serializes): (Option<String>, bool) = (None, false);
    let (mut function, mut method) = (String::new(), String::new());
    let mut declared: Option<String> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(said) = line.strip_prefix(MARK) {
            mark = Some(read_mark(said).ok_or_else(|| format!("{file}:{}: no such standing", number + 1))?);
        } else if line.starts_with("#[") {
            serializes |= line.starts_with("#[derive") && line.contains("Serialize");
            rename = quoted_after(line, "rename = ").or(rename);
        } else if line.ends_with(" {")
            && let Some((head, _)) = line.split_once(" from ")
        {
            declared = head.split_whitespace().last().map(str::to_owned);
        } else if let Some(request) = &declared
            && line != "}"
        {
            rows.extend(declared_field(request, line));
            if let (Some(row), Some((_, said))) = (rows.last_mut(), line.split_once("=> ")) {
                (row.standing, row.note) =
                    read_declared(said).ok_or_else(|| format!("{file}:{}: no such standing", number + 1))?;
            }
        } else if let Some((_, rest)) = line.split_once("struct ")
            && let Some((name, _)) = rest.split_once(['<', ' '])
        {
            answer = serializes.then(|| name.to_owned());
            serializes = false;
        } else if line == "}" {
            (answer, declared) = (None, None);
        } else if line.starts_with("//") || line.is_empty() {
        } else if let Some(word) = line.strip_suffix(',')
            && METHODS.contains(&word)
        {
            method = word.to_uppercase();
        } else {
            if let Some(name) = function_name(line) {
                function = name;
            }
            let path = line.strip_prefix("path = ").and_then(|_| quoted_after(line, "path = "));
            let route = path.map(|path| format!("{method} {path}"));
            let field = answer.as_ref().and_then(|_| field_name(line));
            let must = is_held && (route.is_some() || field.is_some());
            match (mark.take(), must) {
                (Some((standing, note)), _) => {
                    let (place, name) = match (route, field, &answer) {
                        (Some(path), _, _) => (ENDPOINT.to_owned(), path),
                        (None, Some(field), Some(object)) => (object.clone(), rename.take().unwrap_or(field)),
                        _ => (function.clone(), quoted_after(line, "(").unwrap_or_else(|| line.to_owned())),
                    };
                    rows.push(Row { place, name, standing, note });
                }
                (None, true) => return Err(format!("{file}:{}: a fidelity mark is missing", number + 1)),
                (None, false) => {}
            }
            rename = None;
        }
    }
    Ok(rows)
}

fn read_mark(said: &str) -> Option<(String, String)> {
    let (standing, note) = said.split_once('–').unwrap_or((said, ""));
    let standing = standing.trim();
    matches!(standing, "documented" | "seen" | "ours").then(|| (standing.to_owned(), note.trim().to_owned()))
}

/// `name: Type = word KIND`, with what clients call the field behind an `as`.
fn declared_field(request: &str, line: &str) -> Option<Row> {
    let (name, _) = line.split_once(" = ")?.0.split_once(": ")?;
    let name = quoted_after(name, " as ").unwrap_or_else(|| name.to_owned());
    Some(Row { place: request.to_owned(), name, standing: "documented".to_owned(), note: String::new() })
}

/// `ours "why",` as a declaration has it behind its arrow.
fn read_declared(said: &str) -> Option<(String, String)> {
    let (standing, note) =
        said.trim_end_matches(',').split_once(' ').unwrap_or((said.trim_end_matches(','), ""));
    read_mark(&format!("{standing} – {}", note.trim_matches('"')))
}

/// The first text in quotes behind `before`.
fn quoted_after(line: &str, before: &str) -> Option<String> {
    let (_, rest) = line.split_once(before)?;
    let (_, rest) = rest.split_once('"')?;
    rest.split_once('"').map(|(name, _)| name.to_owned())
}

/// The name of a struct's field, whoever may see it.
fn field_name(line: &str) -> Option<String> {
    let (name, _) = line.split_once(": ")?;
    name.split_whitespace().last().map(str::to_owned)
}

fn function_name(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("fn ")?;
    let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (line.starts_with("pub") || line.starts_with("async") || line.starts_with("fn"))
        .then(|| name.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
#[utoipa::path(
    post,
    // fidelity: documented
    path = "/a",
    operation_id = "a",
)]
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    // fidelity: ours – our name
    #[serde(rename = "metaData")]
    metadata: &'a str,
    // fidelity: seen
    pub(super) plain: String,
}
declare! {
    pub(super) struct Request from Fields {
        /// Words.
        amount: i64 = required AMOUNT,
        tax as "vat": Option<String> = optional TEXT => ours "as by law",
        note: String = optional TEXT
            => seen,
        ..details: Details,
    }
    example { "amount": 1 }
}
async fn create() {
    // fidelity: documented
    let amount = fields.integer("amount")?;
}
"#;

    #[test]
    fn marks_become_rows() {
        let rows = rows_of_file("x.rs", FILE, true).expect("every mark is known");
        let said: Vec<String> = rows
            .iter()
            .map(|row| format!("{} {} {} {}", row.place, row.name, row.standing, row.note))
            .collect();
        assert_eq!(
            said,
            [
                "endpoint POST /a documented ",
                "Answer metaData ours our name",
                "Answer plain seen ",
                "Request amount documented ",
                "Request vat ours as by law",
                "Request note seen ",
                "create amount documented "
            ]
        );
    }

    #[test]
    fn a_vendor_that_has_one_mark_is_held_to_all() {
        let without = FILE.replacen("    // fidelity: seen\n", "", 1);
        assert!(rows_of_file("x.rs", &without, true).is_err());
        assert!(rows_of_file("x.rs", &without, false).is_ok());
        assert!(rows_of_file("x.rs", &FILE.replace("seen", "guessed"), true).is_err());
    }
}
