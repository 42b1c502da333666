//! The interactive mode: lines in, values out, for as long as the person likes. No error ends it.

use crate::options::Options;
use crate::run;
use gscript::{Error, Script};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Editor, Helper};
use std::cell::RefCell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

/// Words of the language that are worth completing.
const WORDS: &[&str] = &[
    "break", "case", "const", "continue", "default", "defer", "elseif", "else", "false", "for", "func", "if",
    "nil", "range", "return", "select", "switch", "true", "var",
];

struct Completion {
    script: Rc<RefCell<Script>>,
}

impl Completer for Completion {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
        let start = line[..pos].rfind(|c| !is_part(c)).map_or(0, |at| at + 1);
        let prefix = &line[start..pos];
        if prefix.is_empty() {
            return Ok((pos, Vec::new()));
        }
        let mut names = self.script.borrow_mut().completions(prefix);
        names.extend(WORDS.iter().filter(|w| w.starts_with(prefix)).map(|w| w.to_string()));
        let pairs = names.into_iter().map(|n| Pair { display: n.clone(), replacement: n }).collect();
        Ok((start, pairs))
    }
}

impl Hinter for Completion {
    type Hint = String;
}
impl Highlighter for Completion {}
impl Validator for Completion {}
impl Helper for Completion {}

/// Where the history is kept between sessions.
fn history_file() -> Option<PathBuf> {
    let home = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".local/state")))?;
    let dir = home.join("gscript");
    std::fs::create_dir_all(&dir).ok()?;
    Some(dir.join("history"))
}

/// Talks to a person until they leave.
pub fn repl(options: &Options) -> ExitCode {
    let script = match run::new_script(options, "stdin") {
        Ok(script) => Rc::new(RefCell::new(script)),
        Err(e) => {
            eprintln!("gscript: {e}");
            return ExitCode::FAILURE;
        }
    };
    run::stop_on_interrupt(script.borrow().interrupt_handle(), false);
    let mut editor: Editor<Completion, DefaultHistory> = match Editor::new() {
        Ok(editor) => editor,
        Err(e) => {
            eprintln!("gscript: {e}");
            return ExitCode::FAILURE;
        }
    };
    editor.set_helper(Some(Completion { script: script.clone() }));
    let history = history_file();
    if let Some(path) = &history {
        let _ = editor.load_history(path);
    }
    println!("GScript {}. Ctrl-D ends, Ctrl-C interrupts.", env!("CARGO_PKG_VERSION"));
    let mut pending = String::new();
    let status = loop {
        let prompt = if pending.is_empty() { "> " } else { "... " };
        match editor.readline(prompt) {
            Ok(line) => {
                if pending.is_empty() && line.trim().is_empty() {
                    continue;
                }
                // An empty line gives up on making the text complete: it runs, errors and all.
                let is_forced = line.trim().is_empty();
                if !pending.is_empty() {
                    pending.push('\n');
                }
                pending.push_str(&line);
                run::forget_interrupts();
                let outcome = script.borrow_mut().run_interactive(pending.as_bytes(), "stdin");
                script.borrow().flush();
                match outcome {
                    Err(Error::Compile { is_incomplete: true, .. }) if !is_forced => continue,
                    Err(Error::Exit(status)) => break status,
                    Err(e) => {
                        run::report(&e);
                        script.borrow().interrupt_handle().clear();
                    }
                    Ok(values) if values.is_empty() => {}
                    Ok(values) => println!("{}", values.join("\t")),
                }
                let _ = editor.add_history_entry(pending.as_str());
                pending.clear();
            }
            Err(ReadlineError::Interrupted) => pending.clear(),
            Err(ReadlineError::Eof) => break 0,
            Err(e) => {
                eprintln!("gscript: {e}");
                break 1;
            }
        }
    };
    if let Some(path) = &history {
        let _ = editor.save_history(path);
    }
    std::process::exit(status)
}
