//! Programs of many goroutines that get in each other's way, under as many circumstances as there is time for.
//!
//!     cargo test -p gscript-tests --test stress                                         some seconds
//!     cargo test -p gscript-tests --test stress -- channels                             programs whose names contain the text
//!     GSCRIPT_STRESS_SECONDS=600 cargo test -p gscript-tests --test stress              as long as that, again and again
//!     GSCRIPT_STRESS_PROGRAM=target/release/gscript ... cargo test ...                  another build of the command
//!
//! The programs are `tests/stress/*.gs`: golden files in form, that check what holds whatever the order of events is. Which
//! circumstances a short run picks changes from day to day; a failure names the command that repeats it. Crashes and hangs
//! that need luck are found by the long run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use golden::case::Case;
use golden::child::{self, Job};
use golden::discover::{self, Script};
use golden::{trial, verdict};

/// Ways of running a program: each with several workers, however many cores there are.
const WAYS: &[&[&str]] = &[
    &["--workers=4"],
    &["--workers=8", "--jit-threshold=2"],
    &["--workers=2", "--jit=off"],
    &["--workers=4", "--jit-threshold=2", "--jit-stress=exits"],
    &["--workers=4", "--young=16K"],
    &["--workers=8", "--jit-threads=1", "--jit-threshold=2", "--young=16K"],
    &["--workers=8", "--jit=off", "--young=16K"],
    &["--workers=4", "--jit=quick", "--jit-threshold=1"],
    &["--workers=4", "--go-stress=delays"],
    &["--workers=8", "--jit-threshold=2", "--go-stress=delays", "--young=16K"],
    &["--workers=4", "--stress=gc"],
    &["--workers=2", "--jit-threshold=2", "--stress=gc"],
    &["--workers=4", "--stress=slow"],
    &["--workers=4", "--jit-threshold=2", "--stress=alloc"],
];

/// How long a program may take. They take less than a second; collections at every safepoint on a busy machine make that minutes.
const TIMEOUT: Duration = Duration::from_secs(400);
/// How long a short run goes on beginning programs, once each has run in one way; and the ways it leaves out as too slow.
const SHORT: Duration = Duration::from_secs(8);
const SLOW_WAYS: usize = 4;
/// Lines of standard error that a failure shows; a traceback of a deep recursion is longer.
const SHOWN_LINES_MAX: usize = 30;

struct Program {
    script: Script,
    case: Case,
    /// What `// options:` says: it needs them to be what it is.
    options: Vec<String>,
}

fn main() -> ExitCode {
    let filters: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let is_listing = std::env::args().any(|a| a == "--list");
    let programs = match programs(&filters) {
        Ok(programs) => programs,
        Err(why) => {
            eprintln!("stress programs: {why}");
            return ExitCode::FAILURE;
        }
    };
    if is_listing {
        programs.iter().for_each(|p| println!("{}: test", p.script.name));
        return ExitCode::SUCCESS;
    }
    let failures = run_all(&programs);
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn programs(filters: &[String]) -> Result<Vec<Program>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("stress");
    let mut scripts = discover::scripts(&root).map_err(|error| error.to_string())?;
    scripts.retain(|script| {
        // Modules that programs require lie in folders.
        !script.name.contains('/') && (filters.is_empty() || filters.iter().any(|f| script.name.contains(f)))
    });
    scripts.into_iter().map(program).collect()
}

fn program(script: Script) -> Result<Program, String> {
    let case = trial::read_case(&script)?;
    let text = std::fs::read_to_string(&script.path).map_err(|error| error.to_string())?;
    let options = text.lines().filter_map(|line| line.strip_prefix("// options: "));
    let options = options.flat_map(|line| line.split(' ')).map(String::from).collect();
    Ok(Program { script, case, options })
}

/// Runs programs in ways until the time is over; the number of failures.
fn run_all(programs: &[Program]) -> usize {
    let seconds = std::env::var("GSCRIPT_STRESS_SECONDS").ok().and_then(|text| text.parse().ok());
    let time = seconds.map_or(SHORT, Duration::from_secs);
    let ways = if seconds.is_some() { WAYS.len() } else { WAYS.len() - SLOW_WAYS };
    // The day chooses where a short run begins.
    let day = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs() / 86_400) as usize;
    let begin = Instant::now();
    let (mut runs, mut failures) = (0, 0);
    for round in 0.. {
        for (i, program) in programs.iter().enumerate() {
            if (round > 0 && begin.elapsed() >= time) || (round == ways && seconds.is_none()) {
                println!("stress: {runs} runs of {} programs, {failures} failures", programs.len());
                return failures;
            }
            // Over the rounds each program meets all ways; neighbours differ.
            let way = WAYS[(round + i + day) % ways];
            runs += 1;
            if let Err(why) = run(program, way) {
                println!("{why}");
                failures += 1;
            }
        }
        if programs.is_empty() {
            break;
        }
    }
    failures
}

fn run(program: &Program, way: &[&str]) -> Result<(), String> {
    let command = std::env::var_os("GSCRIPT_STRESS_PROGRAM")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_gscript-under-test")), PathBuf::from);
    let mut args: Vec<OsString> = way.iter().map(OsString::from).collect();
    args.extend(program.options.iter().map(OsString::from));
    args.push(program.script.path.clone().into());
    let dir = program.script.path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let job = Job { program: command, args, dir, stdin: Vec::new(), timeout: TIMEOUT };
    let outcome = child::run(&job).map_err(|error| format!("{}: {error}", job.program.display()))?;
    let Some(difference) = verdict::judge(&program.case, &outcome) else { return Ok(()) };
    let difference: Vec<&str> = difference.lines().take(SHOWN_LINES_MAX).collect();
    Err(format!(
        "FAILED {} {}: {:?}\n{}\n  by hand: {}\n",
        program.script.name,
        way.join(" "),
        outcome.end,
        difference.join("\n"),
        child::shell_line(&job)
    ))
}
