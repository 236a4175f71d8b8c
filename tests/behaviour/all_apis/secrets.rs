//! Nothing secret is where it should not be: the reliability study's T10. One story uses card numbers, security codes
//! and credentials that nobody else has, in every right and wrong place, with logs at their loudest; then everything
//! that the server wrote is searched for them.

use std::collections::BTreeSet;

use kassa_tests::drivers::buyer::Buyer;
use kassa_tests::drivers::neuro_pay::{Client, checkout, customer, with};
use kassa_tests::http::Answer;
use kassa_tests::{Engine, Hit, Random, Search, Server, Setup, on_each_engine, raw};
use serde_json::json;

on_each_engine!(no_card_number_code_or_credential_is_in_the_database_the_files_or_the_logs);

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

/// What the story uses and nothing may keep.
struct Secrets {
    random: Random,
    numbers: Vec<String>,
    codes: BTreeSet<String>,
    credentials: Vec<String>,
}

impl Secrets {
    fn all(&self) -> impl Iterator<Item = &String> {
        self.numbers.iter().chain(&self.credentials)
    }

    /// A card number that nobody has had, and passes Luhn.
    fn number(&mut self, beginning: &str, length: usize) -> String {
        let mut digits = beginning.to_owned();
        while digits.len() < length - 1 {
            digits.push(char::from(b'0' + u8::try_from(self.random.below(10)).expect("a digit")));
        }
        let fits = |last: &char| {
            let whole = format!("{digits}{last}");
            let doubled = whole.bytes().rev().enumerate().map(|(place, digit)| {
                let value = u32::from(digit - b'0') << (place % 2);
                if value > 9 { value - 9 } else { value }
            });
            doubled.sum::<u32>() % 10 == 0
        };
        let last = ('0'..='9').find(fits).expect("one of ten fits");
        // Its last four digits are kept, and so they are nobody's code.
        if self.codes.contains(&format!("{}{last}", &digits[length - 4..])) {
            return self.number(beginning, length);
        }
        self.numbers.push(format!("{digits}{last}"));
        format!("{digits}{last}")
    }

    fn visa(&mut self) -> String {
        self.number("4929", 16)
    }

    /// An American Express card with its code of four digits, as the fields of a form.
    fn amex(&mut self) -> String {
        let number = self.number("3791", 15);
        let mut code = (7_000 + self.random.below(3_000)).to_string();
        while self.numbers.iter().any(|number| number.ends_with(&code)) {
            code = (7_000 + self.random.below(3_000)).to_string();
        }
        self.codes.insert(code.clone());
        format!("number={number}&expiry=12/99&code={code}")
    }
}

/// The story and everything that was heard in it.
struct Story<'a> {
    kassa: &'a Server,
    heard: Vec<(String, Answer)>,
}

impl Story<'_> {
    fn hear(&mut self, what: &str, answer: Answer) -> Answer {
        self.heard.push((what.to_owned(), answer.clone()));
        answer
    }

    /// Sends anything anywhere; the answer may be whatever it is, but no fault of ours.
    fn tell(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) {
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = raw::request(method, path, &headers, body.as_bytes());
        if let Some(answer) = raw::exchange(self.kassa.address(), &request) {
            assert!(answer.status < 500, "{method} {path}: {}", answer.status);
            let text = format!("{:?}\n{}", answer.headers, String::from_utf8_lossy(&answer.body));
            let mut heard =
                kassa_tests::http::get(&self.kassa.agent(), &format!("{}/livez", self.kassa.url()));
            heard.body = text.into_bytes();
            self.heard.push((format!("{method} {path}"), heard));
        }
    }
}

