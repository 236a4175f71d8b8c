//! Every query text of the domain, prepared on both engines at their latest migration, and its plan read.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use house::Place;

/// Texts that read a whole table on purpose: `doctor` counts the keys.
const MAY_SCAN: &[&str] = &["domain::records::keys::COUNT_KEYS"];

#[tokio::test]
async fn every_text_can_be_prepared_on_both_engines() {
    for place in [Place::sqlite(), Place::postgres()] {
        let db = place.open();
        for (name, sql) in domain::query_texts() {
            if let Err(error) = db.plan(sql).await {
                panic!("{name} on {}: {error}", place.name());
            }
        }
    }
}

#[tokio::test]
async fn no_text_reads_a_whole_table_or_sorts_one() {
    let place = Place::sqlite();
    let db = place.open();
    for (name, sql) in domain::query_texts() {
        let plan = db.plan(sql).await.unwrap();
        let wasteful = plan.iter().find(|step| {
            (step.starts_with("SCAN") && !step.contains("USING INDEX") && !step.contains("CONSTANT ROW"))
                || step.contains("TEMP B-TREE")
        });
        if let Some(step) = wasteful
            && !MAY_SCAN.contains(&name)
        {
            panic!("{name} would {step}: {plan:?}");
        }
    }
}

#[test]
fn every_module_with_texts_is_listed() {
    let declared = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    let mut folders = vec![declared];
    let mut modules = 0;
    while let Some(folder) = folders.pop() {
        for entry in folder {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(std::fs::read_dir(path).unwrap());
            } else if std::fs::read_to_string(&path).unwrap().contains("\nstatements! {") {
                modules += 1;
            }
        }
    }
    let module = |name: &'static str| name.rsplit_once("::").unwrap().0;
    let mut listed: Vec<&str> = domain::query_texts().iter().map(|(name, _)| module(name)).collect();
    listed.dedup();
    assert_eq!(listed.len(), modules, "a module is missing in domain::query_texts: {listed:?}");
}
