//! `cargo xtask arrows`: which modules of a crate use which, read from the sources.
//!
//! Between the children of one module there may be no circle, so that each can be read with those below it and without
//! those above it. A module and its own children may use one another. What is for tests only does not count.

mod sources;

use crate::project::{Failure, Project};
use sources::{Crate, Use};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// The children of one module and what they use of one another.
struct Floor<'a> {
    parent: &'a [String],
    /// From one child to another, with a use that shows it.
    arrows: BTreeMap<(&'a str, &'a str), &'a Use>,
}

/// Prints the arrows of one crate or of all.
pub(crate) fn task(project: &Project, arguments: &[String]) -> Result<(), Failure> {
    let wanted = match arguments {
        [] => None,
        [name] => Some(name.as_str()),
        _ => return Err(Failure::usage("arrows takes the folder of one crate, or nothing")),
    };
    let mut circles = Vec::new();
    for read in crates(project).map_err(Failure::failed)? {
        if wanted.is_none_or(|name| name == read.name) {
            print!("{}", shown(&read));
            circles.extend(circles_of(&read));
        }
    }
    if circles.is_empty() { Ok(()) } else { Err(Failure::failed(circles.join("\n"))) }
}

/// Whether the crates have no circle.
pub(crate) fn check(project: &Project) -> Result<(), String> {
    let wrong: Vec<String> = crates(project)?.iter().flat_map(circles_of).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn crates(project: &Project) -> Result<Vec<Crate>, String> {
    let folder = project.root.join("crates");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    found.push(project.root.join("xtask"));
    let name = |folder: &Path| folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    found.iter().map(|folder| Crate::read(&name(folder), &folder.join("src"))).collect()
}

/// One floor a module that has children which use one another.
fn floors(read: &Crate) -> Vec<Floor<'_>> {
    let mut floors: BTreeMap<&[String], Floor<'_>> = BTreeMap::new();
    for used in &read.uses {
        let shared = used.from.iter().zip(&used.to).take_while(|(from, to)| from == to).count();
        // One that ends where the two part is the other's parent.
        if let (Some(from), Some(to)) = (used.from.get(shared), used.to.get(shared)) {
            let parent = &used.from[..shared];
            let floor = floors.entry(parent).or_insert_with(|| Floor { parent, arrows: BTreeMap::new() });
            floor.arrows.entry((from, to)).or_insert(used);
        }
    }
    floors.into_values().collect()
}

impl<'a> Floor<'a> {
    /// All that a child uses, directly or through others.
    fn reach(&self, from: &'a str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for (_, to) in self.arrows.keys().filter(|(from, _)| *from == at) {
                if found.insert(*to) {
                    open.push(*to);
                }
            }
        }
        found
    }

    /// The arrows that lead back to where they come from.
    fn circular(&self) -> Vec<(&'a str, &'a str, &'a Use)> {
        let back = self.arrows.iter().filter(|((from, to), _)| self.reach(to).contains(from));
        back.map(|((from, to), used)| (*from, *to, *used)).collect()
    }

    fn name(&self, read: &Crate) -> String {
        [std::slice::from_ref(&read.name), self.parent].concat().join("/")
    }
}

fn circles_of(read: &Crate) -> Vec<String> {
    let mut circles = Vec::new();
    for floor in floors(read) {
        let arrows = floor.circular();
        if arrows.is_empty() {
            continue;
        }
        let mut text =
            format!("{}: a circle, so that none of these can be read without the others:", floor.name(read));
        for (from, to, used) in arrows {
            let _ = write!(text, "\n  {from} → {to}   {} uses {}", used.file, used.what);
        }
        circles.push(text);
    }
    circles
}

/// The floors of a crate, each child with what it uses.
fn shown(read: &Crate) -> String {
    let mut text = String::new();
    for floor in floors(read) {
        let _ = writeln!(text, "{}", floor.name(read));
        let mut children: Vec<&str> = floor.arrows.keys().flat_map(|(from, to)| [*from, *to]).collect();
        children.sort_by_key(|child| (floor.reach(child).len(), *child));
        children.dedup();
        for child in children.into_iter().rev() {
            let below: Vec<&str> =
                floor.arrows.keys().filter(|(from, _)| *from == child).map(|(_, to)| *to).collect();
            let arrow = if below.is_empty() { String::new() } else { format!(" → {}", below.join(", ")) };
            let _ = writeln!(text, "  {child}{arrow}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Crate {
        Crate::of("x", files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
            .unwrap()
    }

    #[test]
    fn a_circle_between_siblings_is_found_and_its_uses_named() {
        let read = read(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::Thing;"),
            ("b/mod.rs", "mod deep;"),
            ("b/deep.rs", "fn f() { super::super::c::call(); }"),
            ("c.rs", "use super::{a, std::Other};"),
        ]);
        let circles = circles_of(&read);
        assert_eq!(circles.len(), 1, "{circles:?}");
        for arrow in
            ["a → b   a.rs uses crate::b::Thing", "b → c   b/deep.rs uses", "c → a   c.rs uses super::a"]
        {
            assert!(circles[0].contains(arrow), "{circles:?}");
        }
    }

    #[test]
    fn a_module_and_its_children_may_use_one_another() {
        let read = read(&[
            ("lib.rs", "mod a; pub use a::Thing;"),
            ("a/mod.rs", "mod b; pub use b::Other;"),
            ("a/b.rs", "use super::Thing; use crate::App;"),
        ]);
        assert!(circles_of(&read).is_empty());
    }

    #[test]
    fn a_name_that_is_handed_on_is_followed_to_where_it_stands() {
        let read = read(&[
            ("lib.rs", "mod app; mod low; pub use app::App;"),
            ("app.rs", "use crate::low::call;"),
            ("low.rs", "fn call(app: &crate::App) {}"),
        ]);
        assert_eq!(circles_of(&read).len(), 1);
    }

    #[test]
    fn what_is_for_tests_only_does_not_count() {
        let read = read(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::Thing; #[cfg(test)] mod tests;"),
            ("a/tests.rs", "use crate::b::Thing;"),
            ("b.rs", "#[cfg(test)] mod tests { use crate::a::Thing; } #[cfg(test)] use crate::a::Thing;"),
        ]);
        assert!(circles_of(&read).is_empty());
        assert_eq!(shown(&read), "x\n  a → b\n  b\n");
    }
}
