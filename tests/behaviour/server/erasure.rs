//! What was erased leaves the files of SQLite, whatever becomes of the process and whoever reads meanwhile.

use std::time::{Duration, Instant};

use kassa_tests::drivers::neuro_pay::{Client, customer, with};
use kassa_tests::{Cell, ERASED, Engine, Server, eventually};
use serde_json::json;

/// How long a write may take while somebody reads.
const UNDISTURBED: Duration = Duration::from_secs(4);

const NAMES: [&str; 3] = ["Zebulon", "Quixote", "zq@example.net"];

/// The numbers and personal data of one customer, which stand in the files until they are erased.
struct Person {
    id: String,
    traces: Vec<Vec<u8>>,
}

impl Person {
    /// Makes one with a saved card, after another was erased: the first erasure empties the log at once, and what is
    /// erased next waits for its turn.
    fn new(kassa: &Server, shop: &Client) -> Self {
        let fields = ["first_name", "last_name", "email"].into_iter().zip(NAMES.map(|name| json!(name)));
        let made =
            shop.post("/checkout/create-customer", &with(customer(), &fields.collect::<Vec<_>>())).ok();
        let wallet = kassa_tests::drivers::buyer::Buyer::new(
            shop.agent(),
            made["client_page"].as_str().expect("a link"),
        );
        wallet.add_card("4242424242424242", "12/99").expect(303);
        // A card that was deleted a moment ago has an empty one.
        let is_sealed = |cell: &Cell| cell.place == "instruments.sealed" && !cell.bytes.is_empty();
        let sealed = kassa.cells().into_iter().filter(is_sealed);
        let mut traces: Vec<Vec<u8>> = sealed.map(|cell| cell.bytes).collect();
        assert_eq!(traces.len(), 1, "one card is saved");
        traces.extend(NAMES.map(|name| name.as_bytes().to_vec()));
        let person = Self { id: made["customer_id"].as_str().expect("an id").to_owned(), traces };
        assert_eq!(person.in_files(kassa), 4, "this test looks in the wrong place");
        person
    }

    /// How much of it is somewhere in the files of the data folder.
    fn in_files(&self, kassa: &Server) -> usize {
        let files = std::fs::read_dir(kassa.data()).expect("a folder");
        let files: Vec<Vec<u8>> =
            files.map(|file| std::fs::read(file.expect("an entry").path()).expect("a file")).collect();
        let is_there =
            |text: &&Vec<u8>| files.iter().any(|file| file.windows(text.len()).any(|part| part == *text));
        self.traces.iter().filter(is_there).count()
    }

    #[track_caller]
    fn leaves(&self, kassa: &Server) {
        eventually(ERASED, "the files hold no trace", || (self.in_files(kassa) == 0).then_some(()));
    }
}

/// A shop that has just erased somebody, so that the log was emptied a moment ago.
fn shop_that_erased(kassa: &Server) -> Client {
    let shop = Client::fresh(kassa);
    let person = Person::new(kassa, &shop);
    shop.delete_customer(&person.id).expect(200);
    person.leaves(kassa);
    shop
}

#[test]
fn what_is_erased_is_out_of_the_files_when_the_server_was_stopped() {
    let mut kassa = Server::start(Engine::Sqlite);
    let shop = shop_that_erased(&kassa);
    let person = Person::new(&kassa, &shop);
    shop.delete_customer(&person.id).expect(200);
    assert_eq!(kassa.stop().code(), Some(0), "{}", kassa.log());
    assert_eq!(person.in_files(&kassa), 0, "it was stopped, and what was erased is still there");
}

#[test]
fn what_is_erased_leaves_the_files_when_the_server_was_killed_and_starts_again() {
    let mut kassa = Server::start(Engine::Sqlite);
    let shop = shop_that_erased(&kassa);
    let person = Person::new(&kassa, &shop);
    shop.delete_customer(&person.id).expect(200);
    kassa.kill();
    assert!(person.in_files(&kassa) > 0, "it was out before the kill, so this test shows nothing");
    kassa.start_stopped();
    person.leaves(&kassa);
    kassa.checks_out();
    kassa.is_healthy();
}

