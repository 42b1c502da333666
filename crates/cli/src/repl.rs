//! The interactive mode: lines in, values out, for as long as the person likes. No error ends it.
//!
//! A text that is not complete is kept and continued by the next line. Each text runs as a program of its own on one
//! engine, so its globals stay and its goroutines end with it.

use crate::options::Options;
use crate::output;
use crate::run;
use gscript::{Error, Script};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::cell::RefCell;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

/// Words of the language that are worth completing.
const WORDS: &[&str] = &[
    "break", "case", "chan", "const", "continue", "default", "defer", "else", "elseif", "false", "for",
    "func", "if", "nil", "range", "return", "select", "switch", "true", "var",
];

/// Texts that are kept from session to session; arbitrary.
const HISTORY_MAX: usize = 1000;

struct Completion {
    script: Rc<RefCell<Script>>,
}

/// Where the name that ends at `pos` starts, and what there is of it.
fn name_before(line: &str, pos: usize) -> (usize, &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
    let typed = &line[..pos];
    let name = &typed[typed.trim_end_matches(is_part).len()..];
    (pos - name.len(), name)
}

impl Completer for Completion {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, prefix) = name_before(line, pos);
        if prefix.is_empty() {
            return Ok((pos, Vec::new()));
        }
        let mut names = self.script.borrow_mut().completions(prefix);
        names.extend(WORDS.iter().filter(|w| w.starts_with(prefix)).map(|w| w.to_string()));
        names.sort();
        // A list shows fields without what leads to them.
        let shown_from = prefix.rfind(['.', ':']).map_or(0, |at| at + 1);
        let pairs = names.into_iter().map(|n| Pair { display: n[shown_from..].to_string(), replacement: n });
        Ok((start, pairs.collect()))
    }
}

impl Hinter for Completion {
    type Hint = String;
}
impl Highlighter for Completion {}
impl Validator for Completion {}
impl Helper for Completion {}

type LineEditor = Editor<Completion, DefaultHistory>;

/// Where the history is kept between sessions.
fn history_file() -> Option<PathBuf> {
    let home = std::env::var_os("XDG_STATE_HOME")
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".local/state")))?;
    let dir = home.join("gscript");
    std::fs::create_dir_all(&dir).ok()?;
    Some(dir.join("history"))
}

fn new_editor(script: Rc<RefCell<Script>>) -> rustyline::Result<LineEditor> {
    let config =
        Config::builder().max_history_size(HISTORY_MAX)?.completion_type(CompletionType::List).build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Completion { script }));
    Ok(editor)
}

/// Talks to a person until they leave.
pub fn repl(options: &Options) -> ExitCode {
    let script = match run::new_script(options, "stdin".as_ref()) {
        Ok(script) => Rc::new(RefCell::new(script)),
        Err(e) => return ExitCode::from(run::report(&e) as u8),
    };
    run::stop_on_interrupt(script.borrow().interrupt_handle(), false);
    let mut editor = match new_editor(script.clone()) {
        Ok(editor) => editor,
        Err(e) => {
            output::complain(&e.to_string());
            return ExitCode::FAILURE;
        }
    };
    let history = history_file();
    if let Some(path) = &history {
        // There is none at the first time.
        let _ = editor.load_history(path);
    }
    output::say(&format!("GScript {}. Ctrl-D ends, Ctrl-C interrupts.\n", env!("CARGO_PKG_VERSION")));
    let status = converse(options, &script, &mut editor);
    if let Some(path) = &history {
        // A session without a history to come is better than one that ends in a complaint.
        let _ = editor.save_history(path);
    }
    run::report_heap(options, &script.borrow());
    std::process::exit(status)
}

/// Reads and runs texts to the end; gives the exit status.
fn converse(options: &Options, script: &RefCell<Script>, editor: &mut LineEditor) -> i32 {
    let mut pending = String::new();
    loop {
        let prompt = if pending.is_empty() { "> " } else { "... " };
        let line = match editor.readline(prompt) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                pending.clear();
                continue;
            }
            Err(ReadlineError::Eof) => return 0,
            Err(e) => {
                output::complain(&e.to_string());
                return 1;
            }
        };
        // An empty line gives up on making the text complete: it runs, errors and all.
        let is_forced = line.trim().is_empty();
        if pending.is_empty() && is_forced {
            continue;
        }
        if !pending.is_empty() {
            pending.push('\n');
        }
        pending.push_str(&line);
        run::forget_interrupts(&script.borrow());
        run::set_deadline(options, &script.borrow());
        let outcome = script.borrow_mut().run_interactive(pending.as_bytes(), "stdin");
        if let Err(Error::Compile { is_incomplete: true, .. }) = outcome
            && !is_forced
        {
            continue;
        }
        if let Err(e) = script.borrow().flush() {
            output::complain_of_output(&e);
        }
        output::end_line();
        // What cannot be kept in the history has run all the same.
        let _ = editor.add_history_entry(std::mem::take(&mut pending).trim_end());
        match outcome {
            Err(Error::Exit(status)) => return status,
            Err(e) => {
                run::report(&e);
            }
            Ok(values) if values.is_empty() => {}
            Ok(values) => {
                output::say(&format!("{}\n", values.join("\t")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_behind_any_text() {
        assert_eq!(name_before("x = string.fo", 13), (4, "string.fo"));
        assert_eq!(name_before("é", 2), (2, ""));
        assert_eq!(name_before("\"é\"..tab", 9), (4, "..tab"));
        assert_eq!(name_before("a:b c", 3), (0, "a:b"));
        assert_eq!(name_before("", 0), (0, ""));
    }
}