/// Buyers and customers who do everything right, and some typing errors.
fn pay_and_save(story: &mut Story<'_>, shop: &Client, secrets: &mut Secrets) {
    let ada = shop.person();
    let beginnings = ["4929", "4916", "5412", "2233", "6011", "3688", "3538", "6250", "6759"];
    for (beginning, length) in beginnings.into_iter().zip([16, 19, 16, 16, 16, 14, 16, 18, 12]) {
        let number = secrets.number(beginning, length);
        let checkout = ada.checkout(&[("capture", json!(length % 2 == 0))]);
        let form = checkout.buyer().form();
        // First with errors in the other fields, then right; sent twice as by Back.
        for fields in
            ["expiry=12/20&code=", "expiry=soon&code=12345", "expiry=12/99&code=321", "expiry=12/99&code=321"]
        {
            let answer = checkout.buyer().post(&format!("form={form}&number={number}&save=yes&{fields}"));
            story.hear("a page with a card", answer);
        }
        story.hear("the result", checkout.buyer().open().expect(200));
        story.hear("the checkout", checkout.post("/checkout/retrieve", &[]).expect(200));
    }
    let amex = secrets.amex();
    let checkout = ada.checkout(&[]);
    let form = checkout.buyer().form();
    story.hear(
        "a code of four digits",
        checkout.buyer().post(&format!("form={form}&save=yes&{amex}")).expect(303),
    );
    let amex = secrets.amex();
    let add = ada.wallet().below("/add");
    story.hear("a card added", add.post(&amex).expect(303));
    story.hear("a card updated", add.post(&amex.replace("12/99", "11/98")).expect(303));
    story.hear("a card with an error", add.post(&amex.replace("12/99", "1/1")).expect(422));
    let cards = ada.cards();
    assert_eq!(cards.len(), 11, "the vault holds every card of the story");
    for (place, card) in cards.iter().enumerate() {
        let id = card["card_id"].as_str().expect("an id");
        let body = ada.charge_body(id, &[]);
        let paid =
            story.hear("a charge", shop.post_once(&format!("k{place}"), "/checkout/create", &body)).ok();
        story.hear("its replay", shop.post_once(&format!("k{place}"), "/checkout/create", &body).expect(200));
        story.hear("a refund", shop.known(&paid).refund(&[("amount", json!(100))]).expect(200));
        let chosen = ada.checkout(&[]);
        story.hear("a saved card chosen", chosen.buyer().choose(id).expect(303));
    }
    let removed = cards[1]["card_id"].as_str().expect("an id");
    let page = ada.wallet().below(&format!("/cards/{removed}/remove"));
    story.hear("a question", page.open().expect(200));
    story.hear("a removal", page.post("").expect(303));
    for path in ["", "/add", "/data"] {
        story.hear("the customer page", ada.wallet().below(path).open().expect(200));
    }
    story.hear("the customer", shop.retrieve_customer(&ada.id).expect(200));
    let gone = shop.person();
    gone.checkout(&[])
        .buyer()
        .post(&format!("form={}&save=yes&{}", "ab".repeat(16), secrets.amex()))
        .expect(303);
    story.hear("a deletion", shop.delete_customer(&gone.id).expect(200));
}

/// Card numbers where none belongs, on the pages.
fn confuse_the_pages(story: &mut Story<'_>, shop: &Client, secrets: &mut Secrets) {
    let (ada, form) = (shop.person(), "cd".repeat(16));
    let page = ada.checkout(&[]);
    for path in ["", "/cancel", "/another", "/bank"] {
        for body in [
            "code={}",
            "expiry={}",
            "card={}",
            "save={}",
            "answer={}",
            "x={}",
            "{}",
            "number=%ff{}",
            "number={}&number={}",
        ] {
            let body = body.replace("{}", &secrets.visa());
            story.hear("a confused form", page.buyer().below(path).post(&format!("form={form}&{body}")));
        }
    }
    let wallet = ada.wallet();
    for body in ["number={}&expiry=&code={}", "code={}", "expiry={}", "x={}", "{}", "number=%ff{}"] {
        story.hear("a confused form", wallet.below("/add").post(&body.replace("{}", &secrets.visa())));
    }
    for (place, buyer) in [("a checkout", page.buyer()), ("a customer page", wallet)] {
        let number = secrets.visa();
        let query = format!("?number={number}&done={number}");
        story.hear(place, buyer.below(&query).open());
        for path in
            [format!("/{number}"), format!("/cards/{number}/remove"), format!("/{}%20x", secrets.visa())]
        {
            story.hear(place, buyer.below(&path).open());
            story.hear(place, buyer.below(&path).post(""));
        }
        let path = buyer.link().strip_prefix(story.kassa.url()).expect("its own page").to_owned();
        let (number, form) = (secrets.visa(), "application/x-www-form-urlencoded");
        let card = format!("number={number}&expiry=12/99&code=123");
        story.tell("PUT", &path, &[("content-type", form)], &card);
        story.tell(
            "POST",
            &path,
            &[("content-type", "application/json")],
            &json!({ "number": number }).to_string(),
        );
        story.tell("POST", &path, &[("content-type", form)], &format!("{card}&x={}", "x".repeat(70_000)));
        story.tell(
            "GET",
            &format!("/c/{number}"),
            &[("referer", &number), ("cookie", &number), (&number, "x")],
            "",
        );
        story.tell("GET", &format!("/{number}/{number}?{number}"), &[("user-agent", &number)], "");
        story.tell(&number, "/c/x", &[], "");
        story.tell("GET", &path, &[("x-forwarded-for", &number), ("accept-language", &number)], "");
    }
    assert_eq!(page.now()["status"], "canceled");
}

