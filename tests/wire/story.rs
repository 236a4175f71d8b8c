//! Tells a golden's story to a server, and compares what it answers.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use kassa_tests::drivers::buyer::Buyer;
use kassa_tests::raw::{self, Raw};
use kassa_tests::{Merchant, Server, pause};
use serde_json::Value;

use crate::difference;
use crate::faults;
use crate::golden::{self, Does, Golden, Request};
use crate::matching::Known;
use crate::signing;

/// Headers that differ each time; the length is checked where the answer is read.
const CHANGING: [&str; 4] = ["date", "x-request-id", "content-length", "connection"];

/// What every answer of an API has, whoever's it is, so that the goldens need not repeat it.
const HOUSE: [(&str, &str); 2] = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")];

/// What came of a story.
pub(crate) struct Told {
    pub(crate) wrong: Vec<String>,
    /// The file with what the server answered.
    pub(crate) rewritten: String,
}

/// Tells the story to a merchant of its own. `set_up` finds what is given.
pub(crate) fn tell(
    kassa: &Server,
    golden: &Golden,
    set_up: impl Fn(&str) -> Result<Golden, String>,
) -> Result<Told, String> {
    let address = kassa.url().to_owned();
    let values = BTreeMap::from([("address".to_owned(), address.clone())]);
    let teller = Teller { kassa, merchant: kassa.merchant(), sets: RefCell::default() };
    teller.tell(&mut Known { address, values }, golden, &set_up)
}

/// Who plays the parts beside the client's.
struct Teller<'a> {
    kassa: &'a Server,
    merchant: Merchant,
    /// Sets of credentials by what is asked of them, so that the parts of a pair belong together.
    sets: RefCell<BTreeMap<String, Value>>,
}

