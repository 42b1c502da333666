//! Reads the expectations out of a golden file.
//!
//! They are comments, so that the file is a script like any other:
//!
//! | comment | meaning |
//! |---|---|
//! | `// expect: LINE` | the next line of standard output; anywhere on a line, so it can follow the call that prints it |
//! | `// expect runtime error: TEXT` | an uncaught error: status 1, and standard error contains TEXT |
//! | `// expect compile error: TEXT` | the same for a script that is rejected: nothing is printed at all |
//! | `// expect stderr: LINE` | the next line of standard error, which then has exactly these lines; status 1 |
//! | `// exit: N` | the exit status, when it is not the one that follows from the above |
//! | `// args: A B` | arguments of the script |
//! | `// stdin: LINE` | the next line of standard input |
//! | `// skip MODE: REASON` | the file is not run in that mode |
//!
//! The first five are expectations; a file without one is an error, and so is a comment that looks like one of these and is
//! not. Exactly one space after the colon is dropped; everything else up to the end of the line counts, trailing white space
//! included. Expected output is bytes: scripts may print what is not UTF-8.

use crate::mode;

/// What a golden file wants to be given and expects to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    /// Lines of standard output, without their newlines.
    pub stdout: Vec<Vec<u8>>,
    /// What standard error must look like.
    pub stderr: Stderr,
    /// The exit status.
    pub exit: i32,
    /// Standard input.
    pub stdin: Vec<u8>,
    /// The arguments of the script.
    pub args: Vec<String>,
    /// Modes in which the file is not run, with the reason.
    pub skips: Vec<(String, String)>,
}

/// What standard error must look like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Stderr {
    /// Nothing is written.
    #[default]
    Empty,
    /// Each of these texts occurs.
    Contains(Vec<String>),
    /// Exactly these lines.
    Lines(Vec<Vec<u8>>),
}

impl Case {
    /// Whether the file asks not to be run in the mode of that name.
    pub fn skips_mode(&self, name: &str) -> bool {
        self.skips.iter().any(|(mode, _)| mode == name)
    }
}

/// A comment of a golden file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Output,
    RuntimeError,
    CompileError,
    ErrorLine,
    Exit,
    Args,
    Stdin,
    Skip,
}

/// Comments that may follow code, with the text that introduces them.
const TRAILING: &[(&[u8], Directive)] = &[
    (b"// expect:", Directive::Output),
    (b"// expect runtime error:", Directive::RuntimeError),
    (b"// expect compile error:", Directive::CompileError),
    (b"// expect stderr:", Directive::ErrorLine),
];

/// Comments that must have their line to themselves.
const LEADING: &[(&[u8], Directive)] = &[
    (b"// exit:", Directive::Exit),
    (b"// args:", Directive::Args),
    (b"// stdin:", Directive::Stdin),
    (b"// skip ", Directive::Skip),
];

/// Reads the expectations of a file, or says what is wrong with them.
pub fn parse(source: &[u8]) -> Result<Case, String> {
    let mut found = Found::default();
    for (index, line) in source.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some((directive, text)) = directive_of(line)? {
            found.add(directive, text).map_err(|why| format!("line {}: {why}", index + 1))?;
        }
    }
    found.finish()
}

/// What the comments of a file say, before they are checked against each other.
#[derive(Default)]
struct Found {
    case: Case,
    runtime: Vec<String>,
    compile: Vec<String>,
    lines: Vec<Vec<u8>>,
    exit: Option<i32>,
}

