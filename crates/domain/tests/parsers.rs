//! Every parser of the domain that a request's text reaches, under hostile bytes: none panics, overflows its stack or
//! takes long. `cargo xtask fuzz` runs it for longer.

mod hostile;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use domain::Id;
use domain::card::{self, CardNumber, Expiry, SecurityCode};
use domain::json::{self, Object};
use domain::merchants;
use domain::metadata::Metadata;
use domain::money::{Currency, Money};
use domain::phone::Phone;
use domain::text::{self, Email, Name};
use domain::time::Time;
use hostile::Source;

/// A parser, and something that it takes.
type Parser = (&'static str, &'static str, fn(&str));

const NOW: Time = Time(1_800_000_000_000);
/// More than any text needs on a busy machine.
const LONG: Duration = Duration::from_secs(10);

const PARSERS: &[Parser] = &[
    ("a JSON body", r#"{"a":[1,{"b":"c\u0041"}],"d":1.50}"#, |text| parsed(Object::parse(text.as_bytes()))),
    ("the words of a JSON text", r#"{"a":[1,{"b":"c\u0041"}],"d":1.50e3}"#, |text| {
        json::holds_card_number(text);
    }),
    ("metadata", r#"{"a":[1,{"b":"c"}],"d":"e"}"#, |text| {
        if let Ok(object) = Object::parse(text.as_bytes())
            && let Ok(metadata) = Metadata::new(object.0)
        {
            let _ = metadata.merged(&metadata);
            assert!(Object::parse(metadata.json().as_bytes()).is_ok(), "what is kept can be read again");
        }
    }),
    ("a card number in a text", "card 4242-4242 4242\u{a0}4242, 12/99", |text| {
        card::holds_card_number(text);
    }),
    ("a card number", "4242 4242 4242 4242", |text| parsed(CardNumber::parse(text))),
    ("an expiry date", "12 / 2099", |text| parsed(Expiry::parse(text, NOW))),
    ("a security code", "123", |text| parsed(SecurityCode::parse(text))),
    ("a plain text", "ORD-123", |text| parsed(text::plain("text", text, 50))),
    ("a free text", "Winter boots, size 38", |text| parsed(text::free("text", text, 255))),
    ("a required text", "Ada", |text| parsed(text::required("text", text, 255))),
    ("an e-mail address", "ada@example.com", |text| parsed(Email::parse("email", text))),
    ("a name", "Ada Lovelace", |text| {
        let _ = Name::from_whole(text.to_owned()).parts();
    }),
    ("a phone", "+44 20 7946 0000", |text| parsed(Phone::Text(text.to_owned()).text())),
    ("an address", "https://shop.example:8443/thanks?order=1#top", |text| {
        if let Ok(address) = text::web_address("url", text) {
            text::host_of(&address);
            text::in_ascii(&address);
        }
        text::host_of(text);
        text::in_ascii(text);
    }),
    ("an origin", "https://*.shop.example", |text| parsed(merchants::origin(text))),
    ("a currency", "EUR", |text| parsed(Currency::parse(text))),
    ("an amount", "999999999999", |text| {
        if let (Ok(minor), Some(currency)) = (text.parse(), Currency::parse("KWD"))
            && let Ok(money) = Money::new(minor, currency)
        {
            money.display();
        }
    }),
    ("a time", "2026-11-27T21:38:11Z", |text| parsed(Time::parse(text))),
    ("an id", "0190a1b2c3d44e5f8a6b7c8d9e0f1a2b", |text| {
        let _ = Id::<Money>::from_hex(text);
    }),
];

/// What comes of it does not matter here.
fn parsed<T>(_: T) {}

#[test]
fn no_bytes_break_a_parser() {
    let (mut source, until) = (Source::of_run("the parsers"), hostile::until(18));
    let mut tried = 0_u64;
    while Instant::now() < until {
        let (name, sample, parse) = source.pick(PARSERS);
        let bytes = source.bytes(sample.as_bytes());
        // A request's text is UTF-8 before any of these sees it.
        let text = String::from_utf8_lossy(&bytes);
        let begun = Instant::now();
        let done = catch_unwind(AssertUnwindSafe(|| parse(&text)));
        assert!(done.is_ok(), "{name}, try {tried}: {text:?}");
        assert!(begun.elapsed() < LONG, "{name} took {:?}, try {tried}: {text:?}", begun.elapsed());
        tried += 1;
    }
    assert!(tried > 1_000, "{tried} tries are too few to say anything");
}
