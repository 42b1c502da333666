//! The `gscript` command: runs files, expressions and standard input, talks to a person, shows what the compiler made.
//!
//! This file decides what is asked for; `options.rs` reads the arguments, `run.rs` runs programs, `repl.rs` is the
//! interactive mode, `dump.rs` shows tokens, trees and bytecode, `output.rs` is standard output.
#![forbid(unsafe_code)]

mod dump;
mod options;
mod output;
mod repl;
mod run;

use options::Action;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command with these arguments, the program's name first, and gives its exit status.
pub fn main_with_args(args: Vec<OsString>) -> ExitCode {
    let options = match options::parse(args.into_iter().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("gscript: {message}\nTry 'gscript --help'.");
            return ExitCode::from(2);
        }
    };
    match &options.action {
        Action::Help => {
            print!("{}", options::HELP);
            ExitCode::SUCCESS
        }
        Action::Version => {
            println!("gscript {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Action::Dump { what, path } => dump::dump(*what, path),
        Action::Repl => repl::repl(&options),
        Action::File(_) | Action::Code(_) | Action::Stdin => run::run(&options),
    }
}
