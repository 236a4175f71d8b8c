//! The vault from outside: a sealed number that was moved or altered opens for nobody, without the root key nothing
//! happens, and what was deleted is gone.

use std::os::unix::fs::PermissionsExt;

use kassa_tests::drivers::buyer::{APPROVED, CHALLENGED};
use kassa_tests::drivers::neuro_pay::{Client, customer, is_error, with};
use kassa_tests::{ERASED, Engine, Server, eventually, on_each_engine};
use serde_json::{Value, json};

on_each_engine!(
    sealed_numbers_that_changed_places_charge_nobody_and_write_nothing,
    a_sealed_number_that_was_cut_or_altered_charges_nobody_and_writes_nothing,
    whatever_was_sealed_and_altered_raises_the_alarm,
    payments_of_a_deleted_customer_are_captured_and_refunded,
);

const MASTERCARD: &str = "5555555555554444";
const SWAP: &str = "create table aside as select id, sealed from instruments;
    update instruments set sealed = (select a.sealed from aside a where a.id <> instruments.id);
    drop table aside";

/// A public id, which is 16 bytes, in the words of the engine.
pub(crate) fn blob(engine: Engine, hex: &str) -> String {
    match engine {
        Engine::Sqlite => format!("X'{hex}'"),
        Engine::Postgres => format!("decode('{hex}', 'hex')"),
    }
}

/// Two customers with a card each, one shop.
struct Two {
    kassa: Server,
    shop: Client,
    bodies: [Value; 2],
    pages: Vec<Value>,
}

impl Two {
    fn new(engine: Engine) -> Self {
        let kassa = Server::start(engine);
        let shop = Client::fresh(&kassa);
        let charge = |number: &str| {
            let customer = shop.person();
            let card = customer.add(number);
            (customer.charge_body(&card, &[]), customer.checkout(&[]).now())
        };
        let ((first, first_page), (second, second_page)) = (charge(APPROVED), charge(MASTERCARD));
        Self { kassa, shop, bodies: [first, second], pages: vec![first_page, second_page] }
    }

    /// Changes the stopped database.
    fn tampered(&mut self, text: &str) {
        assert_eq!(self.kassa.stop().code(), Some(0));
        self.kassa.tamper(text);
        self.kassa.start_stopped();
        let key = self.shop.key().to_owned();
        self.shop = Client::with_key(&self.kassa, &key);
    }

    /// The page of a checkout on the port of now.
    fn page(&self, number: usize) -> String {
        let page = self.pages[number]["checkout_page"].as_str().expect("a link");
        let (_, link) = page.split_once("/c/").expect("a link");
        format!("{}/c/{link}", self.kassa.url())
    }

    /// Neither card can be charged in any way, and nothing is written by trying.
    fn refuses_both(&self) {
        let before = self.kassa.cells();
        let log = self.kassa.log().len();
        for (number, body) in self.bodies.iter().enumerate() {
            for answer in
                [self.shop.post("/checkout/create", body), self.shop.post_once("k", "/checkout/create", body)]
            {
                let words = is_error(&answer, 500);
                assert!(!words.contains("sealed"), "what is wrong inside is nobody's business outside");
            }
            let buyer = kassa_tests::drivers::buyer::Buyer::new(self.shop.agent(), self.page(number));
            buyer.choose(body["card_id"].as_str().expect("an id")).expect(500);
            assert!(buyer.open().expect(200).text().contains("name=\"form\""), "the page can still be paid");
        }
        assert!(self.kassa.cells() == before, "a refused charge wrote something");
        let said = self.kassa.log().split_off(log);
        assert_eq!(said.matches("a sealed value does not open").count(), 6, "{said}");
        assert!(said.contains("ERROR") && !said.contains("panicked"), "{said}");
        let alarms: Vec<&str> =
            said.lines().filter(|line| line.contains("a sealed value was altered")).collect();
        assert_eq!(alarms.len(), 6, "each is told in a line of its own: {said}");
        for part in ["ERROR", "column=\"instruments.sealed\"", "merchant=", "mode=\"test\"", "count="] {
            assert!(alarms.iter().all(|line| line.contains(part)), "{part} is not in {alarms:?}");
        }
        let check = self.kassa.command(&["db", "check"]).failed(1);
        assert_eq!(check.stdout.matches("its sealed number was altered").count(), 2, "{check:?}");
    }

