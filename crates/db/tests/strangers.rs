//! Databases in which another program's tables stand: they are refused, and nothing is written there.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use db::{Error, Use};
use places::{Place, on_both_engines};

const USES: [Use; 4] = [Use::Serve, Use::Share, Use::Visit, Use::Alone];
/// All that has a name and a shape.
const SHAPES: &str = "select (select count(*) from pg_class) + (select count(*) from pg_attribute) + (select count(*) from pg_proc)";

/// What a database says to each who would use it.
fn refusals(place: &Place) -> Vec<String> {
    let refusal = |usage| match place.try_open(usage).err() {
        Some(Error::Refused(why)) => why,
        other => panic!("it was not refused: {other:?}"),
    };
    USES.into_iter().map(refusal).collect()
}

/// The same database with words behind its address.
fn with_words(place: &Place, words: &str) -> Place {
    let Place::Postgres { url, .. } = place else { panic!("only PostgreSQL has schemas") };
    Place::Postgres { url: format!("{url}?{words}"), owned: false }
}

on_both_engines! {
    async fn a_table_of_another_program_is_refused_and_kept(place: Place) {
        place.run_sql("create table orders (id bigint primary key); insert into orders values (1)");
        for why in refusals(&place) {
            assert!(why.contains("of another program"), "{why}");
        }
        assert_eq!(place.count("select count(*) from orders"), 1);
    }
}

#[test]
fn postgres_tables_of_another_program_are_refused_and_stay_as_they_are() {
    let strangers = [
        "create table orders (id bigint primary key)",
        "create view totals as select 1 as total",
        "create table schema_migrations (version bigint primary key); insert into schema_migrations values (1)",
        "create table schema_migrations (version bytea); insert into schema_migrations values ('\\x01')",
        "create table schema_migrations (name text primary key, checksum text not null)",
        "create table schema_migrations (name text, checksum text); insert into schema_migrations values ('1_init', '')",
        "create table schema_migrations (name bytea, checksum bytea); \
         insert into schema_migrations values ('0001_first_payment', '')",
        "create view schema_migrations as select '0001_first_payment'::text as name, ''::text as checksum",
        "create schema ours; create table ours.schema_migrations (name text, checksum text); \
         insert into ours.schema_migrations values ('0001_first_payment', ''); create table orders (id bigint)",
    ];
    for text in strangers {
        let place = Place::postgres();
        place.run_sql(text);
        let before = place.count(SHAPES);
        for why in refusals(&place) {
            assert!(why.contains("holds tables of another program"), "{text}: {why}");
        }
        assert_eq!(place.count(SHAPES), before, "{text}");
    }
}

#[test]
fn postgres_an_empty_schema_is_taken_whatever_stands_in_others() {
    let place = Place::postgres();
    place.run_sql("create table orders (id bigint primary key); create schema pay");
    let pay = with_words(&place, "options=-c%20search_path%3Dpay");
    for usage in [Use::Share, Use::Visit] {
        drop(pay.open(usage));
    }
    assert_eq!(place.count("select count(*) from pg_tables where schemaname = 'public'"), 1);
    // Kassa's own among what others made beside it later.
    place.run_sql("create view pay.totals as select 1 as total");
    drop(pay.open(Use::Visit));
    let why = refusals(&with_words(&place, "options=-c%20search_path%3Dnowhere"));
    assert!(why.iter().all(|why| why.contains("create schema")), "{why:?}");
}

/// Hosts of databases put some everywhere.
#[test]
fn postgres_what_an_extension_brought_is_nobodys() {
    let place = Place::postgres();
    place.run_sql("create extension pg_stat_statements");
    assert!(place.count("select count(*) from pg_views where schemaname = 'public'") > 0);
    drop(place.open(Use::Share));
}
