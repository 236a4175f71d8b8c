//! What the server says of itself: a reader at `/docs`, OpenAPI documents, Postman collections, and `/llms.txt`.
//! They are the same on every engine.

use kassa_tests::drivers::nero_pay;
use kassa_tests::{Engine, Server};
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
    let files = [attributes(page.text(), "src"), attributes(page.text(), "href")].concat();
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
