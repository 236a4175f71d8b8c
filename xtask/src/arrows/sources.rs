//! A crate's sources: its modules, and which of them each file uses. It knows nothing of what is allowed.

use std::collections::BTreeMap;
use std::path::Path;

use crate::project::texts_below;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, UseTree, Visibility};

/// One use of a module by another, both as paths from the crate's root.
pub(super) struct Use {
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
    /// The file, relative to the crate's sources.
    pub(super) file: String,
    /// The path as the file writes it.
    pub(super) what: String,
}

/// A crate, read.
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) uses: Vec<Use>,
}

/// The modules that stand in files of their own.
type Modules = BTreeMap<Vec<String>, Module>;

struct Module {
    file: String,
    /// The paths that it names, tests left out.
    named: Vec<Vec<String>>,
    /// What it hands on: the new name, and the path behind it.
    handed_on: Vec<(String, Vec<String>)>,
    /// Its children that are for tests only.
    tests: Vec<String>,
}

impl Crate {
    /// Reads a crate's sources.
    pub(super) fn read(name: &str, sources: &Path) -> Result<Self, String> {
        let mut files = texts_below(sources).map_err(|error| format!("{}: {error}", sources.display()))?;
        files.retain(|(path, _)| path.ends_with(".rs"));
        Self::of(name, files)
    }

    /// The same from texts, each with its path below the sources.
    pub(super) fn of(name: &str, files: Vec<(String, String)>) -> Result<Self, String> {
        let mut modules = Modules::new();
        for (file, text) in files {
            let parsed = syn::parse_file(&text).map_err(|error| format!("{name}/src/{file}: {error}"))?;
            let mut module = Module { file, named: Vec::new(), handed_on: Vec::new(), tests: Vec::new() };
            module.visit_file(&parsed);
            modules.insert(path_of(&module.file), module);
        }
        let mut uses = Vec::new();
        for (from, module) in modules.iter().filter(|(path, _)| !is_for_tests(&modules, path)) {
            for what in &module.named {
                if let Some(to) = resolve(&modules, from, what).filter(|to| to != from) {
                    uses.push(Use {
                        from: from.clone(),
                        to,
                        file: module.file.clone(),
                        what: what.join("::"),
                    });
                }
            }
        }
        Ok(Self { name: name.to_owned(), uses })
    }
}

/// `["a", "b"]` for `a/b.rs` and `a/b/mod.rs`, nothing for `lib.rs`.
fn path_of(file: &str) -> Vec<String> {
    let mut path: Vec<String> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let names_its_folder = path.last().is_some_and(|last| last == "mod");
    let is_root = path.len() == 1 && ["lib", "main"].contains(&path[0].as_str());
    if names_its_folder || is_root {
        path.pop();
    }
    path
}

fn is_for_tests(modules: &Modules, path: &[String]) -> bool {
    (1..=path.len()).any(|length| {
        let (name, parent) = (&path[length - 1], &path[..length - 1]);
        modules.get(parent).is_some_and(|module| module.tests.contains(name))
    })
}

/// The module in a file of its own that a path leads to, through what modules hand on; none where it leads outside.
fn resolve(modules: &Modules, from: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at = from.to_vec();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => (at, rest) = (Vec::new(), &rest[1..]),
        "self" => rest = &rest[1..],
        "super" => {}
        first => {
            let child = [from, &[first.to_owned()]].concat();
            if !modules.contains_key(&child) {
                return None;
            }
        }
    }
    while let Some(name) = rest.first() {
        if name == "super" {
            at.pop()?;
        } else if modules.contains_key(&[at.as_slice(), std::slice::from_ref(name)].concat()) {
            at.push(name.clone());
        } else {
            // The name is the module's own, unless the module hands it on from another.
            let handed_on = modules.get(&at)?.handed_on.iter().find(|(known, _)| known == name);
            return handed_on.and_then(|(_, behind)| resolve(modules, &at, behind)).or(Some(at));
        }
        rest = &rest[1..];
    }
    Some(at)
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes(item).iter().any(is_for_tests_only) {
            visit::visit_item(self, item);
        } else if let Item::Mod(module) = item {
            self.tests.push(module.ident.to_string());
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut found = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut found);
        for (name, path) in found {
            if !matches!(item.vis, Visibility::Inherited) {
                self.handed_on.push((name, path.clone()));
            }
            self.named.push(path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.named.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

/// Every name that a `use` brings, with the path behind it.
fn flatten(tree: &UseTree, path: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            flatten(&part.tree, path, found);
            path.pop();
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            found.push((name.clone(), [path.as_slice(), &[name]].concat()));
        }
        UseTree::Rename(renamed) => {
            let path = [path.as_slice(), &[renamed.ident.to_string()]].concat();
            found.push((renamed.rename.to_string(), path));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), path.clone())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, path, found)),
    }
}

fn is_for_tests_only(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
}

/// The attributes of the kinds of item that stand in a module.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        // None of these names a module of ours.
        Item::ExternCrate(_)
        | Item::ForeignMod(_)
        | Item::Macro(_)
        | Item::TraitAlias(_)
        | Item::Union(_)
        | _ => &[],
    }
}