impl Found {
    fn add(&mut self, directive: Directive, text: &[u8]) -> Result<(), String> {
        let words = String::from_utf8_lossy(text).into_owned();
        match directive {
            Directive::Output => self.case.stdout.push(text.to_vec()),
            Directive::ErrorLine => self.lines.push(text.to_vec()),
            Directive::RuntimeError => self.runtime.push(not_blank(words, "error text")?),
            Directive::CompileError => self.compile.push(not_blank(words, "error text")?),
            Directive::Exit => {
                let status =
                    words.trim().parse().map_err(|_| format!("exit status `{words}` is not a number"))?;
                if self.exit.replace(status).is_some() {
                    return Err("a second exit status".to_owned());
                }
            }
            Directive::Args => self.case.args.extend(words.split_whitespace().map(str::to_owned)),
            Directive::Stdin => {
                self.case.stdin.extend_from_slice(text);
                self.case.stdin.push(b'\n');
            }
            Directive::Skip => {
                let Some((mode, reason)) = words.split_once(':') else {
                    return Err("a skip comment reads `// skip MODE: REASON`".to_owned());
                };
                let reason = not_blank(reason.trim().to_owned(), "reason")?;
                if mode::find(mode).is_none() {
                    return Err(format!("no mode is named `{mode}`"));
                }
                self.case.skips.push((mode.to_owned(), reason));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Case, String> {
        let Found { mut case, runtime, compile, lines, exit } = self;
        let kinds = [runtime.is_empty(), compile.is_empty(), lines.is_empty()];
        match kinds.iter().filter(|&&empty| !empty).count() {
            0 if case.stdout.is_empty() && exit.is_none() => {
                return Err("no expectation: add `// expect: LINE` or one of its relatives".to_owned());
            }
            0 => case.exit = exit.unwrap_or(0),
            1 => {
                if !compile.is_empty() && !case.stdout.is_empty() {
                    return Err("a script that does not compile prints nothing".to_owned());
                }
                case.exit = exit.unwrap_or(1);
                case.stderr = match lines.is_empty() {
                    true => Stderr::Contains(if compile.is_empty() { runtime } else { compile }),
                    false => Stderr::Lines(lines),
                };
            }
            _ => return Err("more than one kind of error expected".to_owned()),
        }
        Ok(case)
    }
}

/// The directive in a line and the text after it.
fn directive_of(line: &[u8]) -> Result<Option<(Directive, &[u8])>, String> {
    let start = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(line.len());
    for &(marker, directive) in LEADING {
        if let Some(text) = line[start..].strip_prefix(marker) {
            return Ok(Some((directive, text.strip_prefix(b" ").unwrap_or(text))));
        }
    }
    let general = b"// expect";
    let Some(at) = line.windows(general.len()).position(|window| window == general) else { return Ok(None) };
    for &(marker, directive) in TRAILING {
        if let Some(text) = line[at..].strip_prefix(marker) {
            return Ok(Some((directive, text.strip_prefix(b" ").unwrap_or(text))));
        }
    }
    Err(format!("unknown expectation `{}`", String::from_utf8_lossy(&line[at..])))
}

fn not_blank(text: String, what: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err(format!("an empty {what}")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str) -> Case {
        parse(source.as_bytes()).unwrap_or_else(|why| panic!("{why}"))
    }

    fn check_error(source: &str, expected: &str) {
        match parse(source.as_bytes()) {
            Ok(case) => panic!("accepted: {case:?}"),
            Err(why) => assert!(why.contains(expected), "{why}"),
        }
    }

    #[test]
    fn output_lines_keep_their_order_and_bytes() {
        let case = parse(b"print(1) // expect: 1\n// expect:\nx() // expect: a\tb \xff\r\n").unwrap();
        assert_eq!(case.stdout, [b"1".to_vec(), b"".to_vec(), b"a\tb \xff".to_vec()]);
        assert_eq!((case.exit, case.stderr), (0, Stderr::Empty));
    }

    #[test]
    fn one_space_after_the_colon_is_dropped() {
        assert_eq!(check("// expect:   indented\n").stdout, [b"  indented".to_vec()]);
    }

    #[test]
    fn runtime_errors_are_status_one() {
        let case = check("f() // expect runtime error: no f\n// expect: before\n");
        assert_eq!(case.stderr, Stderr::Contains(vec!["no f".to_owned()]));
        assert_eq!((case.exit, case.stdout.len()), (1, 1));
    }

    #[test]
    fn compile_errors_print_nothing() {
        let case = check("x // expect compile error: a\n// expect compile error: b\n");
        assert_eq!(case.stderr, Stderr::Contains(vec!["a".to_owned(), "b".to_owned()]));
        check_error("x // expect compile error: a\n// expect: 1\n", "prints nothing");
    }

    #[test]
    fn error_lines_keep_their_indentation() {
        let case = check("// expect stderr: gscript: e\n// expect stderr:     at 1\n");
        assert_eq!(case.stderr, Stderr::Lines(vec![b"gscript: e".to_vec(), b"    at 1".to_vec()]));
        assert_eq!(case.exit, 1);
    }

    #[test]
    fn exit_alone_is_an_expectation() {
        assert_eq!(check("// exit: 7\n").exit, 7);
        check_error("// exit: x\n", "not a number");
        check_error("// exit: 1\n// exit: 2\n", "second exit status");
    }

    #[test]
    fn input_and_arguments() {
        let case = check("// args: one two\n// stdin: a\n// stdin:\n// stdin:  b\n// exit: 0\n");
        assert_eq!(case.args, ["one", "two"]);
        assert_eq!(case.stdin, b"a\n\n b\n");
    }

    #[test]
    fn skips_name_a_mode_and_a_reason() {
        let case = check("// skip gc-stress: too slow\n// exit: 0\n");
        assert!(case.skips_mode("gc-stress") && !case.skips_mode("interp"));
        check_error("// skip nothing: why\n// exit: 0\n", "line 1: no mode is named `nothing`");
        check_error("// skip gc-stress:\n// exit: 0\n", "empty reason");
        check_error("// skip gc-stress\n// exit: 0\n", "MODE: REASON");
    }

    #[test]
    fn mistakes_are_reported() {
        check_error("print(1)\n", "no expectation");
        check_error("// args: a\n", "no expectation");
        check_error("// expects: 1\n", "unknown expectation");
        check_error("// expect error: 1\n", "unknown expectation");
        check_error("\n// expect runtime error:\n", "line 2: an empty error text");
        check_error("// expect runtime error: a\n// expect stderr: b\n", "more than one kind");
    }
}
