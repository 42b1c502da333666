//! Decides whether an outcome is the expected one, and says in what it differs.
//!
//! Output and status are compared exactly, with one exception: whether the last line ends in a newline is not looked at,
//! because a comment cannot say it. A file that expects no error expects silence on standard error.

use std::fmt::Write;

use crate::case::{Case, Stderr};
use crate::child::{End, Outcome};
use crate::diff;

/// Everything in which an outcome differs from what was expected; nothing if it is as expected.
pub fn judge(case: &Case, outcome: &Outcome) -> Option<String> {
    let mut text = String::new();
    if outcome.end != End::Exit(case.exit) {
        let _ = writeln!(text, "  {}, expected exit status {}", describe(outcome.end), case.exit);
    }
    let expected: Vec<&[u8]> = case.stdout.iter().map(Vec::as_slice).collect();
    add_diff("standard output", &expected, &outcome.stdout, &mut text);
    let stderr_shown = match &case.stderr {
        Stderr::Empty => add_diff("standard error", &[], &outcome.stderr, &mut text),
        Stderr::Lines(lines) => {
            let expected: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
            add_diff("standard error", &expected, &outcome.stderr, &mut text)
        }
        Stderr::Contains(pieces) => {
            let actual = String::from_utf8_lossy(&outcome.stderr);
            for piece in pieces.iter().filter(|piece| !actual.contains(piece.as_str())) {
                let _ = writeln!(text, "  standard error lacks: {piece}");
            }
            false
        }
    };
    if text.is_empty() {
        return None;
    }
    if !stderr_shown && !outcome.stderr.is_empty() {
        text.push_str("  standard error was:\n");
        for line in diff::lines(&outcome.stderr).iter().take(20) {
            let _ = writeln!(text, "      {}", String::from_utf8_lossy(line));
        }
    }
    Some(text)
}

/// Appends the difference between lines and a text; tells whether there is one.
fn add_diff(what: &str, expected: &[&[u8]], actual: &[u8], text: &mut String) -> bool {
    match diff::render(expected, &diff::lines(actual)) {
        Some(difference) => {
            let _ = writeln!(text, "  {what} differs (- expected, + actual):\n{}", difference.trim_end());
            true
        }
        None => false,
    }
}

fn describe(end: End) -> String {
    match end {
        End::Exit(status) => format!("exit status {status}"),
        End::Signal(signal) => format!("crashed by signal {signal}"),
        End::Timeout => "killed after its time was over".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case;

    fn check(source: &str, end: End, stdout: &str, stderr: &str) -> String {
        let case = case::parse(source.as_bytes()).unwrap();
        judge(&case, &Outcome { end, stdout: stdout.into(), stderr: stderr.into() }).unwrap_or_default()
    }

    #[test]
    fn accepts_what_is_expected() {
        assert_eq!(check("// expect: a\n// expect:\n", End::Exit(0), "a\n\n", ""), "");
        assert_eq!(check("// expect: a\n", End::Exit(0), "a", ""), "");
        assert_eq!(check("// exit: 7\n", End::Exit(7), "", ""), "");
        assert_eq!(check("// expect runtime error: bad\n", End::Exit(1), "", "gscript: bad luck\n"), "");
        assert_eq!(check("// expect stderr: a\n// expect stderr:   b\n", End::Exit(1), "", "a\n  b\n"), "");
    }

    #[test]
    fn shows_different_output() {
        let text = check("// expect: 1\n// expect: 2\n", End::Exit(0), "1\n3\n", "");
        assert_eq!(text, "  standard output differs (- expected, + actual):\n      1\n    - 2\n    + 3\n");
    }

    #[test]
    fn shows_the_status_and_standard_error() {
        let text = check("// expect: 1\n", End::Exit(1), "1\n", "gscript: oops\n");
        assert!(text.contains("exit status 1, expected exit status 0"), "{text}");
        assert!(text.contains("    + gscript: oops"), "{text}");
        let text = check("// expect: 1\n", End::Signal(11), "1\n", "");
        assert!(text.contains("crashed by signal 11"), "{text}");
        let text = check("// expect: 1\n", End::Timeout, "1\n", "");
        assert!(text.contains("killed"), "{text}");
    }

    #[test]
    fn silence_is_expected_without_an_error() {
        assert!(check("// expect: 1\n", End::Exit(0), "1\n", "warning\n").contains("+ warning"));
    }

    #[test]
    fn names_missing_error_texts() {
        let text = check("// expect runtime error: bad\n", End::Exit(1), "", "gscript: worse\n");
        assert!(text.contains("lacks: bad") && text.contains("      gscript: worse"), "{text}");
    }

    #[test]
    fn compares_error_lines_exactly() {
        let text = check("// expect stderr: a\n", End::Exit(1), "", "a\nb\n");
        assert!(text.contains("    + b"), "{text}");
    }
}