    fn charges_both(&self) {
        for (body, last_four) in self.bodies.iter().zip(["4242", "4444"]) {
            let paid = self.shop.post_once(last_four, "/checkout/create", body).ok();
            assert_eq!(paid["status"], "paid");
            assert!(self.shop.known(&paid).buyer().open().text().contains(&format!("ending in {last_four}")));
        }
    }
}

fn sealed_numbers_that_changed_places_charge_nobody_and_write_nothing(engine: Engine) {
    let mut two = Two::new(engine);
    two.tampered(SWAP);
    two.refuses_both();
    // Put back, they are what they were, and the keys that came to nothing are free.
    two.tampered(SWAP);
    two.charges_both();
    two.kassa.checks_out();
}

fn a_sealed_number_that_was_cut_or_altered_charges_nobody_and_writes_nothing(engine: Engine) {
    let two = Two::new(engine);
    let empty = blob(engine, "");
    let version = blob(engine, "02");
    let (first, joined) = match engine {
        Engine::Sqlite => ("substr(sealed, 2)", "cast({} || substr(sealed, 2) as blob)"),
        Engine::Postgres => ("substr(sealed, 2)", "{} || substr(sealed, 2)"),
    };
    two.kassa.tamper("create table kept as select id, sealed from instruments");
    for altered in [
        "substr(sealed, 1, length(sealed) - 1)",
        "substr(sealed, 1, 12)",
        first,
        &empty,
        &joined.replace("{}", &version),
    ] {
        let altered = altered.replace("sealed", "k.sealed");
        two.kassa.tamper(&format!(
            "update instruments set sealed = (select {altered} from kept k where k.id = instruments.id)"
        ));
        two.refuses_both();
    }
    two.kassa.tamper(
        "update instruments set sealed = (select k.sealed from kept k where k.id = instruments.id);
         drop table kept",
    );
    two.charges_both();
    two.kassa.checks_out();
}

fn whatever_was_sealed_and_altered_raises_the_alarm(engine: Engine) {
    let mut kassa = Server::start(engine);
    let shop = Client::fresh(&kassa);
    let make = |shop: &Client| shop.post_once("k", "/checkout/create-customer", &customer());
    make(&shop).expect(200);
    let cut = |column: &str| format!("{column} = substr({column}, 1, length({column}) - 1)");
    kassa.tamper(&format!("update idempotency_keys set {}", cut("reply")));
    is_error(&make(&shop), 500);
    kassa.tamper(&format!("update wrapped_keys set {} where purpose = 'data'", cut("wrapped")));
    kassa.restart();
    let shop = Client::with_key(&kassa, shop.key());
    is_error(&make(&shop), 500);
    let log = kassa.log();
    for column in ["idempotency_keys.reply", "wrapped_keys.wrapped"] {
        let alarm = format!("a sealed value was altered column=\"{column}\"");
        assert!(log.lines().any(|line| line.contains("ERROR") && line.contains(&alarm)), "{column}: {log}");
    }
}

