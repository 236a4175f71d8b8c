//! Every query text of the domain, prepared on both engines at their latest migration, and its plan read.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use db::Use;
use house::Place;

/// Texts that read a whole table on purpose: `doctor` counts the keys. Or a list that they made themselves, of the merchants
/// that wait, one step in an index each. Or sorts by merchant what few rows it read by their keys.
const MAY_SCAN: &[&str] = &[
    "domain::keys::COUNT_KEYS",
    "domain::erasure::CUSTOMERS_WAIT",
    "domain::erasure::CARDS_WAIT",
    "domain::payments::due::PAGES_WAIT",
    "domain::payments::due::RESERVED_WAIT",
    "domain::payments::due::CAPTURES_WAIT",
    "domain::payments::due::UNSETTLED_WAIT",
    "domain::records::customers::search::changes::WHO_CHANGED",
    "domain::records::customers::search::changes::WHO_DELETED",
    "domain::records::customers::search::grow::WHO_GREW",
];

#[tokio::test]
async fn every_text_can_be_prepared_on_both_engines() {
    for place in [Place::sqlite(), Place::postgres()] {
        let db = place.open(Use::Serve);
        for sql in domain::query_texts() {
            if let Err(error) = db.plan(sql).await {
                panic!("{} on {}: {error}", sql.name(), place.engine());
            }
        }
    }
}

#[tokio::test]
async fn no_text_reads_a_whole_table_or_sorts_one() {
    let place = Place::sqlite();
    let db = place.open(Use::Serve);
    for sql in domain::query_texts() {
        let name = sql.name();
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
