//! Whether the index finds every customer, and knows of none who was deleted. It changes nothing.

use std::collections::HashMap;

use db::Tx;

use super::fill::{RUNS_AT_ONCE, each_run_of, readable};
use super::places::{Places, SEGMENT};
use super::{KEYS_AT_ONCE, members_of};
use crate::checked::Kind;
use crate::kernel::caller::{Mode, Scope};
use crate::kernel::error::Error;

statements! {
    // One after the other, because a segment has two thousand customers.
    KEYS = "select first from customer_segments where first >= $1 and is_whole = 1 order by first limit 1";
    ONE = "select merchant, mode, last, customers from customer_segments where first = $1";
    LAST_BEFORE = "select last from customer_segments where merchant = $1 and mode = $2 and first < $3
        order by first desc limit 1";
    THOSE_THERE = "select id from customers where merchant = $1 and mode = $2 and id > $3 and id <= $4
        and created_at >= 0 and deleted_at is null order by id limit $5";
    CHANGED = "select customer from customers_to_index where merchant = $1 and mode = $2 and customer >= $3
        and customer <= $4 order by customer";
    RUNS_AFTER = "select run, places from customer_runs where segment = $1 and run > $2 order by run limit $3";
}

/// A segment as it is stored.
struct Segment {
    scope: Scope,
    first: i64,
    last: i64,
    members: Vec<i64>,
}

/// A line for each customer of whom the index knows something else. Those who changed a moment ago, and those who are in no
/// segment yet, are looked at one by one in each search, and so nothing is wrong with them.
pub(crate) const CHECKED: Kind = Kind {
    name: "segment of the index of the search",
    keys: &KEYS,
    look: |tx, _, first, found| {
        type Stored = (i64, Mode, i64, Vec<u8>);
        let stored = found.read(tx.optional::<Stored>(&ONE, &[first.into()]))?;
        if let Some((merchant, mode, last, members)) = stored {
            let scope = Scope { merchant, mode };
            let segment = Segment { scope, first, last, members: members_of(first, &members) };
            found.lines.extend(compare(tx, &segment)?);
        }
        Ok(())
    },
};

fn compare(tx: &mut Tx<'_>, segment: &Segment) -> Result<Vec<String>, Error> {
    let Segment { scope, first, last, members } = segment;
    let [merchant, mode] = [scope.merchant.into(), scope.mode.into()];
    let mut found = Vec::new();
    let before: Option<i64> = tx.optional(&LAST_BEFORE, &[merchant, mode, (*first).into()])?;
    // More than there can be, unless the index is wrong.
    let most = 2 * SEGMENT as i64;
    let there: Vec<i64> =
        tx.all(&THOSE_THERE, &[merchant, mode, before.unwrap_or(0).into(), (*last).into(), most.into()])?;
    let left_out = there.iter().filter(|key| members.binary_search(key).is_err());
    found.extend(left_out.map(|key| is_not_found(*key)));

    // Whom nothing is to be said of: they are looked at one by one.
    let mut passed = Places::NONE;
    for key in tx.all::<i64>(&CHANGED, &[merchant, mode, (*first).into(), (*last).into()])? {
        members.binary_search(&key).iter().for_each(|place| passed.add(*place));
    }
    let mut wanted: HashMap<i64, Places> = HashMap::new();
    let mut are_there = Places::NONE;
    for keys in members.chunks(KEYS_AT_ONCE) {
        let (customers, damaged) = readable(tx, keys)?;
        for customer in &customers {
            if let Ok(place) = members.binary_search(&customer.key) {
                are_there.add(place);
                each_run_of(customer, |run| wanted.entry(run).or_insert(Places::NONE).add(place));
            }
        }
        // The check of customers names them.
        damaged.iter().filter_map(|key| members.binary_search(key).ok()).for_each(|place| passed.add(place));
    }
    let (mut lacking, mut superfluous, mut after) = (Places::NONE, Places::NONE, i64::MIN);
    loop {
        let values = [(*first).into(), after.into(), (RUNS_AT_ONCE as i64).into()];
        let rows: Vec<(i64, Vec<u8>)> = tx.all(&RUNS_AFTER, &values)?;
        for (run, bytes) in &rows {
            let (stored, wanted) = (Places::read(bytes), wanted.remove(run).unwrap_or(Places::NONE));
            lacking = lacking.either(&wanted.without(&stored));
            superfluous = superfluous.either(&stored.without(&wanted));
        }
        match rows.last() {
            Some((run, _)) if rows.len() == RUNS_AT_ONCE && *run > after => after = *run,
            Some(_) | None => break,
        }
    }
    lacking = wanted.values().fold(lacking, |lacking, places| lacking.either(places));
    let named = |places: &Places| places.without(&passed).iter().collect::<Vec<_>>();
    let key = |place: usize| members.get(place).copied().unwrap_or_default();
    found.extend(named(&lacking).into_iter().map(|place| is_not_found(key(place))));
    found.extend(named(&superfluous).into_iter().map(|place| {
        let is_there = are_there.both(&Places::of(place)) != Places::NONE;
        let what = if is_there { "was changed" } else { "was deleted" };
        format!("customer with the integer {}: {what}, and the index of the search knows more", key(place))
    }));
    Ok(found)
}

fn is_not_found(key: i64) -> String {
    format!("customer with the integer {key}: is not found by each part of name, e-mail address and phone")
}
