//! The `gscript` binary: see the library.

fn main() -> std::process::ExitCode {
    cli::main_with_args(std::env::args_os().collect())
}