/// Card numbers where none belongs, in the API.
fn confuse_the_api(story: &mut Story<'_>, shop: &Client, secrets: &mut Secrets) {
    let paid = shop.create();
    paid.buyer().post(&format!("form={}&{}", "ef".repeat(16), secrets.amex())).expect(303);
    let mut bodies = Vec::new();
    for field in
        ["message", "currency", "template", "customer_id", "card_id", "amount", "capture", "allowSaveCard"]
    {
        bodies.push(("/checkout/create", with(checkout(), &[(field, json!(secrets.visa()))])));
    }
    for field in ["first_name", "last_name", "email"] {
        bodies.push(("/checkout/create-customer", with(customer(), &[(field, json!(secrets.visa()))])));
    }
    for field in ["amount", "reason", "refundDetails"] {
        bodies.push(("/checkout/refund", paid.body(&[(field, json!(secrets.visa()))])));
    }
    for path in ["/checkout/retrieve", "/checkout/capture", "/checkout/delete"] {
        bodies.push((path, json!({ "checkout_id": secrets.visa() })));
    }
    let (key, value, nested) = (secrets.visa(), secrets.visa(), secrets.visa());
    for metadata in
        [json!({ key: "x" }), json!({ "x": value }), json!({ "x": [{ "y": format!("card {nested}.") }] })]
    {
        bodies.push(("/checkout/create", with(checkout(), &[("metaData", metadata.clone())])));
        bodies.push(("/checkout/create-customer", with(customer(), &[("metaData", metadata.clone())])));
        bodies.push(("/checkout/update", paid.body(&[("metaData", metadata)])));
    }
    let spaced = secrets.visa();
    let spaced = format!("{} {}-{} {}", &spaced[..4], &spaced[4..8], &spaced[8..12], &spaced[12..]);
    bodies.push(("/checkout/create", with(checkout(), &[("message", json!(spaced))])));
    bodies.push((
        "/checkout/create",
        with(checkout(), &[("paymentMethods", json!([{ "brands": secrets.visa() }]))]),
    ));
    // Fields that nobody knows are ignored, with a key or without.
    bodies.push((
        "/checkout/create",
        with(checkout(), &[("number", json!(secrets.visa())), ("cvc", json!("7341"))]),
    ));
    secrets.codes.insert("7341".to_owned());
    for (place, (path, body)) in bodies.iter().enumerate() {
        story.hear(path, shop.post(path, body));
        story.hear(path, shop.post_once(&format!("confused-{place}"), path, body));
    }
    for torn in [
        "{{\"number\":\"{}\"",
        "[{}]",
        "{}",
        "{{\"{}\":1,\"{}\":2}}",
        "{{\"amount\":{}}}",
        "\u{feff}{}",
        "\"{}",
    ] {
        let torn = torn.replace("{{", "{").replace("}}", "}").replace("{}", &secrets.visa());
        story.hear("a torn body", shop.send("/checkout/create", torn.as_bytes()));
    }
    let number = secrets.visa();
    let with_number = |name: &str| shop.try_send("/checkout/retrieve", &[(name, &number)], b"{}");
    for name in ["x-card", "cookie", "referer", "user-agent", "x-request-id", "traceparent", "accept"] {
        story.hear(name, with_number(name).expect("an answer"));
    }
    story.hear("a path", shop.post(&format!("/checkout/{number}"), &json!({})));
    story.hear("a query", shop.post(&format!("/checkout/retrieve?number={number}"), &json!({})));
    story.hear(
        "a number for a key",
        Client::with_key(story.kassa, &number).post("/checkout/create", &checkout()),
    );
    story.hear("a key in a body", shop.post("/checkout/create", &json!({ "api_key": shop.key() })));
    story.hear(
        "half a key",
        Client::with_key(story.kassa, &shop.key()[..31]).post("/checkout/create", &checkout()),
    );
}

