//! The project's tasks: `cargo xtask` lists them and `cargo xtask test` is the one test command.
//!
//! Next to nothing but the standard library, so that the first build takes seconds. No task may change the code.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod arrows;
mod bench;
mod fidelity;
mod fuzz;
mod install;
mod pages;
mod postgres;
mod process;
mod project;
mod tally;
mod test;
mod tidy;

use project::{Failure, Project};
use std::process::ExitCode;

/// One word after `cargo xtask`.
struct Task {
    name: &'static str,
    arguments: &'static str,
    does: &'static str,
    run: fn(&Project, &[String]) -> Result<(), Failure>,
}

const TASKS: [Task; 7] = [
    Task {
        name: "test",
        arguments: "[STEP…]",
        does: "everything that must pass before a change is merged, or only the named steps",
        run: test::run,
    },
    Task {
        name: "tidy",
        arguments: "",
        does: "what must be absent: upward imports, vendor names, long files",
        run: tidy::task,
    },
    Task {
        name: "arrows",
        arguments: "[CRATE]",
        does: "shows which folder of a crate uses which, and fails on a circle",
        run: arrows::task,
    },
    Task {
        name: "fidelity",
        arguments: "",
        does: "writes docs/fidelity.md from the OpenAPI documents, and examples of answers from the goldens",
        run: fidelity::task,
    },
    Task {
        name: "fuzz",
        arguments: "[MINUTES]",
        does: "sends hostile bytes to every parser and route (default: 60 minutes)",
        run: fuzz::run,
    },
    Task {
        name: "bench",
        arguments: "[--quick [REVISION] | ARGUMENT…]",
        does: "builds the shipped profile and measures it; --quick compares it with a revision (default: HEAD)",
        run: bench::run,
    },
    Task {
        name: "shots",
        arguments: "[DIR]",
        does: "runs the browser tests and keeps their screenshots (default: target/shots)",
        run: pages::shots,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

fn dispatch(words: &[String]) -> Result<(), Failure> {
    let Some((name, arguments)) = words.split_first() else {
        list();
        return Ok(());
    };
    if ["help", "--help", "-h"].contains(&name.as_str()) {
        list();
        return Ok(());
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        let known: Vec<&str> = TASKS.iter().map(|task| task.name).collect();
        return Err(Failure::usage(format!("no task `{name}`; there are: {}", known.join(", "))));
    };
    (task.run)(&Project::find()?, arguments)
}

fn list() {
    println!("cargo xtask TASK");
    println!();
    for task in &TASKS {
        println!("  {:<18} {}", format!("{} {}", task.name, task.arguments), task.does);
    }
    println!();
    println!("Steps of `test`, in the order they run:");
    println!();
    for step in &test::STEPS {
        println!("  {:<18} {}", step.name, step.does);
    }
    println!();
    println!("`rust` and `pages` drive the server, so they bring `build` along.");
}
