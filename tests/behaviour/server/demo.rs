//! `kassa demo`: what somebody sees who starts it for the first time.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use kassa_tests::drivers::buyer::{APPROVED, Buyer};
use kassa_tests::drivers::neuro_pay::Client;
use kassa_tests::{Engine, Folder, Server, binary, clean, http};

const LAST_LINE: &str = "Stop with Ctrl-C.";

/// A demo that runs, and what it printed.
struct Demo {
    child: Child,
    said: String,
    // Where it may put what it makes.
    _folder: Folder,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, None)
    }

    fn start_with(arguments: &[&str], path: Option<&str>) -> Self {
        let folder = Folder::new();
        let mut command = Command::new(binary());
        command.args(["demo", "--listen", "127.0.0.1:0"]).args(arguments);
        command.current_dir(folder.path()).env("TMPDIR", folder.path());
        if let Some(path) = path {
            command.env("PATH", path);
        }
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = spawned.expect("kassa can be started");
        let lines = BufReader::new(child.stdout.take().expect("it was piped")).lines();
        let mut said = String::new();
        for line in lines.map_while(Result::ok) {
            said.push_str(&line);
            said.push('\n');
            if line.ends_with(LAST_LINE) {
                break;
            }
        }
        Self { child, said, _folder: folder }
    }

    /// Runs a line that it printed, as somebody pastes it.
    #[track_caller]
    fn paste(&self, begins: &str) -> String {
        let line = self.said.lines().find(|line| line.starts_with(begins));
        let line = line.unwrap_or_else(|| panic!("no line begins with {begins}"));
        let output = Command::new("sh").args(["-c", line]).output().expect("sh is there");
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_checkout_comes_first_and_one_api_with_one_customer_in_another() {
    let demo = Demo::start(&[]);
    let said = &demo.said;
    let link = said.lines().find(|line| line.contains("/c/")).expect("a checkout");
    let place = |text: &str| said.find(text).unwrap_or_else(|| panic!("{text} is not there"));
    assert!(place(link) < place("API key"), "the checkout comes first");
    assert_eq!(said.matches("  base URL").count(), 1, "one API");
    for part in [
        "One customer, four APIs",
        "/docs",
        "cargo run --release -- demo --all",
        "4000000000003220",
        "checkout/capture",
    ] {
        place(part);
    }
    // What came first is repeated where it is seen.
    let end = format!("in a browser:\n\n{link}\n\n{LAST_LINE}\n");
    assert!(said.ends_with(&end), "{said}");
    let base = link.split("/c/").next().expect("an address");
    let another = demo.paste(&format!("curl -sS '{base}/neopay"));
    assert!(another.contains("Grace Hopper") && another.contains("grace@example.com"), "{another}");
    // Its own commands find its data, from wherever it was started.
    let line = said.lines().find(|line| line.contains(" payments list --data ")).expect("a command");
    let output = Command::new("sh").args(["-c", line]).output().expect("sh is there");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Winter boots"), "{output:?}");
    // So does the one that its page shows, whose keys work here.
    let home = || http::get(&http::agent(), base).expect(200).text().to_owned();
    let page = home();
    assert!(page.contains("This demo has a merchant with API keys already"), "{page}");
    assert!(page.contains(&format!("href=\"{link}\">Pay a demo checkout</a>")), "{page}");
    let command = page.split("in another window: ").nth(1).and_then(|rest| rest.split("</p>").next());
    let command = command.expect("a command").replace("&#39;", "'");
    let text = |piece: &str| piece.split('>').nth(1).unwrap_or_default().to_owned();
    let command: String = command.split('<').map(text).collect();
    assert!(command.contains(" merchant create --name NAME --mode test --data '"), "{command}");
    // The tests' own variables, which the program would call misspelt options, do not reach it.
    let output = clean("sh").args(["-c", &format!("{command} --json")]).output();
    let output = output.expect("sh is there");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing speaks against it");
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let key = made["neuro_pay"]["api_key"].as_str().expect("a key");
    let shop = Client::at(http::agent(), base, key);
    shop.create_customer();
    Buyer::new(&http::agent(), link).pay(APPROVED);
    assert!(home().contains("See what became of the demo checkout"), "{}", home());
    let retrieved = demo.paste(&format!("curl -sS {base}/neuro-pay/checkout/retrieve"));
    assert!(retrieved.contains("\"status\":\"paid\""), "{retrieved}");
    let refunded = demo.paste(&format!("curl -sS {base}/neuro-pay/checkout/refund"));
    assert!(refunded.contains("\"status\":\"partialRefund\""), "{refunded}");
    let cards = said.lines().filter(|line| line.starts_with("  4") || line.starts_with("  5")).count();
    assert_eq!(cards, 5, "the first ones, and not all");
    // The buyer comes back to a page that is there.
    let id =
        retrieved.split("\"checkout_id\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
    let back = retrieved.split("\"returnUrl\":\"").nth(1).and_then(|rest| rest.split('"').next());
    let back = back.expect("an address").replace("{CHECKOUT_ID}", id);
    let page = http::get(&http::agent(), &back).expect(200);
    assert!(
        page.text().contains(&format!("came back from checkout <span class=\"code\">{id}</span>")),
        "{}",
        page.text()
    );
    // Nothing that somebody writes into the address stands on it.
    let page = http::get(&http::agent(), &back.replace(id, "%3Cscript%3E")).expect(200);
    assert!(!page.text().contains("came back") && !page.text().contains("%3Cscript"), "{}", page.text());
}

/// A demo adds a company with a buyer and a checkout, which is nothing to be found among a shop's own.
#[test]
fn a_demo_refuses_what_no_demo_made_and_changes_nothing_there() {
    let mut kassa = Server::start(Engine::Sqlite);
    let data = kassa.data();
    let place = Folder::new();
    let demo = || {
        let mut command = Command::new(binary());
        command.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(&data).current_dir(place.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("kassa can be started");
        // One that is not refused says something, and does not end.
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("it was piped")).read_line(&mut said).expect("text");
        if !said.is_empty() {
            let _ = child.kill();
        }
        let output = child.wait_with_output().expect("it ends");
        assert!(said.is_empty(), "{said}");
        output
    };
    let has_company =
        |kassa: &Server| kassa.command(&["merchant", "list"]).done().stdout.contains("Demo Shop");
    // With a merchant and without one.
    for create in [false, true] {
        if create {
            kassa.merchant();
        }
        kassa.stop();
        let before = kassa.cells();
        let output = demo();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("no demo made the Kassa in") && said.contains("--data"), "{said}");
        assert!(said.contains(data.to_str().expect("UTF-8")), "{said}");
        assert!(!has_company(&kassa) && kassa.cells() == before, "it changed something");
        kassa.start_stopped();
    }
}

#[test]
fn a_demo_goes_on_with_what_a_demo_made() {
    let folder = Folder::new();
    let data = folder.path().join("data");
    let again = ["--data", data.to_str().expect("UTF-8")];
    for _ in 0..2 {
        let demo = Demo::start(&again);
        assert!(demo.said.contains("/c/"), "{}", demo.said);
    }
    let create = ["merchant", "create", "--name", "Acme", "--mode", "test", "--data", again[1]];
    assert!(Command::new(binary()).args(create).output().expect("it can be started").status.success());
    assert!(Demo::start(&again).said.contains("/c/"), "also with somebody beside the demo's own");
}

/// Whoever tries it on what a demo made and a server uses changes nothing of what that server's commands print.
/// Where the shell does not find it by its name, its commands are printed with its whole path.
#[test]
fn its_commands_can_be_pasted_wherever_the_program_lies() {
    let folder = Folder::new();
    let alone = Demo::start(&[]);
    let own = format!("\n{} payments list --data '", binary().display());
    assert!(alone.said.contains(&own), "{}", alone.said);
    std::os::unix::fs::symlink(binary(), folder.path().join("kassa")).expect("a link");
    let found = Demo::start_with(&[], folder.path().to_str());
    assert!(found.said.contains("\nkassa payments list --data '"), "{}", found.said);
}

/// Whoever tries it on a server's data changes nothing of what that server's commands print.
#[test]
fn a_demo_leaves_the_address_of_a_server_as_it_is() {
    let mut kassa = Server::start(Engine::Sqlite);
    let base = |kassa: &Server| {
        let create = ["merchant", "create", "--name", "Acme", "--mode", "test", "--json"];
        kassa.command(&create).done().json()["neuro_pay"]["base_url"].as_str().expect("an address").to_owned()
    };
    let (before, url) = (base(&kassa), kassa.url().to_owned());
    assert!(before.starts_with(&url), "{before}");
    kassa.stop();
    kassa.tamper("insert into settings (name, value) values ('trial', 'yes')");
    let demo = Demo::start(&["--data", kassa.data().to_str().expect("UTF-8")]);
    assert!(!demo.said.contains(&url), "it is another address");
    assert_eq!(base(&kassa), before);
    drop(demo);
    // Another server says that it is another one.
    kassa.start_stopped();
    let told = kassa.log().lines().any(|line| {
        line.contains("WARN")
            && line.contains("public URL")
            && line.contains(&url)
            && line.contains(kassa.url())
    });
    assert!(told, "{}", kassa.log());
    assert!(base(&kassa).starts_with(kassa.url()));
}

#[test]
fn all_apis_are_there_for_who_asks() {
    let demo = Demo::start(&["--all"]);
    assert_eq!(demo.said.matches("  base URL").count(), 4);
    let base = demo.said.lines().next().and_then(|line| line.split(" at ").nth(1)).expect("an address");
    for path in [
        format!("curl -sS '{base}/neopay"),
        format!("curl -sS '{base}/neropay"),
        format!("curl -sS {base}/checkout-com/customers/"),
    ] {
        assert!(demo.paste(&path).contains("Grace Hopper"), "{path}");
    }
    assert!(demo.said.lines().filter(|line| line.starts_with("  4")).count() > 5, "every card");
}
