//! The rules that the database itself keeps: for each CHECK and each trigger rows that it must refuse, on both engines. A
//! rule that vanishes lets its row in, and a new rule without a row here fails too.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod places;

use std::collections::BTreeSet;

use db::Use;
use places::{Place, Refusal, on_both_engines};

/// A table and a row that it takes. `@16` stands for 16 bytes that no other row has.
const ROWS: &[(&str, &str)] = &[
    ("merchants", "public_id=@16, name=#, frame_origins='', created_at=0"),
    ("credentials", "merchant=1, mode='test', api='a', kind='k', hash=@32, last_four='1234', created_at=0"),
    (
        "customers",
        "merchant=1, mode='test', public_id=@16, sequence=1, metadata='{}', created_at=0, changed_at=0",
    ),
    (
        "payments",
        "merchant=1, mode='test', public_id=@16, api='a', version=1, sequence=1, state='pending', currency='SEK', \
         amount=100, authorized=0, captured=0, voided=0, refunded=0, authorizing=0, capturing=0, voiding=0, \
         refunding=0, captures_itself=0, description='', metadata='{}', created_at=0, changed_at=0",
    ),
    (
        "actions",
        "payment=1, public_id=@16, kind='capture', status='pending', amount=1, ask_at=9, asked=0, created_at=0",
    ),
    ("action_extras", "action=1, payment=1, extras='{}'"),
    ("events", "merchant=1, mode='test', public_id=@16, kind='k', object=@16, sequence=1, created_at=0"),
    (
        "idempotency_keys",
        "merchant=1, mode='test', api='a', method='POST', path='/', key=#, body_mac=@32, created_at=0, expires_at=9",
    ),
    ("acquirer_books", "operation=@16, step=0, entry='', created_at=0"),
    ("fingerprints", "merchant=1, mode='test', code=@32, public_id=@16"),
    (
        "instruments",
        "merchant=1, mode='test', public_id=@16, fingerprint=1, status='active', is_default=0, sealed=@40, \
         brand='visa', first_six='424242', last_four='4242', expiry_year=2099, expiry_month=12, created_at=0",
    ),
    (
        "categories",
        "merchant=1, mode='test', public_id=@16, name='', sort_order=0, is_active=1, created_at=0",
    ),
    (
        "tokens",
        "merchant=1, mode='test', public_id=@16, sealed=@40, brand='visa', first_six='424242', last_four='4242', \
         expiry_year=2099, expiry_month=12, expires_at=9, created_at=0",
    ),
    ("hosted_pages", "merchant=1, mode='test', public_id=@9, kind='k', payment=1"),
    ("attempts", "merchant=1, mode='test', kind='card', subject=@32, tried=0, ends_at=9"),
    ("card_forms", "customer=1001, form=@16, created_at=0"),
    (
        "customer_segments",
        "first=9, last=9, merchant=1, mode='test', customers=@8, version=0, held_until=0, is_whole=0",
    ),
    ("customers_to_index", "customer=9, merchant=1, mode='test', sequence=1, since=0"),
];

