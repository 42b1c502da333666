//! The `gscript` command as a binary of the test package.
//!
//! Cargo tells the tests of a package where that package's own binaries are, and no others. It does nothing that the real
//! command does not do.

use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    cli::main_with_args(args)
}
