//! The `gscript` command: runs files, expressions and standard input, talks to a person, shows what the compiler made.
//!
//! This file decides what is asked for; `options.rs` reads the arguments, `run.rs` runs programs, `repl.rs` is the
//! interactive mode, `dump.rs` shows tokens, trees and bytecode, `output.rs` is how all of them write.
#![forbid(unsafe_code)]

mod dump;
mod options;
mod output;
mod repl;
mod run;

use options::Action;
use std::ffi::OsString;
use std::process::ExitCode;

/// Exit status for wrong use of the command.
const WRONG_USE_STATUS: u8 = 2;

/// Runs the command with these arguments, the program's name first, and gives its exit status.
pub fn main_with_args(args: Vec<OsString>) -> ExitCode {
    let options = match options::parse(args.into_iter().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            output::complain(&format!("{message}\nTry 'gscript --help'."));
            return ExitCode::from(WRONG_USE_STATUS);
        }
    };
    match &options.action {
        Action::Help => output::say(options::HELP),
        Action::Version => output::say(&format!("gscript {}\n", env!("CARGO_PKG_VERSION"))),
        Action::Dump { form, path } => dump::dump(*form, path, options.color, &options.jit),
        Action::Repl => repl::repl(&options),
        Action::File(_) | Action::Code(_) | Action::Stdin => run::run(&options),
    }
}