/// What each of those rows becomes wrong by. Each change breaks one CHECK.
const WRONG: &[(&str, &[&str])] = &[
    (
        "merchants",
        &["public_id=@15", "checkout_life=0", "saves_cards=2", "saved_card_code=2", "unknown_fields=''"],
    ),
    ("credentials", &["mode='live '", "hash=@31"]),
    (
        "customers",
        &[
            "mode='other'",
            "public_id=@17",
            "first_name='Ada'",
            "last_name='Lovelace'",
            "email='a@example.com'",
            "email_folded='a@example.com'",
            "link_generation=-1",
            "link_generation=4294967296",
            "deleted_at=0, phone='112'",
        ],
    ),
    (
        "payments",
        &[
            "mode='other'",
            "public_id=@15",
            "currency='SE'",
            "amount=-1",
            "amount=1000000000000",
            "state='authorized', authorized=99",
            "captured=-1",
            "voided=-1",
            "refunded=-1",
            "authorizing=2",
            "capturing=-1",
            "voiding=-1",
            "refunding=-1",
            "captures_itself=2",
            "page_return_url='', page_cancel_url='', page_framed=2",
            "page_return_url='', page_cancel_url='', page_offers_saving=2",
            "card_last_four='424'",
            "automatic=2",
            "card_first_six='42424'",
            "card_expiry_year=1999",
            "card_expiry_year=2100",
            "card_expiry_month=0",
            "card_expiry_month=13",
            "card_fingerprint=@15",
            "card_code_sent=2",
            "customer_named=2",
            "page_asks_code=2",
            "forgot=2",
            "page_authenticates=2",
            "may_grow=2",
            "state='authorized', authorized=99, may_grow=1, raised=-1",
            "raised=1",
            "state='authorized', authorized=101, raised=1",
            "may_grow=1, raised=1",
            "state='authorized', authorized=100, may_grow=1, raising=-1, raises=1",
            "state='authorized', authorized=100, may_grow=1, raising=1",
            "state='authorized', authorized=100, may_grow=1, raises=-1",
            "state='authorized', authorized=100, raises=1",
            "may_grow=1, raises=1",
            "state='authorized', authorized=100, capturing=1, may_grow=1, raises=1",
            "state='authorized', authorized=100, voiding=100, may_grow=1, raises=1",
            "state='partially_captured', authorized=100, captured=50, may_grow=1, raises=1",
            "state='voided', authorized=100, voided=100, may_grow=1, raises=1",
            "state='authorized', amount=999999999999, authorized=999999999999, may_grow=1, raising=1, raises=1",
            "state='authorized', authorized=101, may_grow=1",
            // The sums.
            "state='authorized', authorized=100, capturing=101",
            "state='authorized', authorized=100, voiding=101",
            "state='captured', authorized=100, captured=100, refunding=101",
            "state='authorized', authorized=100, capturing=1, voiding=1",
            "state='partially_captured', authorized=100, captured=50, refunding=1, voiding=50",
            "page_return_url=''",
            "page_cancel_url=''",
            "state='canceled', authorizing=1",
            // Each state with sums that belong to another one.
            "state='other'",
            "state='pending', authorized=100",
            "state='retryable', authorized=100, last_decline='d'",
            "state='retryable'",
            "state='declined', authorized=100, last_decline='d'",
            "state='declined'",
            "state='canceled', authorized=100",
            "state='expired', authorized=100",
            "state='authorized'",
            "state='authorized', authorized=100, captured=1",
            "state='authorized', authorized=100, voided=100",
            "state='partially_captured', authorized=100",
            "state='partially_captured', authorized=100, captured=100",
            "state='partially_captured', authorized=100, captured=50, refunded=1",
            "state='captured', authorized=100, voided=100",
            "state='captured', authorized=100, captured=99",
            "state='captured', authorized=100, captured=100, refunded=1",
            "state='voided', amount=0",
            "state='voided', authorized=100, voided=99",
            "state='partially_refunded', authorized=100, captured=100",
            "state='partially_refunded', authorized=100, captured=100, refunded=100",
            "state='refunded', amount=0",
            "state='refunded', authorized=100, captured=100, refunded=99",
            "state='refunded', authorized=100, captured=99, refunded=99",
            "state='verified'",
        ],
    ),
    (
        "actions",
        &[
            "public_id=@15",
            "kind='other'",
            "status='other', ask_at=null, settled_at=1",
            "amount=-1",
            "amount=1000000000000",
            "ask_at=null",
            "settled_at=1",
            "status='succeeded', settled_at=1",
            "status='succeeded', ask_at=null",
            "is_final=2",
            "counted_card=@31",
        ],
    ),
    ("events", &["mode='other'", "public_id=@15", "object=@15", "sequence=0"]),
    ("idempotency_keys", &["mode='other'", "body_mac=@31"]),
    ("acquirer_books", &["operation=@15", "step=2"]),
    ("fingerprints", &["mode='other'", "code=@31", "public_id=@15"]),
    (
        "instruments",
        &[
            "mode='other'",
            "public_id=@15",
            "status='other'",
            "customer=1001, is_default=2",
            "deleted_at=0",
            "first_six='42424'",
            "last_four='424'",
            "expiry_year=1999",
            "expiry_year=2100",
            "expiry_month=0",
            "expiry_month=13",
            "action=1",
            "status='waiting'",
            "is_default=1",
            "customer=1001, status='revoked', sealed=@0, is_default=1",
            "standing='other'",
            "customer=1001, standing='beside', is_default=1",
        ],
    ),
    ("categories", &["mode='other'", "public_id=@15", "is_active=2"]),
    (
        "tokens",
        &[
            "mode='other'",
            "public_id=@15",
            "first_six='42424'",
            "first_eight='4242424'",
            "last_four='424'",
            "expiry_year=1999",
            "expiry_year=2100",
            "expiry_month=0",
            "expiry_month=13",
            "used_at=1",
            "sealed=null, holder='{}'",
        ],
    ),
    ("hosted_pages", &["mode='other'", "public_id=@16"]),
    ("attempts", &["mode='other'", "kind='other'", "subject=@31", "tried=-1"]),
    ("card_forms", &["form=@15"]),
    ("customer_segments", &["last=8", "mode='other'", "is_whole=2"]),
    ("customers_to_index", &["mode='other'", "is_deleted=2"]),
];

