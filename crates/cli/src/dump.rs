//! Shows what becomes of a program: tokens, tree, bytecode; IR and machine code of what was hot when it ran.

use crate::options::DumpForm;
use crate::output;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use syntax::Mode;
use syntax::diagnostic::{Diagnostic, render};
use syntax::span::Source;

/// Prints a form of the program in a file.
pub fn dump(form: DumpForm, path: &Path, color: bool, jit: &gscript::JitOptions) -> ExitCode {
    let is_compiled = matches!(form, DumpForm::Ir | DumpForm::Asm | DumpForm::IrAndAsm);
    let path = path.to_string_lossy();
    let (path, function) = if is_compiled { split_function(&path) } else { (&*path, None) };
    let (text, name) = if path == "-" {
        let mut text = Vec::new();
        (std::io::stdin().read_to_end(&mut text).map(|_| text), "stdin".to_string())
    } else {
        (std::fs::read(path), path.to_string())
    };
    let text = match text {
        Ok(text) => text,
        Err(e) => {
            output::complain(&format!("cannot open {name}: {}", gscript::io_reason(&e)));
            return ExitCode::FAILURE;
        }
    };
    let source = Source::new(&name, &text);
    let (shown, diagnostics) = match form {
        DumpForm::Tokens => tokens(&source),
        DumpForm::Ast => {
            let parsed = syntax::parse(&source);
            (syntax::ast::print::print(&parsed.chunk, &parsed.interner), parsed.diagnostics)
        }
        DumpForm::Bytecode => match compiler::compile_source(&source, Mode::Chunk) {
            Ok(module) => (bytecode::text::print(&module), Vec::new()),
            Err(diagnostics) => (String::new(), diagnostics),
        },
        DumpForm::Ir => return compiled(&text, &name, (gscript::Listing::Ir, function), jit),
        DumpForm::Asm => return compiled(&text, &name, (gscript::Listing::Asm, function), jit),
        DumpForm::IrAndAsm => return compiled(&text, &name, (gscript::Listing::IrAndAsm, function), jit),
    };
    let status = output::say(&shown);
    if diagnostics.is_empty() {
        return status;
    }
    output::write_error(&render::render_all(&source, &diagnostics, render::Options { color }));
    ExitCode::FAILURE
}

/// `FILE:FUNCTION` in its parts. A file whose whole name that is comes first.
fn split_function(path: &str) -> (&str, Option<&str>) {
    if Path::new(path).exists() {
        return (path, None);
    }
    let mut places = path.match_indices(':').map(|(at, _)| (&path[..at], &path[at + 1..]));
    let found = places.find(|(file, _)| *file == "-" || Path::new(file).is_file());
    found.map_or((path, None), |(file, function)| (file, Some(function)))
}

/// Runs the program, which writes what it writes, and prints what was compiled.
fn compiled(
    text: &[u8],
    name: &str,
    (form, function): (gscript::Listing, Option<&str>),
    jit: &gscript::JitOptions,
) -> ExitCode {
    let jit = gscript::JitOptions { keeps_listings: true, ..jit.clone() };
    let options = gscript::Options {
        jit,
        script_dir: Path::new(name).parent().map(Path::to_path_buf),
        ..gscript::Options::default()
    };
    let outcome = gscript::Script::new(options).and_then(|mut script| {
        let result = script.run(text, name, &[]);
        // What cannot be written is told when the listing is.
        let _ = script.flush();
        let listing = with_source(&script.jit_listing(form, function), text, name);
        result.map(|_| listing.clone()).or_else(|e| {
            crate::run::report(&e);
            Ok(listing)
        })
    });
    match outcome {
        Ok(listing) if listing.is_empty() && function.is_some() => {
            let function = function.unwrap_or_default();
            output::complain(&format!(
                "no function '{function}' of {name} was compiled: is it there, and hot?"
            ));
            ExitCode::FAILURE
        }
        Ok(listing) => output::say(&listing),
        Err(e) => ExitCode::from(crate::run::report(&e) as u8),
    }
}

/// Puts lines of the source where the listing names another one than before.
fn with_source(listing: &str, source: &[u8], name: &str) -> String {
    let source = String::from_utf8_lossy(source);
    let lines: Vec<&str> = source.lines().collect();
    let place = format!("; {name}:");
    let mut out = String::with_capacity(listing.len() * 2);
    let mut last = 0usize;
    for line in listing.lines() {
        let number = line.strip_prefix(&place).and_then(|rest| rest.split(':').next()?.parse().ok());
        if let Some(number) = number
            && std::mem::replace(&mut last, number) != number
            && let Some(text) = lines.get(number.wrapping_sub(1))
        {
            out.push_str(&format!("; {number:5} | {}\n", text.trim_end()));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
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
