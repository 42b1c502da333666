//! Every golden file in every mode, each a test of its own.
//!
//!     cargo test -p gscript-tests --test golden                       all of them
//!     cargo test -p gscript-tests --test golden language/switch       those whose name contains the text
//!     cargo test -p gscript-tests --test golden gc-stress::           one mode
//!
//! A file whose expectations cannot be read is a failing test, once, not one per mode.

use std::path::Path;
use std::process::ExitCode;

use golden::{discover, mode, trial};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(why) => {
            eprintln!("golden files: {why}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let program = Path::new(env!("CARGO_BIN_EXE_gscript-under-test"));
    let scripts = discover::scripts(&discover::golden_root()).map_err(|error| error.to_string())?;
    if scripts.is_empty() {
        return Err(format!("none in {}", discover::golden_root().display()));
    }
    let mut trials = Vec::new();
    for script in &scripts {
        let case = match trial::read_case(script) {
            Ok(case) => case,
            Err(why) => {
                trials.push(Trial::test(format!("file::{}", script.name), move || Err(Failed::from(why))));
                continue;
            }
        };
        for mode in mode::MODES {
            let skipped = case.skips_mode(mode.name) || case.skips_mode(mode.skips_with);
            let name = trial::name(mode, &script.name);
            let (script, case) = (script.clone(), case.clone());
            let run = move || trial::run_golden(program, mode, &script, &case).map_err(Failed::from);
            trials.push(Trial::test(name, run).with_ignored_flag(skipped));
        }
    }
    Ok(trials)
}
