//! Development commands of the workspace: `cargo xtask NAME [options]`.
//!
//! One module per command; this file only looks the name up. Commands are tools for people and for continuous
//! integration: nothing here is part of the language or linked into it.

mod bench;
mod docs;
mod docs_ir;
mod tidy;

use std::process::ExitCode;

/// What a command is called, what it does in a few words, and the function that does it.
struct Command {
    name: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> Result<(), String>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "bench",
        summary: "time the programs in benches/ beside other languages",
        run: bench::main,
    },
    Command {
        name: "docs",
        summary: "write the pages of docs/ that are made from tables in the code",
        run: docs::main,
    },
    Command {
        name: "tidy",
        summary: "check the rules that neither compiler nor clippy checks",
        run: tidy::main,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        eprint!("{}", usage());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("xtask: no command '{name}'\n\n{}", usage());
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask {name}: {message}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let mut text = String::from("usage: cargo xtask COMMAND [options]\n\n");
    for command in COMMANDS {
        text.push_str(&format!("  {:<10} {}\n", command.name, command.summary));
    }
    text.push_str("\n`cargo xtask COMMAND --help` lists the options of a command.\n");
    text
}
