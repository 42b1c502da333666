//! Source texts through lexer, parser, compiler and the renderer of diagnostics.

use std::fmt::Write;
use syntax::Mode;
use syntax::diagnostic::{Diagnostic, Label, Severity, render};
use syntax::span::{Source, Span};
use syntax::token::TokenKind;

/// Lexer and parser do not panic, and every position that they give lies in the text.
pub fn parser(data: &[u8]) {
    let source = Source::new("fuzz", data);
    let len = source.text().len() as u32;
    let (tokens, errors) = syntax::lex(&source);
    let mut end = 0;
    for token in &tokens {
        check_span(token.span, len);
        assert!(token.span.start >= end, "tokens overlap at {}", token.span.start);
        end = token.span.end;
    }
    assert!(tokens.last().is_some_and(|token| token.kind == TokenKind::Eof), "no end of file");
    errors.iter().for_each(|error| check_diagnostic(error, len));
    for mode in [Mode::Chunk, Mode::Repl] {
        let parsed = syntax::parse_mode(&source, mode);
        parsed.diagnostics.iter().for_each(|diagnostic| check_diagnostic(diagnostic, len));
        let shown = syntax::ast::print::print(&parsed.chunk, &parsed.interner);
        assert!(
            parsed.has_errors() || !errors.iter().any(|e| e.severity == Severity::Error),
            "lexical errors are lost"
        );
        assert!(!parsed.is_incomplete() || parsed.has_errors(), "incomplete without an error");
        // The tree's positions show in its debug form only, which is slow to make: one text in sixteen.
        if data.len().is_multiple_of(16) {
            check_tree(&parsed.chunk, len);
        }
        drop(shown);
    }
}

fn check_span(span: Span, len: u32) {
    assert!(span.start <= span.end && span.end <= len, "{span:?} in a text of {len} bytes");
}

fn check_diagnostic(diagnostic: &Diagnostic, len: u32) {
    check_span(diagnostic.span, len);
    diagnostic.labels.iter().for_each(|label| check_span(label.span, len));
    let message = &diagnostic.message;
    assert!(
        !message.is_empty() && !message.contains('\n') && !message.ends_with('.'),
        "the message {message:?}"
    );
}

/// Checks every position in the debug form of a tree.
fn check_tree(chunk: &syntax::ast::Chunk, len: u32) {
    let check = || {
        let mut positions = Positions { len, text: String::new() };
        // Writing fails only where a position is wrong, and then it panics.
        let _ = write!(positions, "{chunk:?}");
        positions.check();
    };
    // The debug form recurses much deeper than the parser.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, check);
        if let Ok(Err(panic)) = thread.map(|thread| thread.join()) {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Reads numbers behind `start: `, `end: ` and `pos: ` out of what is written, in pieces that end between fields.
struct Positions {
    len: u32,
    text: String,
}

impl Positions {
    fn check(&mut self) {
        for field in self.text.split([',', '{', '}']) {
            let Some((name, value)) = field.split_once(':') else { continue };
            if matches!(name.trim(), "start" | "end" | "pos")
                && let Ok(position) = value.trim().parse::<u32>()
            {
                assert!(position <= self.len, "position {position} in a text of {} bytes", self.len);
            }
        }
        self.text.clear();
    }
}

impl Write for Positions {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.text.push_str(text);
        if self.text.len() > 4096 && text == ", " {
            self.check();
        }
        Ok(())
    }
}

/// What parses without errors compiles to verified code or gives diagnostics, and the same each time.
pub fn compiler(data: &[u8]) {
    let source = Source::new("fuzz", data);
    let len = source.text().len() as u32;
    match compiler::compile_source(&source, Mode::Chunk) {
        Ok(module) => {
            if let Err(error) =
                bytecode::verify::verify(&module).and_then(|()| bytecode::flow::verify_flow(&module))
            {
                panic!("bad code: {error}");
            }
            let text = bytecode::text::print(&module);
            assert!(!text.contains('?') || data.contains(&b'?'), "an operand out of range");
            let again = compiler::compile_source(&source, Mode::Chunk);
            assert!(
                again.is_ok_and(|again| bytecode::text::print(&again) == text),
                "compiled twice, it differs"
            );
        }
        Err(diagnostics) => {
            assert!(!diagnostics.is_empty(), "rejected without a reason");
            for diagnostic in &diagnostics {
                check_diagnostic(diagnostic, len);
                assert_eq!(diagnostic.severity, Severity::Error, "{diagnostic:?}");
            }
        }
    }
}

/// Every diagnostic of a text renders, and so do others at any place of it.
pub fn diagnostics(data: &[u8]) {
    let source = Source::new("fuzz", data);
    let parsed = syntax::parse(&source);
    let mut all = parsed.diagnostics;
    if all.is_empty()
        && let Err(errors) = compiler::compile(&parsed.chunk, &parsed.interner, &source)
    {
        all = errors;
    }
    // Places that no parser would choose: between the bytes of a character, over many lines, backwards, behind the end.
    let at = |i: usize| u32::from(data.get(i).copied().unwrap_or(0)) * (data.len() as u32 + 2) / 250;
    if let Some(first) = all.first().cloned() {
        let mut moved = first;
        moved.span = Span::new(at(0), at(1));
        moved.labels = vec![
            Label { span: Span::new(at(2), at(3)), message: "one".to_string() },
            Label { span: Span::new(at(4), at(5)), message: "two".to_string() },
        ];
        all.push(moved.with_help("do something else"));
    }
    for diagnostic in &all {
        let line = render::one_line(&source, diagnostic);
        assert!(line.starts_with("fuzz:") && !line.contains('\n'), "{line:?}");
        let plain = render::render(&source, diagnostic, render::Options { color: false });
        assert!(plain.ends_with('\n') && !plain.contains('\x1b'), "{plain:?}");
        assert!(!render::render(&source, diagnostic, render::Options { color: true }).is_empty());
    }
    let _ = render::render_all(&source, &all, render::Options { color: true });
}
