//! The APIs against their own OpenAPI documents: schemathesis makes requests that a document allows and forbids, and
//! holds each answer to it. No answer is a server error; its status, content type, headers and body are documented.

use std::path::{Path, PathBuf};
use std::process::Command;

use kassa_tests::{Engine, Folder, Merchant, Random, Server, on_each_engine, python};

/// What is held of each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance";
/// For each operation in each phase; enough for [`CASES_MIN`] over the four documents.
const EXAMPLES: &str = "75";
const CASES_MIN: u64 = 5_000;

on_each_engine!(every_answer_to_five_thousand_requests_is_as_documented);

fn every_answer_to_five_thousand_requests_is_as_documented(engine: Engine) {
    let kassa = Server::start(engine);
    let merchant = kassa.merchant();
    let seed = Random::new().below(1 << 31).to_string();
    let cases =
        ["neuro_pay", "neopay", "neropay", "checkout_com"].map(|api| run(&kassa, &merchant, api, &seed));
    kassa.is_healthy();
    let all: u64 = cases.iter().sum();
    assert!(all >= CASES_MIN, "only {all} cases were made: {cases:?}");
}

/// How many requests were made from an API's document.
fn run(kassa: &Server, merchant: &Merchant, api: &str, seed: &str) -> u64 {
    let credential = |name: &str| merchant.made[api][name].as_str().expect("a text").to_owned();
    let folder = Folder::new();
    let mut command =
        Command::new(python::with(&here().join("requirements.txt"), env!("CARGO_TARGET_TMPDIR")));
    command.args(["-m", "schemathesis.cli", "run", "--no-color", "--checks", CHECKS]);
    command.args(["--seed", seed, "--max-examples", EXAMPLES]);
    command.arg(format!("{}/openapi/{}.json", kassa.url(), api.replace('_', "-")));
    let headers = match api {
        "neuro_pay" => vec![format!("Authorization: Bearer {}", credential("api_key"))],
        "neopay" => vec![
            format!("Authorization: {}", credential("token")),
            format!("x-app-key: {}", credential("app_key")),
        ],
        "neropay" => {
            command.env("SCHEMATHESIS_HOOKS", "signing").env("PYTHONPATH", here());
            command.env("NEROPAY_KEY", credential("secret_key"));
            vec![]
        }
        _ => vec![format!("Authorization: Bearer {}", credential("secret_key"))],
    };
    command.args(headers.iter().flat_map(|header| ["-H", header]));
    let output = python::direct(&mut command).current_dir(folder.path()).output().expect("there is a Python");
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{api}, seed {seed}:\n{said}\n{wrong}");
    let count = said.split_once("Test cases:").and_then(|(_, rest)| rest.split_whitespace().next());
    let count = count.and_then(|count| count.replace(',', "").parse().ok());
    count.unwrap_or_else(|| panic!("{api}: no count in\n{said}"))
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contract")
}
