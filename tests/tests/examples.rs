//! Every example program against its recorded output, each a test of its own.
//!
//! `examples/expected/NAME.out` is what `examples/NAME.gs` prints without arguments. Programs are larger than golden files, so
//! they run only in the modes that say so.

use std::path::Path;
use std::process::ExitCode;

use golden::{discover, mode, trial};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(why) => {
            eprintln!("example programs: {why}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let program = Path::new(env!("CARGO_BIN_EXE_gscript-under-test"));
    let examples = discover::examples(&discover::examples_root()).map_err(|error| error.to_string())?;
    if examples.is_empty() {
        return Err(format!("none in {}", discover::examples_root().display()));
    }
    let mut trials = Vec::new();
    for example in &examples {
        for mode in mode::MODES.iter().filter(|mode| mode.runs_examples) {
            let name = trial::name(mode, &example.name);
            let example = example.clone();
            let run = move || trial::run_example(program, mode, &example).map_err(Failed::from);
            trials.push(Trial::test(name, run));
        }
    }
    Ok(trials)
}