const TERMS: &str = "the terms of a payment never change";
const STEP: &str = "a payment changes one version at a time";
const SUMS: &str = "the sums of a payment never shrink";
const ENDED: &str = "a payment that ended stays ended";
const UNITS: &str = "a payment in other units is not charged";
const SETTLED: &str = "a settled action never changes";
const STAYS: &str = "a succeeded action is never removed";

/// A card that is out of use with its number, which is a check on one engine and two triggers on the other.
const REVOKED: &str = "customer=1001, status='revoked'";
const COMES_WITHOUT: &str = "a revoked card comes without a number";
const HAS_NONE: &str = "a revoked card has no number";

/// Statements that a trigger refuses, and what it says.
const REFUSED: &[(&str, &str)] = &[
    ("update payments set amount = 101 where id = 1", TERMS),
    ("update payments set currency = 'EUR' where id = 1", TERMS),
    ("update payments set merchant = 2 where id = 1", TERMS),
    ("update payments set mode = 'live' where id = 1", TERMS),
    ("update payments set captures_itself = 1 where id = 1", TERMS),
    ("update payments set may_grow = 1 where id = 1", TERMS),
    ("update payments set authorized = 100, raised = 0 where id = 12", SUMS),
    ("update payments set version = 3 where id = 1", STEP),
    ("update payments set version = 0 where id = 1", STEP),
    ("update payments set sequence = 3 where id = 1", STEP),
    ("update payments set sequence = 0 where id = 1", STEP),
    ("update payments set authorized = 0 where id = 2", SUMS),
    ("update payments set captured = 59 where id = 2", SUMS),
    ("update payments set voided = 39 where id = 2", SUMS),
    ("update payments set refunded = 9 where id = 2", SUMS),
    ("update payments set state = 'pending' where id = 3", ENDED),
    ("update payments set state = 'pending' where id = 4", ENDED),
    ("update payments set state = 'pending' where id = 5", ENDED),
    ("update payments set state = 'authorized' where id = 6", ENDED),
    ("update payments set state = 'captured' where id = 7", ENDED),
    ("update payments set state = 'pending' where id = 8", ENDED),
    ("update payments set authorizing = 1 where id = 13", UNITS),
    ("update actions set reason = 'other' where id = 2", SETTLED),
    ("update actions set reason = 'other' where id = 3", SETTLED),
    ("delete from actions where id = 2", STAYS),
];

/// A row of a table, as it is taken but for some changes.
fn insert(place: &Place, table: &str, changes: &str) -> Result<(), Refusal> {
    let (_, taken) = ROWS.iter().find(|(name, _)| *name == table).unwrap();
    let pairs = |list: &str| -> Vec<(String, String)> {
        let list = list.split(", ").map(str::trim).filter(|pair| !pair.is_empty());
        list.map(|pair| {
            pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap()
        })
        .collect()
    };
    let mut row = pairs(taken);
    for (name, value) in pairs(changes) {
        row.retain(|(other, _)| *other != name);
        row.push((name, value));
    }
    let names: Vec<&str> = row.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<String> = row.iter().map(|(_, value)| place.value(value)).collect();
    place.try_sql(&format!("insert into {table} ({}) values ({})", names.join(", "), values.join(", ")))
}

