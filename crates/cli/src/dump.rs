//! Shows what the front end makes of a program: tokens, tree, bytecode.

use crate::options::DumpForm;
use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use syntax::Mode;
use syntax::diagnostic::{Diagnostic, render};
use syntax::span::Source;

/// Prints a form of the program in a file.
pub fn dump(what: DumpForm, path: &Path) -> ExitCode {
    let text = if path.as_os_str() == "-" {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).map(|_| text)
    } else {
        std::fs::read(path)
    };
    let text = match text {
        Ok(text) => text,
        Err(e) => {
            eprintln!("gscript: cannot open {}: {}", path.display(), gscript::io_reason(&e));
            return ExitCode::FAILURE;
        }
    };
    let source = Source::new(&path.to_string_lossy(), &text);
    let (shown, diagnostics) = match what {
        DumpForm::Tokens => tokens(&source),
        DumpForm::Ast => {
            let parsed = syntax::parse(&source);
            (syntax::ast::print::print(&parsed.chunk, &parsed.interner), parsed.diagnostics)
        }
        DumpForm::Bytecode => match compiler::compile_source(&source, Mode::Chunk) {
            Ok(module) => (bytecode::text::print(&module), Vec::new()),
            Err(diagnostics) => (String::new(), diagnostics),
        },
    };
    let mut out = std::io::stdout().lock();
    // A reader that has gone wants no more.
    let _ = out.write_all(shown.as_bytes()).and_then(|()| out.flush());
    if diagnostics.is_empty() {
        return ExitCode::SUCCESS;
    }
    let color = std::io::stderr().is_terminal();
    eprint!("{}", render::render_all(&source, &diagnostics, render::Options { color }));
    ExitCode::FAILURE
}

fn tokens(source: &Source) -> (String, Vec<Diagnostic>) {
    let (tokens, diagnostics) = syntax::lex(source);
    let mut text = String::new();
    for token in tokens {
        let place = source.line_column(token.span.start);
        let written = String::from_utf8_lossy(token.span.of(source.text())).into_owned();
        text.push_str(&format!(
            "{}:{}\t{:?}\t{}\n",
            place.line,
            place.column,
            token.kind,
            written.escape_debug()
        ));
    }
    (text, diagnostics)
}