#[test]
fn who_reads_the_database_holds_up_no_write_and_the_erasure_only_as_long_as_it_reads() {
    let kassa = Server::start(Engine::Sqlite);
    let shop = Client::fresh(&kassa);
    let person = Person::new(&kassa, &shop);
    // A copy, or a check, that takes its time.
    let reader = rusqlite::Connection::open(kassa.data().join("kassa.db")).expect("the file opens");
    reader.execute_batch("begin").expect("it begins");
    let count: i64 =
        reader.query_row("select count(*) from customers", [], |row| row.get(0)).expect("it reads");
    assert_eq!(count, 1);
    shop.delete_customer(&person.id).expect(200);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        let asked = Instant::now();
        shop.post("/checkout/create-customer", &customer()).expect(200);
        assert!(asked.elapsed() < UNDISTURBED, "a write took {:?}", asked.elapsed());
    }
    assert!(person.in_files(&kassa) > 0, "the reader held nothing back, so this test shows nothing");
    reader.execute_batch("commit").expect("it ends");
    person.leaves(&kassa);
    kassa.checks_out();
    kassa.is_healthy();
}

#[test]
fn what_another_process_keeps_in_the_files_at_the_end_is_said() {
    const SAID: &str = "erased data may still be in the database's files";
    let mut kassa = Server::start(Engine::Sqlite);
    let shop = Client::fresh(&kassa);
    let person = Person::new(&kassa, &shop);
    let reader = rusqlite::Connection::open(kassa.data().join("kassa.db")).expect("the file opens");
    reader.execute_batch("begin; select count(*) from customers").expect("it reads");
    shop.delete_customer(&person.id).expect(200);
    assert_eq!(kassa.stop().code(), Some(0), "{}", kassa.log());
    assert!(person.in_files(&kassa) > 0, "the reader held nothing back, so this test shows nothing");
    let log = kassa.log();
    let line =
        log.lines().find(|line| line.contains(SAID)).unwrap_or_else(|| panic!("it is not said: {log}"));
    assert!(line.contains("WARN") && line.contains("another process reads"), "{line}");
    drop(reader);
    kassa.start_stopped();
    person.leaves(&kassa);
    assert_eq!(kassa.stop().code(), Some(0));
    assert_eq!(kassa.log().matches(SAID).count(), 1, "{}", kassa.log());
}

#[test]
fn whom_the_index_of_the_search_could_not_forget_is_said_at_the_end() {
    const SAID: &str = "the index of the search still knows of customers who were deleted";
    let mut kassa = Server::start(Engine::Sqlite);
    let shop = Client::fresh(&kassa);
    let made = shop.create_customer();
    // A segment that cannot be had: there is no number after this version.
    let file = rusqlite::Connection::open(kassa.data().join("kassa.db")).expect("the file opens");
    let segment = "insert into customer_segments (first, last, merchant, mode, customers, version, held_until, is_whole)
        select id, id, merchant, mode, x'00000000', 9223372036854775807, 0, 1 from customers";
    file.execute_batch(segment).expect("it is written");
    shop.delete_customer(made["customer_id"].as_str().expect("an id")).expect(200);
    assert_eq!(kassa.stop().code(), Some(0), "{}", kassa.log());
    let log = kassa.log();
    let line = log.lines().find(|line| line.contains(SAID));
    assert!(line.is_some_and(|line| line.contains("customers=1")), "it is not said: {log}");
    file.execute_batch("update customer_segments set version = 1").expect("it is mended");
    drop(file);
    kassa.start_stopped();
    assert_eq!(kassa.stop().code(), Some(0));
    assert_eq!(kassa.log().matches(SAID).count(), 1, "{}", kassa.log());
}