fn payments_of_a_deleted_customer_are_captured_and_refunded(engine: Engine) {
    let kassa = Server::shared(engine);
    let shop = Client::fresh(&kassa);
    let ada = shop.person();
    let card = ada.add(APPROVED);
    let body = ada.charge_body(&card, &[("capture", json!(false))]);
    let automatic = shop.known(&shop.post_once("k", "/checkout/create", &body).ok());
    let released = shop.known(&ada.charge(&card, &[("capture", json!(false))]).ok());
    let chosen = ada.checkout(&[]);
    chosen.buyer().choose(&card).expect(303);
    let open = ada.checkout(&[]);
    let waiting = shop.known(&ada.charge(&ada.add(CHALLENGED), &[]).ok());
    shop.delete_customer(&ada.id).expect(200);
    for checkout in [&automatic, &released, &chosen, &open, &waiting] {
        let now = checkout.now();
        assert_eq!((&now["customer_id"], &now["card_id"]), (&Value::Null, &Value::Null));
    }
    let page = chosen.buyer().open().expect(200);
    assert!(page.text().contains("Visa ending in 4242") && !page.text().contains("Lovelace"));
    assert_eq!(automatic.capture().ok()["status"], "paid");
    assert_eq!(automatic.refund(&[("amount", json!(100))]).ok()["status"], "partialRefund");
    assert_eq!(released.refund(&[]).ok()["status"], "reserve released");
    assert_eq!(chosen.refund(&[]).ok()["status"], "refunded");
    waiting.buyer().tell_the_bank("accept");
    assert_eq!(waiting.now()["status"], "paid");
    // The open page stays and offers no saving; the cards are gone.
    assert!(!open.buyer().open().expect(200).text().contains("name=\"save\""));
    assert!(open.buyer().choose(&card).expect(422).text().contains("no longer saved"));
    open.buyer().pay_and_save(APPROVED, "12/99");
    assert_eq!(open.now()["status"], "paid");
    // So is the stored answer, and not that the money moved: the key tells of the payment as it is.
    assert_eq!(shop.post_once("k", "/checkout/create", &body).ok(), automatic.now());
    kassa.is_healthy();
}

/// What stands in a column.
fn stored(kassa: &Server, place: &str) -> Vec<Vec<u8>> {
    let found = kassa.cells().into_iter().filter(|cell| cell.place == place);
    found.map(|cell| cell.bytes).collect()
}

/// How many of the texts are somewhere in the files of the data folder.
fn in_files(kassa: &Server, texts: &[Vec<u8>]) -> usize {
    let files = std::fs::read_dir(kassa.data()).expect("a folder");
    let files: Vec<Vec<u8>> =
        files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a file")).collect();
    let is_there =
        |text: &&Vec<u8>| files.iter().any(|file| file.windows(text.len()).any(|part| part == *text));
    texts.iter().filter(is_there).count()
}

#[test]
fn a_removed_card_leaves_nothing_in_the_files_of_sqlite() {
    let kassa = Server::start(Engine::Sqlite);
    let shop = Client::fresh(&kassa);
    let (ada, grace) = (shop.person(), shop.person());
    let [card, _] = [APPROVED, MASTERCARD].map(|number| ada.add(number));
    grace.add(MASTERCARD);
    let (sealed, codes) = (stored(&kassa, "instruments.sealed"), stored(&kassa, "fingerprints.code"));
    let count = || (in_files(&kassa, &sealed), in_files(&kassa, &codes));
    assert_eq!(count(), (3, 2), "this test looks in the wrong place");
    ada.wallet().below(&format!("/cards/{card}/remove")).post("").expect(303);
    eventually(ERASED, "the removed card is erased", || (count() == (2, 1)).then_some(()));
    kassa.checks_out();
}

#[test]
fn a_deleted_customer_leaves_no_card_in_the_files_of_sqlite() {
    let kassa = Server::start(Engine::Sqlite);
    let shop = Client::fresh(&kassa);
    let fields = [
        ("first_name", json!("Zebulon")),
        ("last_name", json!("Quixote")),
        ("email", json!("zq@example.net")),
        ("metaData", json!({ "fortytwo": "xylophones" })),
    ];
    let made = shop.post_once("k", "/checkout/create-customer", &with(customer(), &fields)).ok();
    let (id, other) = (made["customer_id"].as_str().expect("an id").to_owned(), shop.person());
    let wallet =
        kassa_tests::drivers::buyer::Buyer::new(shop.agent(), made["client_page"].as_str().expect("a link"));
    for number in [APPROVED, MASTERCARD] {
        wallet.add_card(number, "12/99").expect(303);
    }
    // One that still waits for its payment, one that was charged with a key, and one of somebody who stays.
    let waiting = shop.create_with(&[("customer_id", json!(id))]);
    waiting.buyer().pay_and_save(CHALLENGED, "12/99");
    let cards = shop.retrieve_customer(&id).ok()["savedCards"].clone();
    let charge = [("customer_id", json!(id)), ("card_id", cards[0]["card_id"].clone())];
    let body = with(kassa_tests::drivers::neuro_pay::checkout(), &charge);
    shop.post_once("charge", "/checkout/create", &body).expect(200);
    let kept = other.add("378282246310005");
    let (sealed, codes) = (stored(&kassa, "instruments.sealed"), stored(&kassa, "fingerprints.code"));
    assert_eq!((sealed.len(), codes.len(), stored(&kassa, "idempotency_keys.reply").len()), (4, 4, 2));
    let count = |texts: &[Vec<u8>]| in_files(&kassa, texts);
    let personal: Vec<Vec<u8>> = ["Zebulon", "Quixote", "zq@example.net", "xylophones", "fortytwo"]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .chain(stored(&kassa, "idempotency_keys.reply"))
        .collect();
    assert_eq!(
        (count(&sealed), count(&codes), count(&personal)),
        (4, 4, 7),
        "this test looks in the wrong place"
    );
    shop.delete_customer(&id).expect(200);
    eventually(ERASED, "the customer is erased", || {
        (count(&personal) == 0 && count(&sealed) == 1 && count(&codes) == 1).then_some(())
    });
    assert_eq!(other.charge(&kept, &[]).ok()["status"], "paid");
    waiting.buyer().tell_the_bank("accept");
    assert_eq!(waiting.now()["status"], "paid");
    kassa.checks_out();
}

