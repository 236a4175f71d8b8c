//! The page about clients, as somebody takes it who has set the variables of `kassa merchant create --env`: its lines for each API
//! run in one shell.

use std::path::Path;
use std::process::Command;

use kassa_tests::{Engine, Server, on_one_engine};

on_one_engine!(its_lines_run_with_the_variables_that_a_merchants_making_sets,);

fn its_lines_run_with_the_variables_that_a_merchants_making_sets(engine: Engine) {
    let kassa = Server::start(engine);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/clients.md");
    let text = std::fs::read_to_string(file).expect("the page is there");
    // What follows needs a program from the network, another configuration or a certificate.
    let (of_apis, rest) = text.split_once("\n## Postman\n").expect("a part about Postman");
    let blocks: Vec<&str> = of_apis
        .split("\n```sh\n")
        .skip(1)
        .map(|rest| rest.split("\n```").next().expect("a block ends"))
        .filter(|block| !block.starts_with("eval"))
        .collect();
    assert!(blocks.len() >= 5, "{blocks:?}");
    let create = ["merchant", "create", "--name", "Acme", "--mode", "test", "--env"];
    let variables = kassa.command(&create).done().stdout;
    for name in
        rest.split('$').skip(1).filter(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase()))
    {
        let name =
            name.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_').next().expect("a name");
        assert!(name == "PWD" || variables.contains(&format!("export {name}=")), "nobody sets {name}");
    }
    let checked = "curl() { command curl -sS --fail-with-body \"$@\" && echo; }";
    let script = format!("set -eu\n{checked}\n{variables}{}\n", blocks.join("\n"));
    let output = Command::new("sh").args(["-c", &script]).output().expect("sh is there");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for part in [
        "\"email\":\"brucewayne@gmail.com\"",
        "access_token",
        "customer_id",
        "marie@example.com",
        "Jane Customer",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}
