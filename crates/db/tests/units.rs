//! Amounts that an older Kassa kept in an API's own units, brought to minor units, on both engines: each payment with its
//! whole ledger, or not at all.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use db::{Use, statements};
use places::{Place, Refusal, on_both_engines};

statements! {
    PAYMENTS = "select id, amount, authorized, captured, voided, refunded, capturing, refunding from payments order by id";
    ACTIONS = "select amount from actions where payment = $1 order by id";
    LEFT = "select payment from amounts_left order by payment";
    TERMS = "update payments set amount = amount + 1 where id = 9";
    SETTLED = "update actions set amount = amount + 1 where status = 'succeeded'";
}

const MIGRATION: [&str; 2] = [
    include_str!("../migrations/sqlite/0020_units_of_amounts.sql"),
    include_str!("../migrations/postgres/0020_units_of_amounts.sql"),
];

/// A payment as it stood: whether that API made it, its currency, its sums, and its actions with those that are under way
/// last.
type Stood = (bool, &'static str, [i64; 7], &'static [(&'static str, &'static str, i64)]);

const THEIRS: bool = true;
const STOOD: [Stood; 9] = [
    (
        THEIRS,
        "CLP",
        [10_000, 10_000, 9_000, 1_000, 2_500, 0, 500],
        &[
            ("authorize", "succeeded", 10_000),
            ("capture", "succeeded", 9_000),
            ("void", "succeeded", 1_000),
            ("refund", "declined", 700),
            ("refund", "succeeded", 2_500),
            ("refund", "pending", 500),
        ],
    ),
    // A part of it is no whole peso.
    (
        THEIRS,
        "CLP",
        [10_000, 10_000, 10_000, 0, 1_050, 0, 0],
        &[
            ("authorize", "succeeded", 10_000),
            ("capture", "succeeded", 10_000),
            ("refund", "succeeded", 1_050),
        ],
    ),
    (
        THEIRS,
        "CLF",
        [10_599, 10_599, 10_000, 0, 0, 599, 0],
        &[("authorize", "succeeded", 10_599), ("capture", "succeeded", 10_000), ("capture", "pending", 599)],
    ),
    // There is no such amount of minor units.
    (THEIRS, "UYW", [10_000_000_000, 0, 0, 0, 0, 0, 0], &[]),
    (THEIRS, "UYI", [700, 0, 0, 0, 0, 0, 0], &[("authorize", "pending", 700)]),
    // Of these all count alike, or only what is sent from now on is told otherwise.
    (THEIRS, "EUR", [10_000, 0, 0, 0, 0, 0, 0], &[]),
    (THEIRS, "KWD", [1_234, 0, 0, 0, 0, 0, 0], &[]),
    (!THEIRS, "CLP", [10_000, 0, 0, 0, 0, 0, 0], &[("authorize", "declined", 10_000)]),
    (THEIRS, "CLP", [0, 0, 0, 0, 0, 0, 0], &[("authorize", "succeeded", 0)]),
];

fn state([amount, authorized, captured, voided, refunded, ..]: [i64; 7]) -> &'static str {
    match (authorized, captured) {
        (0, _) if amount == 0 => "verified",
        (0, _) => "pending",
        _ if refunded > 0 => "partially_refunded",
        _ if captured + voided < authorized => "partially_captured",
        _ => "captured",
    }
}

fn fill(place: &Place) {
    let id = || place.value("@16");
    let row = |table: &str, columns: &str, values: &str| {
        place.run_sql(&format!("insert into {table} ({columns}) values ({values})"));
    };
    row(
        "merchants",
        "id, public_id, name, frame_origins, created_at",
        &format!("1, {}, 'Shop', '', 0", id()),
    );
    // Only the migration may name the API.
    let api = MIGRATION[0].split("api = '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    for ((is_theirs, currency, sums, actions), number) in STOOD.into_iter().zip(1..) {
        let api = if is_theirs { api } else { "another-api" };
        let [amount, authorized, captured, voided, refunded, capturing, refunding] = sums;
        let authorizing =
            i64::from(actions.iter().any(|(kind, is, _)| *kind == "authorize" && *is == "pending"));
        row(
            "payments",
            "id, merchant, mode, public_id, api, version, sequence, state, currency, amount, authorized, captured, voided, \
             refunded, authorizing, capturing, voiding, refunding, captures_itself, description, metadata, created_at, \
             changed_at",
            &format!(
                "{number}, 1, 'test', {}, '{api}', 1, 1, '{}', '{currency}', {amount}, {authorized}, {captured}, {voided}, \
                 {refunded}, {authorizing}, {capturing}, 0, {refunding}, 0, 'x', '{{}}', 0, 0",
                id(),
                state(sums)
            ),
        );
        for (kind, status, amount) in actions {
            let (ask, settled) = if *status == "pending" { ("9", "null") } else { ("null", "9") };
            row(
                "actions",
                "payment, public_id, kind, status, amount, ask_at, settled_at, asked, created_at",
                &format!("{number}, {}, '{kind}', '{status}', {amount}, {ask}, {settled}, 0, 0", id()),
            );
        }
    }
}

on_both_engines! {
    async fn a_payment_takes_its_whole_ledger_along_or_stays(place: Place) {
        drop(place.open(Use::Serve));
        fill(&place);
        let engine = usize::from(matches!(place, Place::Postgres { .. }));
        place.run_sql(&format!("begin; drop table amounts_left; {}; commit", MIGRATION[engine]));
        let db = place.open(Use::Serve);
        let read = db.read(|tx| tx.all::<(i64, [i64; 7])>(&PAYMENTS, &[])).await.unwrap();
        for ((number, sums), (_, _, before, ledger)) in read.into_iter().zip(STOOD) {
            // What an amount became.
            let now = |amount: i64| match number {
                1 | 5 => amount / 100,
                3 => amount * 100,
                _ => amount,
            };
            assert_eq!(sums, before.map(now), "payment {number}");
            let actions = db.read(move |tx| tx.all::<i64>(&ACTIONS, &[number.into()])).await.unwrap();
            let expected: Vec<i64> = ledger.iter().map(|(_, _, amount)| now(*amount)).collect();
            assert_eq!(actions, expected, "payment {number}");
        }
        assert_eq!(db.read(|tx| tx.all::<i64>(&LEFT, &[])).await.unwrap(), [2, 4]);
        // The rules are those of before.
        db.write(|tx| tx.execute(&TERMS, &[])).await.unwrap_err();
        db.write(|tx| tx.execute(&SETTLED, &[])).await.unwrap_err();
        let shrunk = place.try_sql("update payments set refunded = 0 where id = 1");
        assert!(matches!(shrunk, Err(Refusal::Trigger(_))), "{shrunk:?}");
        place.run_sql("delete from payments where id = 4");
        assert_eq!(db.read(|tx| tx.all::<i64>(&LEFT, &[])).await.unwrap(), [2]);
    }
}
