//! The shops of `examples/shop`, run as their README says, with a buyer in front of them.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kassa_tests::drivers::buyer::{APPROVED, Buyer, DECLINED};
use kassa_tests::http::{Answer, get, send};
use kassa_tests::{Engine, Server, node, on_one_engine, python};
use ureq::Agent;
use ureq::http::Request;

on_one_engine!(
    the_shop_in_python_sells_ships_and_gives_back,
    the_shop_in_node_sells_ships_and_gives_back,
    a_shop_says_that_there_is_no_server_and_that_the_key_is_wrong,
);

fn the_shop_in_python_sells_ships_and_gives_back(engine: Engine) {
    sells_ships_and_gives_back(engine, Command::new("python3"), "shop.py");
}

fn the_shop_in_node_sells_ships_and_gives_back(engine: Engine) {
    sells_ships_and_gives_back(engine, node::command(), "shop.mjs");
}

#[test]
fn a_shop_says_what_is_missing_and_which_port_is_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    for (mut command, file) in [(Command::new("python3"), "shop.py"), (node::command(), "shop.mjs")] {
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop").join(file));
        let command = python::direct(&mut command).env_remove("NEURO_PAY_URL").env("SHOP_PORT", &port);
        let mut said = |words: &str| {
            let output = command.output().expect("the program can be started");
            let text = String::from_utf8(output.stderr).expect("UTF-8");
            assert!(
                !output.status.success() && text.starts_with(words) && text.lines().count() == 1,
                "{text}"
            );
            command.env("NEURO_PAY_URL", "http://127.0.0.1:9").env("NEURO_PAY_API_KEY", "nobody's");
        };
        said("Set NEURO_PAY_URL and NEURO_PAY_API_KEY: ");
        said(&format!("Cannot listen on port {port}: "));
    }
}

fn a_shop_says_that_there_is_no_server_and_that_the_key_is_wrong(engine: Engine) {
    let kassa = Server::shared(engine);
    let nowhere = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let nowhere = format!("http://{nowhere}/neuro-pay");
    let there = format!("{}/neuro-pay", kassa.url());
    for (url, words) in [
        (&nowhere, format!("Is `kassa serve` running at {nowhere}? NEURO_PAY_URL says")),
        (&there, "NEURO_PAY_API_KEY is no key of this server".to_owned()),
        (&kassa.url().to_owned(), "Is NEURO_PAY_URL the whole base URL".to_owned()),
    ] {
        for (mut command, file) in [(Command::new("python3"), "shop.py"), (node::command(), "shop.mjs")] {
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop").join(file));
            command.env("NEURO_PAY_URL", url).env("NEURO_PAY_API_KEY", "nobodys").stderr(Stdio::piped());
            let agent = kassa.agent();
            let mut shop = Shop::open(&agent, &mut command);
            let page = shop.post("/buy").expect(502);
            assert!(page.text().contains("Payments do not work at the moment"), "{file}: {}", page.text());
            let said = shop.program.stderr.take().expect("it was piped");
            let lines: Vec<String> = BufReader::new(said).lines().take(2).map_while(Result::ok).collect();
            assert!(lines[0].starts_with("/checkout/create-customer: "), "{file}: {lines:?}");
            assert!(lines[1].starts_with(&words), "{file}: {lines:?}");
        }
    }
}

fn sells_ships_and_gives_back(engine: Engine, mut command: Command, file: &str) {
    let kassa = Server::shared(engine);
    let made = kassa.merchant().made["neuro_pay"].clone();
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop").join(file));
    command.env("NEURO_PAY_URL", made["base_url"].as_str().expect("a text"));
    command.env("NEURO_PAY_API_KEY", made["api_key"].as_str().expect("a text"));
    let agent = kassa.agent();
    let shop = Shop::open(&agent, &mut command);

    // The buyer pays and comes back.
    let (order, buyer) = shop.buys();
    assert_eq!(shop.status_of(&order), "created");
    buyer.pay(APPROVED);
    let page = buyer.open().expect(200);
    let back = page.header("refresh").and_then(|header| header.strip_prefix("4; url=")).expect("a way back");
    assert!(get(&agent, &shop.address).expect(200).text().contains("<link rel="), "it has an icon");
    let thanks = get(&agent, back).expect(200);
    assert!(thanks.text().contains(&format!("Thank you. Order {order} is paid for.")), "{}", thanks.text());
    shop.post(&format!("/orders/{order}/ship")).expect(303);
    assert_eq!(shop.status_of(&order), "paid");
    shop.post(&format!("/orders/{order}/refund")).expect(303);
    assert_eq!(shop.status_of(&order), "refunded");

    // One pays and does not come back, and another one's card is declined.
    let (order, buyer) = shop.buys();
    buyer.pay(DECLINED);
    assert_eq!(shop.status_of(&order), "failed");
    buyer.pay(APPROVED);
    assert_eq!(shop.status_of(&order), "reserved");
    shop.post(&format!("/orders/{order}/refund")).expect(303);
    assert_eq!(shop.status_of(&order), "reserve released");

    // Whoever types the address of the page has not paid.
    get(&agent, &format!("{}/thanks?checkout=0190a1b2c3d44e5f8a6b7c8d9e0f1a2b", shop.address)).expect(404);
    let (order, buyer) = shop.buys();
    buyer.cancel();
    let page = buyer.open().expect(200);
    assert_eq!(page.header("refresh"), Some(format!("4; url={}/", shop.address).as_str()));
    assert_eq!(shop.status_of(&order), "canceled");
    kassa.is_healthy();
}

/// A shop that is open until it is dropped.
struct Shop<'a> {
    agent: &'a Agent,
    program: Child,
    address: String,
}

impl<'a> Shop<'a> {
    fn open(agent: &'a Agent, command: &mut Command) -> Self {
        let command = python::direct(command).env("SHOP_PORT", "0").stdout(Stdio::piped());
        let mut program = command.spawn().expect("the program can be started");
        let mut line = String::new();
        let output = program.stdout.take().expect("its output is ours");
        BufReader::new(output).read_line(&mut line).expect("it says a line");
        let address = line.trim().strip_prefix("The shop is open at ");
        let address = address.unwrap_or_else(|| panic!("it says {line:?}")).to_owned();
        Self { agent, program, address }
    }

    fn post(&self, path: &str) -> Answer {
        let form = "first_name=Grace&last_name=Hopper&email=grace%40example.com";
        let request = Request::post(format!("{}{path}", self.address))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned())
            .expect("a request");
        send(self.agent, request).expect("an answer")
    }

    /// Buys: the number of the newest order, and the buyer in front of Kassa's page.
    fn buys(&self) -> (String, Buyer<'a>) {
        let answer = self.post("/buy").expect(303);
        let page = answer.header("location").expect("a place to go to").to_owned();
        let (order, _) = self.orders().pop().expect("an order");
        (order, Buyer::new(self.agent, page))
    }

    /// The orders on the shop's own page, the newest last, each with its status.
    fn orders(&self) -> Vec<(String, String)> {
        let page = get(self.agent, &self.address).expect(200);
        let rows = page.text().split("<tr><td>").skip(1);
        let cells = rows.map(|row| {
            let mut cells = row.split("<td>");
            let mut next = || cells.next().expect("a cell").to_owned();
            (next(), next())
        });
        cells.collect()
    }

    fn status_of(&self, order: &str) -> String {
        let found = self.orders().into_iter().find(|(number, _)| number == order);
        found.expect("the order is in the list").1
    }
}

impl Drop for Shop<'_> {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
