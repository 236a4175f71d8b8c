//! What the server says of itself: a reader at `/docs`, OpenAPI documents, Postman collections, and `/llms.txt`.
//! They are the same on every engine.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use kassa_tests::drivers::nero_pay;
use kassa_tests::{Engine, Folder, Server, http};
use serde_json::Value;

/// Each API with the part of its base URL after the server's address, and its credentials.
const APIS: [(&str, &str, &[&str]); 4] = [
    ("neuro-pay", "/neuro-pay", &["api_key"]),
    ("neopay", "/neopay/api", &["token", "app_key"]),
    ("neropay", "/neropay/v2", &["secret_key"]),
    ("checkout-com", "/checkout-com", &["secret_key"]),
];

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// What stands in each of the values that an attribute has in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    page.split(&format!("{name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The requests of a collection, each as its method and the path as an OpenAPI document writes it.
fn requests(collection: &Value) -> Vec<String> {
    let request = |item: &Value| {
        let (method, path) = (&item["request"]["method"], list(&item["request"]["url"]["path"]));
        let segment = |segment: &Value| {
            let text = segment.as_str().expect("a text");
            text.strip_prefix(':').map_or_else(|| text.to_owned(), |name| format!("{{{name}}}"))
        };
        let path: Vec<String> = path.iter().map(segment).collect();
        format!("{} /{}", method.as_str().expect("a text"), path.join("/"))
    };
    list(&collection["item"]).iter().map(request).collect()
}

/// The operations of an OpenAPI document, in the same spelling.
fn operations(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().expect("operations").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    operations.collect()
}

