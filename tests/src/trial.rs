//! One script in one mode: runs it, and words the failure.
//!
//! A failure says what differs and ends with two commands: one that repeats the test, and one that runs the script by hand.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::case::{self, Case, Stderr};
use crate::child::{self, Job};
use crate::diff;
use crate::discover::{Example, Script};
use crate::mode::Mode;
use crate::verdict;

/// How long a golden file may take. They take milliseconds; a busy machine with every file at once is slower.
pub const GOLDEN_TIMEOUT: Duration = Duration::from_secs(120);

/// How long an example program may take; some of them compute for a second in an optimised build.
pub const EXAMPLE_TIMEOUT: Duration = Duration::from_secs(120);

/// The name under which a script is listed in a mode: `interp::language/lexical/hash_bang`.
pub fn name(mode: &Mode, script: &str) -> String {
    format!("{}::{script}", mode.name)
}

/// Reads a golden file, or says what is wrong with it.
pub fn read_case(script: &Script) -> Result<Case, String> {
    let source = fs::read(&script.path).map_err(|error| format!("{}: {error}", script.path.display()))?;
    case::parse(&source).map_err(|why| format!("{}: {why}", script.path.display()))
}

/// Runs a golden file with `program` in a mode.
pub fn run_golden(program: &Path, mode: &Mode, script: &Script, case: &Case) -> Result<(), String> {
    let job = job(program, mode, &script.path, case, GOLDEN_TIMEOUT)?;
    run(&job, case, "golden", &name(mode, &script.name))
}

/// Runs an example with `program` in a mode and compares with its expected output.
pub fn run_example(program: &Path, mode: &Mode, example: &Example) -> Result<(), String> {
    let expected =
        fs::read(&example.expected).map_err(|error| format!("{}: {error}", example.expected.display()))?;
    let stdout = diff::lines(&expected).into_iter().map(<[u8]>::to_vec).collect();
    let case = Case { stdout, stderr: Stderr::Empty, ..Case::default() };
    let job = job(program, mode, &example.script, &case, EXAMPLE_TIMEOUT)?;
    run(&job, &case, "examples", &name(mode, &example.name))
}

/// The child process for a script: it runs in the script's own folder under its bare name, so that messages are the same
/// wherever the project lies.
fn job(program: &Path, mode: &Mode, script: &Path, case: &Case, timeout: Duration) -> Result<Job, String> {
    let (Some(dir), Some(file)) = (script.parent(), script.file_name()) else {
        return Err(format!("{} is not a file in a folder", script.display()));
    };
    let mut args: Vec<OsString> = mode.options.iter().map(OsString::from).collect();
    args.push(file.to_owned());
    args.extend(case.args.iter().map(OsString::from));
    let dir = dir.canonicalize().unwrap_or_else(|_| PathBuf::from(dir));
    Ok(Job { program: program.to_owned(), args, dir, stdin: case.stdin.clone(), timeout })
}

fn run(job: &Job, case: &Case, suite: &str, name: &str) -> Result<(), String> {
    let outcome = child::run(job).map_err(|error| format!("{}: {error}", job.program.display()))?;
    match verdict::judge(case, &outcome) {
        None => Ok(()),
        Some(difference) => Err(format!(
            "{name}\n{difference}  again:   cargo test -p gscript-tests --test {suite} -- --exact '{name}'\n  by hand: {}\n",
            child::shell_line(job)
        )),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A script for `/bin/sh`, which stands in for the program under test.
    fn check(source: &str) -> Result<(), String> {
        let mut name: u64 = 0;
        source.bytes().for_each(|byte| name = name.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let path = std::env::temp_dir().join(format!("gscript-trial-{}-{name:x}.gs", std::process::id()));
        fs::write(&path, source).unwrap();
        let script = Script { name: "some/script".to_owned(), path };
        let case = read_case(&script).unwrap();
        let mode = Mode { name: "interp", options: &[], skips_with: "", runs_examples: true };
        let result = run_golden(Path::new("/bin/sh"), &mode, &script, &case);
        fs::remove_file(&script.path).unwrap();
        result
    }

    #[test]
    fn passes_when_the_output_is_right() {
        check("echo hello # // expect: hello\n").unwrap();
        check("echo $1 $2 # // expect: a b\n: '\n// args: a b\n'\n").unwrap();
    }

    #[test]
    fn a_failure_tells_how_to_repeat_it() {
        let why = check("echo hello # // expect: bye\n").unwrap_err();
        assert!(why.starts_with("interp::some/script\n"), "{why}");
        assert!(why.contains("    - bye\n    + hello\n"), "{why}");
        assert!(why.contains("--test golden -- --exact 'interp::some/script'"), "{why}");
        assert!(why.contains("by hand: cd "), "{why}");
    }

    #[test]
    fn bad_files_are_named() {
        let script = Script { name: "x".to_owned(), path: "no/such/file.gs".into() };
        assert!(read_case(&script).unwrap_err().contains("no/such/file.gs"));
    }
}
