//! The documentation is right: every example does what the text beside it says, every link leads somewhere, and the page of
//! a library has the names that the library has.
//!
//! `src/docs.rs` tells how examples are written. Each runs in a fresh folder that holds it as `example.gs`, together with the
//! files that its page shows before it. Shell sessions find the command as `gscript`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use golden::child::{self, End, Job, Outcome};
use golden::docs::{self, Block, Ending, Kind};
use golden::mode::{MODES, Mode};
use libtest_mimic::{Arguments, Failed, Trial};

/// Examples take milliseconds; a few of them sleep.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The program that the folder of an example holds.
const SCRIPT: &str = "example.gs";

/// Pages in the folder of the libraries that are about no library table.
const NO_LIBRARIES: &[&str] = &["README", "core", "channels"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(why) => {
            eprintln!("documentation: {why}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let mut trials = Vec::new();
    for (page, path) in docs::pages().map_err(|error| error.to_string())? {
        let text = fs::read_to_string(&path).map_err(|error| format!("{page}: {error}"))?;
        let (linked, at) = (text.clone(), path.clone());
        trials.push(Trial::test(format!("links::{page}"), move || {
            check_links(&linked, &at).map_err(Failed::from)
        }));
        if let Some(library) = page.strip_prefix("docs/library/").and_then(|name| name.strip_suffix(".md"))
            && !NO_LIBRARIES.contains(&library)
        {
            let (library, text) = (library.to_owned(), text.clone());
            trials.push(Trial::test(format!("names::{page}"), move || {
                check_names(&library, &text).map_err(Failed::from)
            }));
        }
        let blocks = docs::blocks(&text).map_err(|why| format!("{page}: {why}"))?;
        for (i, block) in blocks.iter().enumerate() {
            let files: Vec<Block> =
                blocks[..i].iter().filter(|b| matches!(b.kind, Kind::File(_))).cloned().collect();
            let modes = MODES.iter().filter(|mode| mode.runs_examples);
            for (j, mode) in modes.enumerate() {
                let name = format!("{}::{page}:{}", mode.name, block.line);
                let folder =
                    format!("gscript-docs-{}-{j}-{}-{}", std::process::id(), page.len(), trials.len());
                let (block, files) = (block.clone(), files.clone());
                trials.push(Trial::test(name.clone(), move || {
                    let folder = Folder::new(&folder, &files)?;
                    check(&folder, mode, &block).map_err(|why| Failed::from(format!("{name}\n{why}")))
                }));
            }
        }
    }
    Ok(trials)
}

/// Checks that each link leads to a file, and to a heading of it.
fn check_links(page: &str, path: &Path) -> Result<(), String> {
    let mut wrong = String::new();
    for link in docs::links(page) {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let target = match file {
            "" => path.to_owned(),
            _ => path.with_file_name(file),
        };
        let is_right = match fs::read_to_string(&target) {
            Ok(text) => anchor.is_empty() || docs::anchors(&text).iter().any(|a| a == anchor),
            Err(_) => target.is_dir(),
        };
        if !is_right {
            wrong.push_str(&format!("  {link}\n"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("links that lead nowhere:\n{wrong}")) }
}

/// Checks that the page of a library has all its names, and no others.
fn check_names(library: &str, page: &str) -> Result<(), String> {
    let code = format!("for name := range {library} {{ print(name) }}");
    let outcome = run(&std::env::temp_dir(), under_test(), vec!["-e".into(), code.into()])?;
    judge_end(&outcome, 0, "")?;
    let listed = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let names: Vec<&str> = listed.lines().collect();
    let mut wrong = String::new();
    for name in names.iter().filter(|name| !docs::mentions(page, name)) {
        wrong.push_str(&format!("  {library}.{name} is not on its page\n"));
    }
    for name in docs::members(page, library).iter().filter(|name| !names.contains(name)) {
        wrong.push_str(&format!("  there is no {library}.{name}\n"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A folder that goes with its example.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[Block]) -> Result<Folder, String> {
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let folder = Folder(path);
        for file in files {
            if let Kind::File(name) = &file.kind {
                folder.write(name, &file.text)?;
            }
        }
        Ok(folder)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        fs::write(self.0.join(name), text).map_err(|error| format!("{name}: {error}"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn check(folder: &Folder, mode: &Mode, block: &Block) -> Result<(), String> {
    if block.kind == Kind::Console {
        return check_session(folder, block);
    }
    let program = docs::program(&block.text)?;
    folder.write(SCRIPT, &program.source)?;
    let mut args: Vec<OsString> = Vec::new();
    if program.is_checked() {
        args.extend(mode.options.iter().map(OsString::from));
    } else {
        args.extend(["dump", "--bytecode"].map(OsString::from));
    }
    args.push(SCRIPT.into());
    let outcome = run(&folder.0, under_test(), args)?;
    if !program.is_checked() {
        return judge_end(&outcome, 0, "");
    }
    if let Some(difference) = docs::difference(&program.output, &outcome.stdout) {
        let stderr = String::from_utf8_lossy(&outcome.stderr);
        return Err(format!("  output differs (- documented, + actual):\n{difference}{stderr}"));
    }
    match &program.ending {
        Ending::Normal => judge_end(&outcome, 0, ""),
        Ending::Error(text) => judge_end(&outcome, 1, text),
    }
}

/// Checks the exit status, and that standard error holds a text; nothing at all, if that is empty.
fn judge_end(outcome: &Outcome, status: i32, stderr: &str) -> Result<(), String> {
    let actual = String::from_utf8_lossy(&outcome.stderr);
    let is_right = if stderr.is_empty() { actual.is_empty() } else { actual.contains(stderr) };
    if outcome.end == End::Exit(status) && is_right {
        return Ok(());
    }
    Err(format!(
        "  ended with {:?} instead of exit status {status}; '{stderr}' expected in:\n{actual}",
        outcome.end
    ))
}

#[cfg(unix)]
fn check_session(folder: &Folder, block: &Block) -> Result<(), String> {
    let bin = folder.0.join("bin");
    fs::create_dir_all(&bin).map_err(|error| error.to_string())?;
    std::os::unix::fs::symlink(under_test(), bin.join("gscript")).map_err(|error| error.to_string())?;
    let (commands, output) = docs::session(&block.text);
    let script = format!("PATH='{}':$PATH\nexec 2>&1\n{commands}", bin.display());
    let outcome = run(&folder.0, Path::new("/bin/sh"), vec!["-c".into(), script.into()])?;
    match docs::difference(&output, &outcome.stdout) {
        Some(difference) => Err(format!("  the session differs (- documented, + actual):\n{difference}")),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn check_session(_folder: &Folder, _block: &Block) -> Result<(), String> {
    // Sessions are written for a POSIX shell.
    Ok(())
}

fn under_test() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_gscript-under-test"))
}

fn run(dir: &Path, program: &Path, args: Vec<OsString>) -> Result<Outcome, String> {
    let dir = dir.canonicalize().map_err(|error| error.to_string())?;
    let job = Job { program: program.to_owned(), args, dir, stdin: Vec::new(), timeout: TIMEOUT };
    child::run(&job).map_err(|error| format!("{}: {error}", program.display()))
}