#[test]
fn the_reader_and_its_files_are_fenced_and_ask_no_other_host() {
    let kassa = Server::shared(Engine::Sqlite);
    let fenced = |path: &str| {
        let answer = kassa.get(path);
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
        assert!(!policy.contains("http") && !policy.contains('*'), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        answer
    };
    assert_eq!(fenced("/docs").expect(303).header("location"), Some("/docs/"));
    let page = fenced("/docs/").expect(200);
    assert_eq!(page.header("content-type"), Some("text/html"));
    // A phone shows a page that does not say this as if it were a desk's, in tiny letters.
    assert!(page.text().contains("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"));
    let files = [attributes(page.text(), "src"), attributes(page.text(), "href")].concat();
    let files: Vec<&str> = files.into_iter().filter(|file| *file != "data:,").collect();
    assert!(files.contains(&"./swagger-initializer.js"), "{files:?}");
    for file in files {
        assert!(!file.contains("//"), "the page asks for {file}");
        fenced(&format!("/docs/{}", file.trim_start_matches("./"))).expect(200);
    }
    let script = fenced("/docs/swagger-initializer.js").expect(200);
    assert!(!script.text().contains("://"), "{}", script.text());
    for (api, ..) in APIS {
        assert!(script.text().contains(&format!("\"/openapi/{api}.json\"")), "{}", script.text());
    }
}

#[test]
fn each_api_has_an_openapi_document_and_a_postman_collection_of_the_same_operations() {
    let kassa = Server::shared(Engine::Sqlite);
    let index = kassa.get("/llms.txt").expect(200);
    assert_eq!(index.header("content-type"), Some("text/plain; charset=utf-8"));
    for (api, base, credentials) in APIS {
        let base = format!("{}{base}", kassa.url());
        let address = format!("{}/openapi/{api}.json", kassa.url());
        let collection_address = format!("{}/postman/{api}.json", kassa.url());
        for address in [&address, &collection_address, &base] {
            assert!(index.text().contains(address.as_str()), "{address} is not in {}", index.text());
        }

        let document = kassa.get(&format!("/openapi/{api}.json")).ok();
        assert!(document["openapi"].as_str().expect("a text").starts_with("3.1."), "{}", document["openapi"]);
        assert_eq!(document["servers"][0]["url"], base);

        let collection = kassa.get(&format!("/postman/{api}.json")).ok();
        assert_eq!(requests(&collection), operations(&document));
        let variables = list(&collection["variable"]);
        let variable = |name: &str| {
            let found = variables.iter().find(|variable| variable["key"] == name);
            &found.unwrap_or_else(|| panic!("{api} has no {name} among {variables:?}"))["value"]
        };
        assert_eq!(variable("base_url"), &base);
        for name in credentials {
            assert_eq!(variable(name), &format!("{{{{test_{name}}}}}"));
            assert_eq!(
                (variable(&format!("test_{name}")), variable(&format!("live_{name}"))),
                (&"".into(), &"".into())
            );
        }

        assert_eq!(collection["auth"]["type"], "bearer");
        assert_eq!(collection["auth"]["bearer"][0]["value"], format!("{{{{{}}}}}", credentials[0]));
        for item in list(&collection["item"]) {
            let request = &item["request"];
            assert!(
                request["url"]["raw"].as_str().expect("a text").starts_with("{{base_url}}/"),
                "{request}"
            );
            let own = &request["auth"];
            assert!(own.is_null() || own["type"] == "noauth", "{own}");
            let headers = list(&request["header"]);
            assert!(headers.iter().all(|header| header["key"] != "Authorization"), "{headers:?}");
        }
    }
}

#[test]
fn the_page_at_the_servers_address_says_what_answers_there_and_leads_to_the_reference() {
    let kassa = Server::shared(Engine::Sqlite);
    let page = kassa.get("/").expect(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    let text = page.text();
    assert!(text.contains("payments server") && !text.contains("demo"), "{text}");
    for (_, base, _) in APIS {
        // In two pieces, between which a narrow line ends.
        let pieces = format!(">{}</span><wbr><span class=\"whole\">{base}<", kassa.url());
        assert!(text.contains(&pieces), "{base} is not in {text}");
    }
    let led = attributes(text, "href");
    assert!(led.contains(&"/docs/"), "{led:?}");
    for address in led.iter().filter(|address| address.starts_with('/')) {
        kassa.get(address).expect(200);
    }
}

/// The scripts themselves ran in Postman's own runner when they were written.
#[test]
fn what_a_collection_makes_is_what_its_next_requests_are_about() {
    let kassa = Server::shared(Engine::Sqlite);
    for (api, makes, kept, uses, used) in [
        (
            "neuro-pay",
            "POST /checkout/create",
            "keep('checkout_id', made.checkout_id)",
            "POST /checkout/refund",
            "{{checkout_id}}",
        ),
        (
            "neopay",
            "POST /customers",
            "keep('customers_id', made.id ",
            "PATCH /customers/{id}",
            "{{customers_id}}",
        ),
        (
            "neropay",
            "POST /categories",
            "keep('categories_id', made.id ",
            "DELETE /categories/{id}",
            "{{categories_id}}",
        ),
        (
            "checkout-com",
            "POST /payments",
            "keep('payments_id', made.id ",
            "POST /payments/{id}/captures",
            "{{payments_id}}",
        ),
    ] {
        let collection = kassa.get(&format!("/postman/{api}.json")).ok();
        let item = |request: &str| {
            let place = requests(&collection).iter().position(|known| known == request);
            list(&collection["item"])[place.expect("the request is there")].clone()
        };
        let test = item(makes)["event"][0].clone();
        assert_eq!(test["listen"], "test");
        assert!(test["script"]["exec"].to_string().contains(kept), "{test}");
        let request = item(uses)["request"].to_string();
        assert!(request.contains(used), "{request}");
        let variable = used.trim_matches(['{', '}']);
        assert!(list(&collection["variable"]).iter().any(|known| known["key"] == variable), "{variable}");
    }
}

#[test]
fn in_a_demo_the_page_at_the_servers_address_leads_to_the_open_checkout() {
    let folder = Folder::new();
    let demo = Command::new(kassa_tests::binary())
        .args(["demo", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut demo = Ends(demo.expect("the program can be started"));
    let lines = BufReader::new(demo.0.stdout.take().expect("its output is ours")).lines();
    let mut lines = lines.map(|line| line.expect("it says a line"));
    let address = lines.find_map(|line| Some(line.strip_prefix("kassa is ready at ")?.to_owned()));
    let address = address.expect("it says where it is");
    let agent = http::agent();
    let page = http::get(&agent, &format!("{address}/")).expect(200);
    let led = attributes(page.text(), "href");
    let checkout = led.iter().find(|place| place.starts_with(&format!("{address}/c/")));
    let checkout = http::get(&agent, checkout.expect("a checkout")).expect(200);
    assert!(checkout.text().contains("name=\"form\""), "{}", checkout.text());
}

/// A program that ends with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_neropay_document_says_the_line_that_signs() {
    let kassa = Server::shared(Engine::Sqlite);
    let document = kassa.get("/openapi/neropay.json").ok();
    let text = document["info"]["description"].as_str().expect("a text");
    let line = text.split("```sh\n").nth(1).and_then(|rest| rest.split('\n').next()).expect("a line");
    let (time, body, key) = ("1790000000", r#"{"name":"Jane"}"#, "nero_test_x");
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).env("TIME", time).env("BODY", body).env("SECRET_KEY", key);
    let output = shell.output().expect("there is a shell");
    let said = String::from_utf8(output.stdout).expect("hex");
    assert_eq!(said.trim(), nero_pay::sign(key, time, body.as_bytes()));
}

/// The script itself ran in Postman's own runner when it was written.
#[test]
fn the_neropay_collection_signs_its_requests_as_the_server_wants_it() {
    let kassa = Server::shared(Engine::Sqlite);
    let collection = kassa.get("/postman/neropay.json").ok();
    let event = &collection["event"][0];
    assert_eq!(event["listen"], "prerequest");
    let lines = list(&event["script"]["exec"]).iter().map(|line| line.as_str().expect("a text"));
    let script = lines.collect::<Vec<_>>().join("\n");
    for part in ["HmacSHA256(timestamp + '.' + body, key)", nero_pay::TIMESTAMP, nero_pay::SIGNATURE] {
        assert!(script.contains(part), "{script}");
    }
    // The driver signs by the same recipe.
    let shop = nero_pay::Client::fresh(&kassa);
    let posts = list(&collection["item"]).iter().filter(|item| item["request"]["method"] == "POST");
    for item in posts {
        let (path, body) = (&item["request"]["url"]["path"][0], &item["request"]["body"]["raw"]);
        let path = format!("/{}", path.as_str().expect("a text"));
        shop.signed("POST", &path, &[], body.as_str().expect("a text").as_bytes()).expect(201);
    }
}
