//! The plans that PostgreSQL makes while it knows nothing of the rows: from an empty database to a grown one that was never
//! analysed, each look-up takes the one index that fits all that it compares.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use db::Use;
use house::Place;
use house::place::psql;

/// Texts that may read a whole table: `doctor` or the check walks through all of it, a batch of what is over is joined with what is
/// there, and so is what goes with a customer.
const MAY_SCAN: &[&str] = &[
    "domain::keys::COUNT_KEYS",
    "domain::payments::actions::KEYS",
    "domain::payments::hosted::KEYS",
    "domain::payments::sums::KEYS",
    "domain::payments::sums::LEFT_KEYS",
    "domain::payments::traces::FORGET_OPERATIONS",
    "domain::payments::traces::FORGET_CARDS_OPERATIONS",
    "domain::records::customers::check::KEYS",
    "domain::records::categories::KEYS",
    "domain::records::event::KEYS",
    "domain::records::idempotency::KEYS",
    "domain::records::instruments::check::KEYS",
    "domain::records::merchants::KEYS",
    "domain::records::customers::search::check::KEYS",
    "domain::records::customers::search::check::THOSE_THERE",
    "domain::records::merchants::LIST",
    "domain::records::merchants::credentials::KEYS",
    "domain::payments::attempts::FORGET",
    "domain::records::idempotency::FORGET",
    "domain::payments::typed::FORGET",
    "domain::records::tokens::EMPTY",
    "domain::records::tokens::KEYS",
    "domain::records::tokens::FORGET",
];
/// What may be compared with each row that an index finds: it tells no rows apart, or the index finds few, the attempts of
/// one payment or the cards of one customer that can be charged.
const MAY_FILTER: &[&str] = &["version", "sequence", "api", "kind", "is_active", "attempt"];
const OF_FEW: &[&str] = &[
    "domain::records::instruments::SAME_NUMBER",
    "domain::records::instruments::UNLISTED_SAME_NUMBER",
    "domain::records::instruments::DELETE_UNLISTED",
];
/// Where one page of an index ends and the next begins matters most, so small steps come first.
const SIZES: [u32; 8] = [0, 50, 150, 200, 250, 350, 1_000, 3_000];

