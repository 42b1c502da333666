//! Turns diagnostics into text: the only place that does.
//!
//! ```text
//! shop.gs:4:6: expected '{' near 'then'
//!     4 | if x then
//!       |      ^^^^
//! help: write '{' where Lua has 'then'
//! ```
//!
//! The first line is the form that the language prescribes for compile errors. Each label follows as a `note:` with an
//! excerpt of its own. Tabs are shown as four spaces, control characters as `?`, and of a very long line only the part
//! around the place.

use std::fmt::Write;

use super::{Diagnostic, Severity};
use crate::lexer;
use crate::span::{LineColumn, Source, Span, chars_lossy};

/// How to render.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether to colour the text with ANSI escapes.
    pub color: bool,
}

/// How many characters of a token are shown after `near`. Arbitrary.
const NEAR_MAX: usize = 40;
/// How many characters of a line are shown in an excerpt. Arbitrary.
const LINE_MAX: usize = 120;
/// Where in a shortened excerpt the place stands.
const LINE_LEAD: usize = 60;

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";
const GREEN: &str = "\x1b[1;32m";
const RESET: &str = "\x1b[0m";

/// `FILE:LINE:COLUMN: message near 'TOKEN'`, without a newline: what `load` gives as message.
#[must_use]
pub fn one_line(source: &Source, diagnostic: &Diagnostic) -> String {
    let LineColumn { line, column } = source.line_column(diagnostic.span.start);
    let near = match &diagnostic.near {
        Some(near) => shorten(near.as_bytes()),
        None => near(source, diagnostic.span),
    };
    let kind = if diagnostic.severity == Severity::Warning { "warning: " } else { "" };
    format!("{}:{line}:{column}: {kind}{} near '{near}'", source.name(), diagnostic.message)
}

/// The full form, each line ended by a newline.
#[must_use]
pub fn render(source: &Source, diagnostic: &Diagnostic, options: Options) -> String {
    let paint = |code: &'static str| if options.color { code } else { "" };
    let (accent, reset) = match diagnostic.severity {
        Severity::Error => (paint(RED), paint(RESET)),
        Severity::Warning => (paint(YELLOW), paint(RESET)),
    };
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}{}{reset}", paint(BOLD), one_line(source, diagnostic));
    excerpt(&mut out, source, diagnostic.span, accent, reset);
    for label in &diagnostic.labels {
        let line = source.line(label.span.start);
        let _ = writeln!(out, "{}note:{reset} {} (line {line})", paint(BLUE), label.message);
        excerpt(&mut out, source, label.span, paint(BLUE), reset);
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{}help:{reset} {help}", paint(GREEN));
    }
    out
}

/// All of them in the full form, one after the other.
#[must_use]
pub fn render_all(source: &Source, diagnostics: &[Diagnostic], options: Options) -> String {
    diagnostics.iter().map(|diagnostic| render(source, diagnostic, options)).collect()
}

/// The source line of `span` with carets under the part of `span` that lies on it.
fn excerpt(out: &mut String, source: &Source, span: Span, accent: &str, reset: &str) {
    let line = source.line(span.start);
    let start = source.lines().line_start(line);
    let text = source.line_text(line);
    let lead = (span.start - start.min(span.start)) as usize;
    let length = (span.end.saturating_sub(span.start) as usize).max(1);
    let before = text.get(..lead).unwrap_or(text);
    let marked = text.get(lead..).unwrap_or(b"");
    let (marked, after) = marked.split_at(length.min(marked.len()));

    let mut shown_before = shown(before);
    let mut shown_marked = shown(marked);
    let mut shown_after = shown(after);
    let total = width(&shown_before) + width(&shown_marked) + width(&shown_after);
    if total > LINE_MAX {
        let skip = width(&shown_before).saturating_sub(LINE_LEAD);
        if skip > 0 {
            shown_before = format!("...{}", shown_before.chars().skip(skip + 3).collect::<String>());
        }
        let rest = LINE_MAX - width(&shown_before);
        if width(&shown_marked) + width(&shown_after) > rest {
            shown_marked = shown_marked.chars().take(rest).collect();
            shown_after = shown_after.chars().take(rest - width(&shown_marked)).collect();
            shown_after.push_str("...");
        }
    }
    let gutter = line.to_string().len().max(5);
    let _ = writeln!(out, "{line:>gutter$} | {shown_before}{shown_marked}{shown_after}");
    let blank = " ".repeat(width(&shown_before));
    let carets = "^".repeat(width(&shown_marked).max(1));
    let _ = writeln!(out, "{:>gutter$} | {blank}{accent}{carets}{reset}", "");
}

/// How many columns a text takes, one for each character.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// Part of a source line as it is shown.
fn shown(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for char in chars_lossy(bytes) {
        match char {
            '\t' => out.push_str("    "),
            _ if char.is_control() => out.push('?'),
            _ => out.push(char),
        }
    }
    out
}

/// The token at the start of `span`, as it is shown after `near`.
fn near(source: &Source, span: Span) -> String {
    let token = lexer::token_at(source.text(), span.start);
    let text = token.of(source.text());
    if text.is_empty() { "<eof>".to_owned() } else { shorten(text) }
}

/// The first line of a token, cut to [`NEAR_MAX`] characters.
fn shorten(text: &[u8]) -> String {
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut out = String::new();
    for (index, char) in shown(line).chars().enumerate() {
        if index == NEAR_MAX {
            out.push_str("...");
            return out;
        }
        out.push(char);
    }
    if line.len() < text.len() {
        out.push_str("...");
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::diagnostic::Code;

    fn check(text: &str, span: Span, expected: Expect) {
        let source = Source::new("a.gs", text.as_bytes());
        let diagnostic = Diagnostic::error(Code::UnexpectedToken, span, "bad");
        expected.assert_eq(&render(&source, &diagnostic, Options::default()));
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_carets_in_place() {
        check(
            "\té = xyz\n",
            Span::new(6, 9),
            expect![[r#"
                a.gs:1:6: bad near 'xyz'
                    1 |     é = xyz
                      |         ^^^
            "#]],
        );
    }

    #[test]
    fn end_of_text_gets_one_caret() {
        check(
            "f(",
            Span::at(2),
            expect![[r#"
                a.gs:1:3: bad near '<eof>'
                    1 | f(
                      |   ^
            "#]],
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}wrong{}", "x ".repeat(5000), " y".repeat(5000));
        check(
            &text,
            Span::new(10_000, 10_005),
            expect![[r#"
                a.gs:1:10001: bad near 'wrong'
                    1 | ... x x x x x x x x x x x x x x x x x x x x x x x x x x x x wrong y y y y y y y y y y y y y y y y y y y y y y y y y y y ...
                      |                                                             ^^^^^
            "#]],
        );
    }

    #[test]
    fn a_span_over_lines_marks_the_first() {
        check(
            "`ab\ncd`",
            Span::new(0, 7),
            expect![[r#"
                a.gs:1:1: bad near '`ab...'
                    1 | `ab
                      | ^^^
            "#]],
        );
    }

    #[test]
    fn colours_only_when_asked() {
        let source = Source::new("a.gs", b"x");
        let diagnostic = Diagnostic::error(Code::UnexpectedToken, Span::new(0, 1), "bad").with_help("good");
        assert!(!render(&source, &diagnostic, Options::default()).contains('\x1b'));
        assert!(render(&source, &diagnostic, Options { color: true }).contains("\x1b[1;32mhelp:"));
    }
}
