//! What a row refuses to be read as, on both engines, and what the refusal says.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use db::{Db, Error, FromRow, Row, Use, statements};
use places::{Place, on_both_engines};

const TWO: &str = "select cast(1 as bigint), 'one'";

statements! {
    PAIR = TWO;
    PAIRS = TWO, "union all", TWO;
    NOTHING = "select cast(null as bigint), cast(null as text), cast(7 as bigint)";
    OTHER = "select 'two'";
    LARGE = "select cast(40000 as bigint)";
}

/// Two columns that may be absent together.
#[derive(Debug, PartialEq)]
struct Named {
    number: i64,
    name: String,
}

db::row! { Named { number, name } }

#[derive(Debug, PartialEq)]
struct Holder {
    named: Option<Named>,
    last: i64,
}

db::row! { Holder { named => Row::optional::<2, _>, last } }

#[derive(Debug, Clone, Copy, PartialEq)]
enum Word {
    One,
}

db::words! {
    Word {
        One = "one",
    }
}

async fn read<T: FromRow + Send + 'static>(db: &Db, sql: &'static db::Sql) -> Result<T, Error> {
    db.read(move |tx| tx.one::<T>(sql, &[])).await
}

async fn refusal<T: FromRow + Send + std::fmt::Debug + 'static>(db: &Db, sql: &'static db::Sql) -> String {
    read::<T>(db, sql).await.unwrap_err().to_string()
}

on_both_engines! {
    async fn a_row_is_read_from_its_first_column_to_its_last(place: Place) {
        let db = place.open(Use::Serve);
        let named = || Named { number: 1, name: "one".to_owned() };
        assert_eq!(read::<Named>(&db, &PAIR).await.unwrap(), named());
        assert_eq!(read::<(bool, Word)>(&db, &PAIR).await.unwrap(), (true, Word::One));
        assert_eq!(db.read(|tx| tx.all::<Named>(&PAIRS, &[])).await.unwrap(), [named(), named()]);
    }

    async fn what_is_left_over_or_missing_is_a_defect_that_names_its_statement(place: Place) {
        let db = place.open(Use::Serve);
        assert_eq!(refusal::<i64>(&db, &PAIR).await, "a defect in a query: rows::PAIR: 1 of 2 columns were read");
        assert_eq!(
            refusal::<(Named, i64)>(&db, &PAIR).await,
            "a defect in a query: rows::PAIR: column 3 of 2: there is none"
        );
        let read = db.read(|tx| tx.all::<i64>(&PAIRS, &[])).await.unwrap_err();
        assert_eq!(read.to_string(), "a defect in a query: rows::PAIRS: 1 of 2 columns were read");
        let read = db.read(|tx| tx.optional::<i64>(&PAIR, &[])).await.unwrap_err();
        assert!(matches!(read, Error::Defect(_)), "{read}");
    }

    async fn a_column_is_nothing_but_what_it_is(place: Place) {
        let db = place.open(Use::Serve);
        for (refused, why) in [
            (refusal::<(String, String)>(&db, &PAIR).await, "rows::PAIR: column 1 of 2: an integer and not text"),
            (refusal::<(i64, i64)>(&db, &PAIR).await, "rows::PAIR: column 2 of 2: text and not an integer"),
            (refusal::<(i64, Vec<u8>)>(&db, &PAIR).await, "rows::PAIR: column 2 of 2: text and not bytes"),
            (refusal::<(i64, String, i64)>(&db, &NOTHING).await, "rows::NOTHING: column 1 of 3: null and not an integer"),
            (refusal::<Word>(&db, &OTHER).await, "rows::OTHER: column 1 of 1: a text that is no Word"),
            (refusal::<i16>(&db, &LARGE).await, "rows::LARGE: column 1 of 1: a number that is no i16"),
        ] {
            assert_eq!(refused, format!("a defect in a query: {why}"));
        }
    }

    async fn columns_are_absent_alone_or_together(place: Place) {
        let db = place.open(Use::Serve);
        assert_eq!(read::<Holder>(&db, &NOTHING).await.unwrap(), Holder { named: None, last: 7 });
        let alone = read::<(Option<i64>, Option<Word>, Option<i64>)>(&db, &NOTHING).await.unwrap();
        assert_eq!(alone, (None, None, Some(7)));
    }
}