/// Every command that needs the keys, with a wrong and with a missing root key.
#[test]
fn without_its_root_key_every_command_fails_and_changes_no_byte() {
    let mut kassa = Server::start(Engine::Sqlite);
    let merchant = kassa.merchant();
    let shop = Client::new(&kassa, &merchant);
    let checkout = shop.create();
    let id = kassa.command(&["key", "list", "--json"]).done().lines()[0]["id"].to_string();
    kassa.stop();
    let file = kassa.data().join("kassa.db");
    let key = kassa.data().join("root.key");
    let before = std::fs::read(&file).expect("the database");
    let commands: [&[&str]; 12] = [
        &["serve", "--listen", "127.0.0.1:0"],
        &["demo", "--listen", "127.0.0.1:0"],
        &["merchant", "create", "--name", "Intruder", "--mode", "test", "--json"],
        &["merchant", "list"],
        &["merchant", "set", &merchant.name, "--save-cards", "off"],
        &["key", "list"],
        &["key", "create", "--merchant", &merchant.name, "--mode", "test", "--api", "neuro-pay"],
        &["key", "roll", &id, "--overlap", "1"],
        &["key", "revoke", &id],
        &["checkout", "revoke", &checkout.id],
        &["customers", "renew-link", "1001"],
        &["doctor"],
    ];
    let refuse = |why: &str, words: &str, variable: Option<&str>| {
        for arguments in commands {
            let output = kassa.command_with(|command| {
                command.args(arguments).envs(variable.map(|key| ("KASSA_ROOT_KEY", key)));
            });
            let output = output.failed(1);
            let said = format!("{}{}", output.stdout, output.stderr);
            assert!(said.contains(words), "{why}, {arguments:?}: {said}");
            assert!(
                !said.contains("panicked") && variable.is_none_or(|key| !said.contains(key)),
                "{why}: {said}"
            );
            assert!(
                std::fs::read(&file).expect("the database") == before,
                "{why}: {arguments:?} wrote something"
            );
        }
    };
    let wrong = "0123456789abcdef".repeat(4);
    refuse("a wrong key", "root key", Some(&wrong));
    let text = std::fs::read_to_string(&key).expect("a key is text");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o604)).expect("it is ours");
    refuse("a key that others can read", "chmod 600", None);
    std::fs::remove_file(&key).expect("the key is there");
    refuse("a missing key", "root key", None);
    assert!(!key.exists(), "a new key was made");
    for torn in ["", "42", &text[..63], &"g".repeat(64)] {
        std::fs::write(&key, torn).expect("a file");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
        refuse("a torn key", "root key", None);
    }
    std::fs::write(&key, text).expect("a file");
    kassa.start_stopped();
    let shop = Client::with_key(&kassa, shop.key());
    assert_eq!(shop.post("/checkout/retrieve", &checkout.body(&[])).ok()["status"], "created");
}