/// Searches what the server has written so far.
fn search(kassa: &Server, secrets: &Secrets, said: &str) {
    let mut places: Vec<(String, Vec<u8>)> = vec![
        ("the log".to_owned(), kassa.log().into_bytes()),
        ("what commands said".to_owned(), said.into()),
    ];
    for file in std::fs::read_dir(kassa.data()).expect("a folder") {
        let path = file.expect("an entry").path();
        places.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
    }
    let cells = kassa.cells();
    assert!(cells.len() > 500, "the database was read");
    // A separator that is in no form of any secret.
    let all: Vec<u8> = cells.iter().flat_map(|cell| cell.bytes.iter().copied().chain(*b"\n\0\n")).collect();
    places.push(("the tables".to_owned(), all));
    let wanted = Search::new(secrets.all());
    for (place, bytes) in &places {
        if let Some(Hit { secret, form, .. }) = wanted.find(bytes) {
            let cell = cells.iter().find(|cell| holds(&cell.bytes, form)).map(|cell| &cell.place);
            panic!("{secret} is in {place}, {cell:?}, as {:?}", String::from_utf8_lossy(form));
        }
    }
    for code in &secrets.codes {
        let cell = cells.iter().find(|cell| cell.bytes == code.as_bytes());
        assert!(cell.is_none(), "the code {code} is in {}", cell.expect("it was found").place);
        for quoted in
            [format!("\"{code}\""), format!("={code}&"), format!("code={code}"), format!("code: {code}")]
        {
            assert!(
                places.iter().all(|(_, bytes)| !holds(bytes, quoted.as_bytes())),
                "{quoted} is somewhere"
            );
        }
    }
}

fn no_card_number_code_or_credential_is_in_the_database_the_files_or_the_logs(engine: Engine) {
    let mut kassa = Setup::new(engine).argument("--log-level").argument("trace").start();
    let mut secrets = Secrets {
        random: Random::new(),
        numbers: Vec::new(),
        codes: BTreeSet::new(),
        credentials: Vec::new(),
    };
    let merchant = kassa.merchant();
    for (api, name) in [
        ("neuro_pay", "api_key"),
        ("neopay", "token"),
        ("neropay", "secret_key"),
        ("checkout_com", "secret_key"),
        ("checkout_com", "oauth_client_secret"),
    ] {
        secrets.credentials.extend(merchant.made[api][name].as_str().map(str::to_owned));
    }
    // Each made here is shown once, by its own command.
    let create =
        ["key", "create", "--merchant", &merchant.name, "--mode", "test", "--api", "neuro-pay", "--json"];
    let second = kassa.command(&create).done().json();
    secrets.credentials.extend(second["api_key"].as_str().map(str::to_owned));
    let id = kassa.command(&["key", "list", "--json"]).done().lines().pop().expect("a key")["id"].to_string();
    let rolled = kassa.command(&["key", "roll", &id, "--overlap", "1", "--json"]).done().json();
    secrets.credentials.extend(rolled["api_key"].as_str().map(str::to_owned));
    assert!(secrets.credentials.len() >= 3, "{second} {rolled}");
    let shop = Client::new(&kassa, &merchant);
    let mut story = Story { kassa: &kassa, heard: Vec::new() };
    pay_and_save(&mut story, &shop, &mut secrets);
    confuse_the_pages(&mut story, &shop, &mut secrets);
    confuse_the_api(&mut story, &shop, &mut secrets);
    for key in secrets.credentials.clone() {
        let answer = Client::with_key(&kassa, &key).post("/checkout/create", &checkout());
        story.hear("another key", answer);
    }
    let wanted = Search::new(secrets.all());
    let mut told: Vec<(&String, String)> = Vec::new();
    for (what, answer) in &story.heard {
        let text = format!("{:?}\n{}", answer.headers, String::from_utf8_lossy(&answer.body));
        assert!(answer.status < 500, "{what}: {text}");
        if let Some(Hit { secret, .. }) = wanted.find(text.as_bytes()) {
            let (before, _) = text.split_once(secret).unwrap_or((&text, ""));
            told.push((
                what,
                before.chars().skip(before.chars().count().saturating_sub(80)).collect::<String>(),
            ));
        }
    }
    let mut said = String::new();
    for command in
        [&["key", "list"][..], &["merchant", "list"], &["doctor"], &["db", "check"], &["config", "show"]]
    {
        for arguments in [command.to_vec(), [command, &["--json", "--log-level", "trace"]].concat()] {
            let output = kassa.command(&arguments).done();
            said.push_str(&output.stdout);
            said.push_str(&output.stderr);
        }
    }
    // While it runs the log of the engine is there, after kill -9 it is as the crash left it, after a stop it is gone.
    search(&kassa, &secrets, &said);
    kassa.is_healthy();
    kassa.kill();
    search(&kassa, &secrets, &said);
    kassa.start_stopped();
    let client = Client::with_key(&kassa, shop.key());
    let agent = kassa.agent();
    let page = client.create();
    Buyer::new(&agent, &page.page).post(&format!("form={}&{}", "ab".repeat(16), secrets.amex())).expect(303);
    assert_eq!(kassa.stop().code(), Some(0));
    search(&kassa, &secrets, &said);
    assert!(told.is_empty(), "answers repeat what is secret: {told:#?}");
    let root = std::fs::read_to_string(kassa.data().join("root.key")).expect("the key");
    assert!(!kassa.log().contains(root.trim()), "the root key is in the log");
}