/// Rows of each table, all of one merchant, as many as `$count`.
const GROW: &str = "
    insert into merchants (id, public_id, name, frame_origins, created_at)
      values (1, decode(md5('m'), 'hex'), 'Shop', '', 0) on conflict do nothing;
    create or replace function id(kind text, number bigint) returns bytea language sql
      as $$ select decode(md5(kind || number), 'hex') $$;
    create temporary table numbers as select n, id('x', n) || id('y', n) code
      from generate_series((select count(*) + 1 from customers), $count) n;
    insert into customers (id, merchant, mode, public_id, sequence, email, email_folded, metadata, created_at, changed_at)
      select n, 1, 'test', id('c', n), 1, n || '@example.com', n || '@example.com', '{}', 0, 0 from numbers;
    insert into payments (id, merchant, mode, public_id, customer, api, version, sequence, state, currency, amount,
      authorized, captured, voided, refunded, authorizing, capturing, voiding, refunding, captures_itself, description,
      reference, metadata, created_at, changed_at)
      select n, 1, 'test', id('p', n), n, 'a', 1, 1, 'pending', 'SEK', 100, 0, 0, 0, 0, 0, 0, 0, 0, 1, '', n, '{}', 0, 0
      from numbers;
    insert into actions (id, payment, public_id, kind, status, amount, asked, created_at, settled_at)
      select n, n, id('a', n), 'authorize', 'succeeded', 100, 0, 0, 0 from numbers;
    insert into action_extras (action, payment, extras) select n, n, '{}' from numbers;
    insert into events (merchant, mode, public_id, kind, object, sequence, created_at)
      select 1, 'test', id('e', n), 'k', id('p', n), 1, 0 from numbers;
    insert into idempotency_keys (merchant, mode, api, method, path, key, body_mac, action, customer, created_at, expires_at)
      select 1, 'test', 'a', 'POST', '/', n, code, n, n, 0, n from numbers;
    insert into acquirer_books (operation, step, entry, created_at) select id('a', n), 0, '', 0 from numbers;
    insert into fingerprints (id, merchant, mode, code, public_id) select n, 1, 'test', code, id('f', n) from numbers;
    insert into instruments (merchant, mode, public_id, customer, fingerprint, status, is_default, sealed, brand,
      first_six, last_four, expiry_year, expiry_month, created_at)
      select 1, 'test', id('i', n), n, n, 'active', 1, code, 'visa', '424242', '4242', 2099, 12, 0 from numbers;
    insert into categories (merchant, mode, public_id, name, sort_order, is_active, created_at)
      select 1, 'test', id('k', n), 'x', 0, 1, 0 from numbers;
    insert into tokens (merchant, mode, public_id, sealed, brand, first_six, last_four, expiry_year, expiry_month,
      expires_at, created_at)
      select 1, 'test', id('t', n), code, 'visa', '424242', '4242', 2099, 12, 0, 0 from numbers;
    insert into credentials (merchant, mode, api, kind, hash, last_four, created_at)
      select 1, 'test', 'a', 'k', code, '1234', 0 from numbers;
    insert into hosted_pages (merchant, mode, public_id, kind, payment)
      select 1, 'test', substring(code for 9), 'k', n from numbers;
    insert into attempts (merchant, mode, kind, subject, tried, ends_at) select 1, 'test', 'card', code, 1, n from numbers;
    insert into customer_segments (first, last, merchant, mode, customers, version, held_until, is_whole)
      select n, n, 1, 'test', code, 1, 0, 1 from numbers;
    insert into customer_runs (segment, run, places) select n, n, code from numbers;
    insert into customers_to_index (customer, merchant, mode, sequence, since) select n, 1, 'test', 1, n from numbers;
    insert into card_forms (customer, form, created_at) select n, id('o', n), 0 from numbers;
";
/// Nothing is ever analysed.
const LEAVE_ALONE: &str = "do $$ declare t text; begin
    for t in select tablename from pg_tables where schemaname = 'public' loop
      execute format('alter table %I set (autovacuum_enabled = false)', t); end loop; end $$";

/// The line of a plan that shows what is wrong with it, if anything is: a value that is compared only once a row was
/// found some other way.
fn fault(name: &str, plan: &[String]) -> Option<String> {
    let by_key = plan.iter().any(|line| line.contains("Index Cond: (id = $"));
    let may_filter = |column: &str| {
        MAY_FILTER.contains(&column)
            || OF_FEW.contains(&name)
            || (by_key && matches!(column, "merchant" | "mode"))
    };
    let is_wrong = |line: &&String| {
        let filter = line.split_once("Filter: ").map_or("", |(_, filter)| filter);
        let compared = filter.split(" = $").map(|before| before.rsplit(['(', ' ']).next().unwrap_or(before));
        let count = filter.matches(" = $").count();
        line.contains("Seq Scan") || compared.take(count).any(|column| !may_filter(column))
    };
    plan.iter().find(is_wrong).cloned()
}

#[tokio::test]
async fn each_look_up_has_its_index_however_little_is_known_of_the_rows() {
    let place = Place::postgres();
    let Place::Postgres { url, .. } = &place else { panic!("this is SQLite") };
    let db = place.open(Use::Serve);
    psql(url, LEAVE_ALONE);
    let mut faults = Vec::new();
    for size in SIZES {
        psql(url, &GROW.replace("$count", &size.to_string()));
        for sql in domain::query_texts() {
            let name = sql.name();
            let plan = db.plan(sql).await.unwrap();
            if let Some(line) = fault(name, &plan).filter(|_| !MAY_SCAN.contains(&name)) {
                faults.push(format!("{name} at {size} rows: {line} in {plan:#?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