/// A row of each table, and payments and actions in the states that the triggers speak of.
fn fill(place: &Place) {
    drop(place.open(Use::Serve));
    for (table, _) in ROWS {
        insert(place, table, "").unwrap();
    }
    for changes in [
        "state='partially_refunded', authorized=100, captured=60, voided=40, refunded=10",
        "state='declined', last_decline='d'",
        "state='canceled'",
        "state='expired'",
        "state='voided', authorized=100, voided=100",
        "state='refunded', authorized=100, captured=100, refunded=100",
        "state='verified', amount=0",
        "state='partially_refunded', authorized=100, captured=60, refunded=60",
        "state='captured', authorized=100, captured=100, refunding=60",
        "state='partially_captured', authorized=100, captured=60, capturing=30, refunding=10",
        "state='authorized', authorized=110, may_grow=1, raised=10, raising=5, raises=2",
    ] {
        insert(place, "payments", changes).unwrap();
    }
    insert(place, "payments", "currency='CLP'").unwrap();
    place.run_sql("insert into amounts_left (payment) values (13)");
    for status in ["succeeded", "declined"] {
        insert(place, "actions", &format!("status='{status}', ask_at=null, settled_at=1")).unwrap();
    }
    insert(place, "merchants", "").unwrap();
}

on_both_engines! {
    async fn each_check_refuses_a_row_of_its_own(place: Place) {
        fill(&place);
        let mut seen = BTreeSet::new();
        for (table, wrong) in WRONG {
            for changes in *wrong {
                match insert(&place, table, changes) {
                    Err(Refusal::Check(name)) => seen.insert((*table, name)),
                    other => panic!("{table} with {changes}: {other:?}"),
                };
            }
        }
        if let (Place::Postgres { .. }, Err(Refusal::Check(name))) = (&place, insert(&place, "instruments", REVOKED)) {
            seen.insert(("instruments", name));
        }
        let rules = match &place {
            Place::Sqlite(_) => place.count(
                "select sum((length(sql) - length(replace(sql, 'check (', ''))) / length('check (')) \
                 from sqlite_master where type = 'table'",
            ),
            Place::Postgres { .. } => place.count("select count(*) from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace"),
        };
        assert_eq!(seen.len(), rules, "a CHECK has no row here that it alone refuses: {seen:#?}");
    }

    async fn each_trigger_refuses_what_it_is_there_for(place: Place) {
        fill(&place);
        let mut seen = BTreeSet::new();
        for (statement, says) in REFUSED {
            match place.try_sql(statement) {
                Err(Refusal::Trigger(message)) if message.contains(says) => seen.insert(*says),
                other => panic!("{statement}: {other:?}"),
            };
        }
        if let Place::Sqlite(_) = &place {
            let tried = [
                (insert(&place, "instruments", REVOKED), COMES_WITHOUT),
                (place.try_sql("update instruments set status = 'revoked' where id = 1"), HAS_NONE),
            ];
            for (result, says) in tried {
                match result {
                    Err(Refusal::Trigger(message)) if message.contains(says) => seen.insert(says),
                    other => panic!("{says}: {other:?}"),
                };
            }
        }
        let rules = match &place {
            Place::Sqlite(_) => place.count("select count(*) from sqlite_master where type = 'trigger'"),
            Place::Postgres { .. } => place.count(
                "select sum((length(prosrc) - length(replace(prosrc, 'raise ', ''))) / length('raise ')) \
                 from pg_proc where oid in (select tgfoid from pg_trigger where not tgisinternal)",
            ),
        };
        assert_eq!(seen.len(), rules, "a trigger has no statement here that it refuses");
        // What they let through: an action that was declined goes with its payment, and a payment moves on.
        place.run_sql("delete from actions where id = 3");
        place.run_sql("update payments set version = 2, sequence = 2, state = 'canceled' where id = 1");
    }
}