impl Teller<'_> {
    fn tell(
        &self,
        known: &mut Known,
        golden: &Golden,
        set_up: &dyn Fn(&str) -> Result<Golden, String>,
    ) -> Result<Told, String> {
        let mut told = Told { wrong: Vec::new(), rewritten: golden.preface.clone() };
        for step in &golden.steps {
            let at = |why: String| format!("### {}\n{why}", step.title);
            let answered = match &step.does {
                Does::Act(act) => {
                    self.act(known, act).map_err(at)?;
                    String::new()
                }
                Does::Given(name) => {
                    let given =
                        set_up(name).and_then(|golden| self.tell(known, &golden, set_up)).map_err(at)?;
                    told.wrong.extend(given.wrong.into_iter().map(at));
                    String::new()
                }
                Does::Exchange(request, expected) => {
                    let answer = self.ask(known, request).map_err(at)?;
                    let (answered, wrong) = judged(known, &answer, request, expected);
                    told.wrong.extend(wrong.into_iter().map(at));
                    answered
                }
            };
            told.rewritten.push_str(&golden::write(step, &answered));
        }
        told.rewritten.push('\n');
        Ok(told)
    }

    fn ask(&self, known: &mut Known, request: &Request) -> Result<Raw, String> {
        let body = known.fill(&request.body, |name| self.find(name))?;
        signing::prepare(known, request, &body, |name| self.find(name))?;
        let mut fill = |text: &str| known.fill(text, |name| self.find(name));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| "a header is not UTF-8".to_owned());
        let path = text(fill(&request.path)?)?;
        let headers = request.headers.iter().map(|(name, value)| Ok((name.clone(), text(fill(value)?)?)));
        let headers = headers.collect::<Result<Vec<_>, String>>()?;
        let bytes = raw::request(&request.method, &path, &headers, &body);
        raw::exchange(self.kassa.address(), &bytes).ok_or_else(|| "no answer".to_owned())
    }

    /// Keys are made when a story asks for them.
    fn find(&self, name: &str) -> Option<String> {
        let key = |merchant: Merchant| merchant.made["neuro_pay"]["api_key"].as_str().map(str::to_owned);
        match name {
            "api_key" => key(self.merchant.clone()),
            "second_api_key" => key(self.kassa.credentials(&self.merchant.name, "test")),
            "live_api_key" => key(self.kassa.credentials(&self.merchant.name, "live")),
            "api_key_of_another_shop" => key(self.kassa.merchant()),
            "revoked_api_key" => {
                let made = ["key", "create", "--merchant", &self.merchant.name, "--mode", "test"];
                let made =
                    self.kassa.command(&[&made[..], &["--api", "neuro-pay", "--json"]].concat()).done();
                let made = made.json();
                let id = made["key_ids"][0].to_string();
                self.kassa.command(&["key", "revoke", &id]).done();
                made["api_key"].as_str().map(str::to_owned)
            }
            _ => self.credential(name),
        }
    }

    /// `{neopay_token}`: an API and what it calls a credential. With `second_`, `live_`, `other_` or `revoked_` in
    /// front it is one of another set: the shop's second one, its live one, another shop's, a revoked one.
    fn credential(&self, name: &str) -> Option<String> {
        let whose =
            ["second_", "live_", "other_", "revoked_"].into_iter().find(|whose| name.starts_with(whose));
        let whose = whose.unwrap_or_default();
        let name = &name[whose.len()..];
        let apis = self.merchant.made.as_object()?;
        let (api, _) =
            apis.iter().find(|(api, set)| set.is_object() && name.starts_with(&format!("{api}_")))?;
        let shop = &self.merchant.name;
        let make = || match whose {
            "second_" => self.kassa.credentials(shop, "test").made[api].clone(),
            "live_" => self.kassa.credentials(shop, "live").made[api].clone(),
            "other_" => self.kassa.merchant().made[api].clone(),
            "revoked_" => {
                let api = api.replace('_', "-");
                let create = ["key", "create", "--merchant", shop, "--mode", "test", "--api", &api, "--json"];
                let made = self.kassa.command(&create).done().json();
                for id in made["key_ids"].as_array().into_iter().flatten() {
                    self.kassa.command(&["key", "revoke", &id.to_string()]).done();
                }
                made
            }
            _ => self.merchant.made[api].clone(),
        };
        let mut sets = self.sets.borrow_mut();
        let set = sets.entry(format!("{whose}{api}")).or_insert_with(make);
        set[&name[api.len() + 1..]].as_str().map(str::to_owned)
    }

    fn act(&self, known: &mut Known, act: &str) -> Result<(), String> {
        let filled = known.fill(act, |name| self.find(name))?;
        let act = String::from_utf8(filled).map_err(|_| "an act is not UTF-8".to_owned())?;
        let agent = self.kassa.agent();
        match act.split(' ').collect::<Vec<_>>()[..] {
            ["pay", page, number] => drop(Buyer::new(&agent, page).pay(number)),
            ["save", page, number] => drop(Buyer::new(&agent, page).pay_and_save(number, "12%2F99")),
            ["tell", page, answer] => drop(Buyer::new(&agent, page).tell_the_bank(answer)),
            ["cancel", page] => drop(Buyer::new(&agent, page).cancel()),
            ["wait", seconds] => {
                let seconds = seconds.parse().map_err(|_| format!("{seconds:?} are no seconds"))?;
                pause(Duration::from_secs(seconds));
            }
            ["revoke", checkout] => drop(self.kassa.command(&["checkout", "revoke", checkout]).done()),
            _ => faults::act(self.kassa, &act).ok_or_else(|| format!("nobody knows how to {act:?}"))?,
        }
        Ok(())
    }
}

/// What should stand in the file, and what is wrong with the answer.
fn judged(known: &mut Known, answer: &Raw, request: &Request, expected: &str) -> (String, Vec<String>) {
    let lacks = |(name, value): &(&str, &str)| answer.header(name) != Some(value);
    let mut wrong = Vec::new();
    if HOUSE.iter().any(lacks) {
        wrong.push(format!("the answer lacks one of {HOUSE:?}"));
    }
    let actual = shown(answer, &request.path);
    // What does not fit captures nothing, so that what is written instead captures it anew.
    let mut trial = known.clone();
    if trial.fits(expected, &actual) {
        *known = trial;
        return (expected.to_owned(), wrong);
    }
    wrong.push(difference::between(known, expected, &actual));
    (known.generalise(&actual), wrong)
}

/// A response as it is compared: without what changes, its body as it came.
fn shown(answer: &Raw, path: &str) -> String {
    let mut headers = answer.headers.clone();
    // The standard wants an access token never to be stored, so there it is a matter of the wire.
    let is_named = |name: &str| name == "cache-control" && path.ends_with("/connect/token");
    headers.retain(|(name, value)| {
        let is_houses = HOUSE.contains(&(name.as_str(), value.as_str())) && !is_named(name);
        !CHANGING.contains(&name.as_str()) && !is_houses
    });
    headers.sort();
    let headers: String = headers.iter().map(|(name, value)| format!("\n{name}: {value}")).collect();
    let body = String::from_utf8_lossy(&answer.body);
    golden::joined(&format!("HTTP {}{headers}", answer.status), body.trim_end())
}
